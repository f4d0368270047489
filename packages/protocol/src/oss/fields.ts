import type { XmlDocument } from '../xml/index.ts';

declare const valueType: unique symbol;
/**
 * Carries the type of a field's value for inference; there is nothing at run time. As what a function gives: a compiler
 * that does not know `exactOptionalPropertyTypes` would drop `undefined` from the value itself.
 */
interface Typed<T> {
  readonly [valueType]?: () => T;
}

/** How one value is spelled in a header or query. `parse` throws `FieldError`. */
export interface Codec<T> {
  parse(text: string, name: string): T;
  format(value: T): string;
}

/** A parameter is missing or has a value that does not fit. The message tells what to change. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  readonly parameter: string;
  /** Undefined when the parameter is missing. */
  readonly value: string | undefined;
  constructor(parameter: string, value: string | undefined, message: string) {
    super(message);
    this.parameter = parameter;
    this.value = value;
  }
}

/** A named header or query parameter. */
export interface ParameterField<T> extends Typed<T> {
  readonly place: 'query' | 'header';
  /** As spelled on the wire; headers in lower case when read. */
  readonly wireName: string;
  readonly codec: Codec<unknown>;
  readonly required: boolean;
  readonly fallback: unknown;
}

/** All `x-oss-meta-*` headers, by lower-case name without the prefix. */
export interface MetaField extends Typed<Record<string, string>> {
  readonly place: 'meta';
}

/** The body as an XML document. `whenEmpty: 'absent'` lets an empty body through as undefined. */
export interface XmlField<T> extends Typed<T> {
  readonly place: 'xml';
  readonly document: XmlDocument<unknown>;
  readonly whenEmpty: 'malformed' | 'absent';
  /** Bytes. */
  readonly limit: number;
}

/** The body as text, at most `limit` bytes; `contentType` says what text, in answers. */
export interface TextField extends Typed<string> {
  readonly place: 'text';
  readonly limit: number;
  readonly contentType: string;
}

/** The body as JSON. */
export interface JsonField<T> extends Typed<T> {
  readonly place: 'json';
}

/** A body too big to hold: bytes as they flow. */
export interface ByteStream {
  /** Undefined when the sender does not know. */
  length: number | undefined;
  bytes: AsyncIterable<Uint8Array>;
}
export interface StreamField extends Typed<ByteStream> {
  readonly place: 'stream';
}

export interface OptionalStreamField extends Typed<ByteStream | undefined> {
  readonly place: 'stream';
}

/** Answers to HEAD have the length of the body they leave out. */
export interface LengthField extends Typed<number> {
  readonly place: 'length';
}

/** The status, where an operation has more than one good one. */
export interface StatusField<S extends number> extends Typed<S> {
  readonly place: 'status';
}

export type Field =
  | ParameterField<unknown>
  | MetaField
  | XmlField<unknown>
  | TextField
  | JsonField<unknown>
  | StreamField
  | OptionalStreamField
  | LengthField
  | StatusField<number>;

export type Fields = Readonly<Record<string, Field>>;

/** The fields of a declaration by name, in the order declared. */
export const fieldList = (fields: Fields): [string, Field][] => Object.entries(fields);

type ValueOf<F> = F extends { readonly [valueType]?: () => infer T } ? T : never;
type OptionalNames<F> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F];
/** The object that a set of fields stands for. */
export type ValuesOf<F> = { [K in Exclude<keyof F, OptionalNames<F>>]: Exclude<ValueOf<F[K]>, undefined> } & {
  [K in OptionalNames<F>]?: ValueOf<F[K]>;
};

function parameter<T>(place: 'query' | 'header', wireName: string, codec: Codec<T>): ParameterField<T> {
  return { place, wireName, codec: codec as Codec<unknown>, required: true, fallback: undefined };
}

export const query = <T>(name: string, codec: Codec<T>): ParameterField<T> => parameter('query', name, codec);
export const header = <T>(name: string, codec: Codec<T>): ParameterField<T> => parameter('header', name, codec);

export function optional<T>(field: ParameterField<T>): ParameterField<T | undefined> {
  return { ...field, required: false };
}

/** A parameter that is always there once decoded, and may be left out by who sends it. */
export interface DefaultedField<T> extends ParameterField<T> {
  readonly required: false;
}

export function withDefault<T>(field: ParameterField<T>, fallback: T): DefaultedField<T> {
  return { ...field, required: false, fallback };
}

export const userMeta: MetaField = { place: 'meta' };
export const stream: StreamField = { place: 'stream' };
/** A body that not every answer has. */
export const optionalStream: OptionalStreamField = { place: 'stream' };
export const bodyLength: LengthField = { place: 'length' };
export const status = <const S extends number>(..._statuses: S[]): StatusField<S> => ({ place: 'status' });
export const json = <T>(): JsonField<T> => ({ place: 'json' });
export const textBody = (limit: number, contentType = 'text/plain'): TextField => ({
  place: 'text',
  limit,
  contentType,
});

const XML_LIMIT = 2 * 1024 * 1024;

export function xmlBody<T>(document: XmlDocument<T>, limit = XML_LIMIT): XmlField<T> {
  return { place: 'xml', document: document as XmlDocument<unknown>, whenEmpty: 'malformed', limit };
}

export function optionalXmlBody<T>(document: XmlDocument<T>, limit = XML_LIMIT): XmlField<T | undefined> {
  return { place: 'xml', document: document as XmlDocument<unknown>, whenEmpty: 'absent', limit };
}
