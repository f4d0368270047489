import type { MnsErrorCode } from './errors.ts';
import type { Document, Scalar } from './shape.ts';

/** A value of a request outside its body. */
export interface Field<T> {
  place: 'path' | 'query' | 'header';
  /** As the vendor spells it; query and header names are matched in any case. */
  name: string;
  codec: Scalar<unknown>;
  /** The code for a request without it; undefined when it may be left out. */
  missing: MnsErrorCode | undefined;
  /** Carries the type only; see `oss/fields.ts`. */
  value?: () => T;
}

export const path = <T>(name: string, codec: Scalar<T>): Field<T> => ({
  place: 'path',
  name,
  codec: codec as Scalar<unknown>,
  missing: 'InvalidRequestURL',
});

export const query = <T>(name: string, codec: Scalar<T>, missing: MnsErrorCode): Field<T> => ({
  place: 'query',
  name,
  codec: codec as Scalar<unknown>,
  missing,
});

export const optionalQuery = <T>(name: string, codec: Scalar<T>): Field<T | undefined> => ({
  place: 'query',
  name,
  codec: codec as Scalar<unknown>,
  missing: undefined,
});

export const optionalHeader = <T>(name: string, codec: Scalar<T>): Field<T | undefined> => ({
  place: 'header',
  name,
  codec: codec as Scalar<unknown>,
  missing: undefined,
});

type FieldValue<X> = X extends Field<infer T> ? T : never;
type OptionalFields<F> = { [K in keyof F]: undefined extends FieldValue<F[K]> ? K : never }[keyof F];
type FieldValues<F> = { [K in Exclude<keyof F, OptionalFields<F>>]: FieldValue<F[K]> } & {
  [K in OptionalFields<F>]?: Exclude<FieldValue<F[K]>, undefined>;
};

export type Fields = Record<string, Field<unknown>>;

/** One operation of the wire, as data. Dispatch, decoding, encoding and the coverage table all come from it. */
export interface Operation<F extends Fields = Fields, B = unknown, R = unknown, P = unknown> {
  name: string;
  method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** The resource, with `{field}` for path fields. It is also what permissions are about: `acs:mns:$region:$account:/…`. */
  path: string;
  /** Query parameters that tell this operation from others of the same method and path; `*` stands for any value. */
  select?: Readonly<Record<string, string>>;
  summary: string;
  /** The permission it takes; batch operations take the single one's. */
  action: `mns:${string}`;
  fields: F;
  /** The XML body. An optional one may be missing or empty, and then reads as an element without children. */
  request?: Document<B> & { optional: boolean };
  /** `location` is answered by the operations that make something: 201, or 204 when it was there already. */
  success: { status: 200 | 201 | 204; body?: Document<R>; location?: true };
  /** What a batch answers when some of it failed: still a document, with a status that is not a success. */
  partial?: { status: number; body: Document<P> };
  errors: readonly MnsErrorCode[];
}

export type InputOf<O> =
  O extends Operation<infer F, infer B, infer _R, infer _P>
    ? FieldValues<F> & (unknown extends B ? unknown : { body: B })
    : never;
export type ResultOf<O> = O extends Operation<infer _F, infer _B, infer R, infer _P> ? R : never;
export type PartialOf<O> = O extends Operation<infer _F, infer _B, infer _R, infer P> ? P : never;

/** Fixes the types of a declaration; changes nothing. */
export const operation = <F extends Fields, B = unknown, R = unknown, P = unknown>(
  declaration: Operation<F, B, R, P>,
): Operation<F, B, R, P> => declaration;
