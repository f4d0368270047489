import type {
  ByteStream,
  Field,
  Fields,
  Level,
  MetaField,
  Operation,
  Served,
  StreamField,
  ValuesOf,
} from '@millrace/protocol/oss';
import type { AnswerBody, Body } from '../core/byte-source.ts';

/** Fields that a sender may leave out although they are always there once decoded. */
type LeftOut<F> = { [K in keyof F]: F[K] extends { required: false } | MetaField | StreamField ? K : never }[keyof F];

type Sent<T> = [ByteStream] extends [T] ? Body : T;
type SentValues<F extends Fields> = {
  [K in keyof ValuesOf<F> as K extends LeftOut<F> ? never : K]: Sent<ValuesOf<F>[K]>;
} & { [K in keyof ValuesOf<F> as K extends LeftOut<F> ? K : never]?: Sent<ValuesOf<F>[K]> | undefined };

type Address<L extends Level> = L extends 'service'
  ? unknown
  : L extends 'bucket'
    ? { bucket: string }
    : { bucket: string; key: string };

/** What asks for processing, as the official SDKs spell it: anything that writes itself as a process string. */
export interface Processing {
  process: string | { toString(): string };
}

/** What an operation takes: its address and the fields of its declaration. */
export type RequestOf<Op> =
  Op extends Operation<infer L, infer I, Fields>
    ? Address<L> &
        (Op extends Served['ProcessObject' | 'AsyncProcessObject']
          ? Processing
          : SentValues<I extends Record<'process', Field> ? Omit<I, 'process'> : I> &
              (I extends Record<'process', Field> ? Partial<Processing> : unknown))
    : never;

/** Facts that every answer has. */
export interface AnswerFacts {
  status: number;
  requestId: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>;
}

type HeaderNames<F> = { [K in keyof F]: F[K] extends { place: 'query' | 'header' } ? K : never }[keyof F];
type Received<T> = [ByteStream] extends [T] ? AnswerBody : T;
type ReceivedValues<F extends Fields> = {
  // An answer may lack any header: what the vendor sends depends on the age of an object and on who is asking.
  [K in keyof ValuesOf<F> as K extends HeaderNames<F> ? K : never]?: ValuesOf<F>[K] | undefined;
} & {
  [K in keyof ValuesOf<F> as K extends HeaderNames<F> | 'result' | 'status' ? never : K]: Received<ValuesOf<F>[K]>;
};
/** The members of a document stand beside the headers; a document that is one value stands as `result`. */
type Document<F extends Fields> =
  ValuesOf<F> extends { result?: infer D } ? (Exclude<D, undefined> extends object ? D : { result: D }) : unknown;

/** What an operation gives: headers, body, and the members of its document. */
export type ResultOf<Op> =
  Op extends Operation<Level, Fields, infer O>
    ? Omit<AnswerFacts, keyof Document<O>> & ReceivedValues<O> & Document<O>
    : never;
