import { text } from './codecs.ts';
import { type Field, FieldError, type Fields, type ParameterField } from './fields.ts';

const META_PREFIX = 'x-oss-meta-';

/** Where parameters are read from: decoded query and lower-case headers. */
export interface ParameterSource {
  query: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
}

const listed = new WeakMap<Fields, readonly [string, Field][]>();

/** The fields of a declaration by name, as a list that is made once: every request walks several. */
export function fieldList(fields: Fields): readonly [string, Field][] {
  let list = listed.get(fields);
  if (!list) {
    list = Object.entries(fields) as [string, Field][];
    listed.set(fields, list);
  }
  return list;
}

/** Decodes everything but the body into `into`. Throws `FieldError`. */
export function decodeParameters(fields: Fields, source: ParameterSource, into: Record<string, unknown>): void {
  for (const [name, field] of fieldList(fields)) {
    if (field.place === 'query' || field.place === 'header') into[name] = decodeParameter(field, source);
    else if (field.place === 'meta') into[name] = userMetaOf(source.headers);
  }
}

function decodeParameter(field: ParameterField<unknown>, { query, headers }: ParameterSource): unknown {
  const { wireName, codec } = field;
  const value = field.place === 'query' ? query.get(wireName) : headers[wireName];
  if (value === undefined || (value === '' && codec !== text)) {
    // Clients send `max-keys=` for "as you like".
    if (!field.required) return field.fallback;
    throw new FieldError(wireName, undefined, `The parameter ${wireName} is required.`);
  }
  return codec.parse(value, wireName);
}

function userMetaOf(headers: ParameterSource['headers']): Record<string, string> {
  const meta: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (name.startsWith(META_PREFIX) && value !== undefined) meta[name.slice(META_PREFIX.length)] = value;
  }
  return meta;
}

/** The headers that a set of values stands for, in the order declared. */
export function encodeHeaders(fields: Fields, values: Readonly<Record<string, unknown>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, field] of fieldList(fields)) {
    const value = values[name];
    if (value === undefined) continue;
    if (field.place === 'header') headers[field.wireName] = field.codec.format(value);
    else if (field.place === 'meta') {
      for (const [key, text] of Object.entries(value as Record<string, string>)) headers[META_PREFIX + key] = text;
    }
  }
  return headers;
}
