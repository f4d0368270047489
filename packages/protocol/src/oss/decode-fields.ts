import { text } from './codecs.ts';
import { type Field, FieldError, type Fields, type MetaField, type ParameterField } from './fields.ts';

const META_PREFIX = 'x-oss-meta-';

/** Where parameters are read from: decoded query and lower-case headers. */
export interface ParameterSource {
  query: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
}

type Named<F> = readonly [name: string, field: F];

/** A declaration's fields, sorted by how they are read and written. */
interface FieldPlan {
  /** Of queries by wire name, of headers by wire name in lower case. */
  byQuery: ReadonlyMap<string, readonly Named<ParameterField<unknown>>[]>;
  byHeader: ReadonlyMap<string, readonly Named<ParameterField<unknown>>[]>;
  /** What has a value even when the request says nothing, or must not be left out. */
  expected: readonly Named<ParameterField<unknown>>[];
  headers: readonly Named<ParameterField<unknown>>[];
  meta: readonly string[];
  /** Those that are neither parameters nor metadata: body, length and status. */
  others: readonly Named<Exclude<Field, ParameterField<unknown> | MetaField>>[];
}

const plans = new WeakMap<Fields, FieldPlan>();

/** The plan of a declaration, made once: every request follows several, and has far fewer parameters than it might. */
function planOf(fields: Fields): FieldPlan {
  const kept = plans.get(fields);
  if (kept) return kept;
  const byQuery = new Map<string, Named<ParameterField<unknown>>[]>();
  const byHeader = new Map<string, Named<ParameterField<unknown>>[]>();
  const expected: Named<ParameterField<unknown>>[] = [];
  const headers: Named<ParameterField<unknown>>[] = [];
  const meta: string[] = [];
  const others: Named<Exclude<Field, ParameterField<unknown> | MetaField>>[] = [];
  for (const [name, field] of Object.entries(fields)) {
    switch (field.place) {
      case 'query':
      case 'header': {
        const named = field.place === 'query' ? byQuery : byHeader;
        const wireName = field.place === 'query' ? field.wireName : field.wireName.toLowerCase();
        named.set(wireName, [...(named.get(wireName) ?? []), [name, field]]);
        if (field.required || field.fallback !== undefined) expected.push([name, field]);
        if (field.place === 'header') headers.push([name, field]);
        break;
      }
      case 'meta':
        meta.push(name);
        break;
      default:
        others.push([name, field]);
    }
  }
  const plan = { byQuery, byHeader, expected, headers, meta, others };
  plans.set(fields, plan);
  return plan;
}

/** What a declaration has besides parameters and metadata: body, length and status. */
export const contentFields = (fields: Fields): FieldPlan['others'] => planOf(fields).others;

/** Decodes everything but the body into `into`; what the request leaves out and has no default stays out. Throws `FieldError`. */
export function decodeParameters(
  fields: Fields,
  { query, headers }: ParameterSource,
  into: Record<string, unknown>,
): void {
  const { byQuery, byHeader, expected, meta } = planOf(fields);
  for (const wireName of Object.keys(headers)) {
    const named = byHeader.get(wireName);
    if (named) decodeValue(named, headers[wireName], into);
  }
  for (const [wireName, value] of query) {
    const named = byQuery.get(wireName);
    if (named) decodeValue(named, value, into);
  }
  for (const [name, { required, fallback, wireName }] of expected) {
    if (into[name] !== undefined) continue;
    if (required) throw new FieldError(wireName, undefined, `The parameter ${wireName} is required.`);
    into[name] = fallback;
  }
  for (const name of meta) into[name] = userMetaOf(headers);
}

function decodeValue(
  named: readonly Named<ParameterField<unknown>>[],
  value: string | undefined,
  into: Record<string, unknown>,
): void {
  for (const [name, { codec, wireName }] of named) {
    // Clients send `max-keys=` for "as you like".
    if (value === undefined || (value === '' && codec !== text)) continue;
    into[name] = codec.parse(value, wireName);
  }
}

function userMetaOf(headers: ParameterSource['headers']): Record<string, string> {
  const meta: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (name.startsWith(META_PREFIX) && value !== undefined) meta[name.slice(META_PREFIX.length)] = value;
  }
  return meta;
}

/** The headers that a set of values stands for, in the order declared and metadata last. */
export function encodeHeaders(fields: Fields, values: Readonly<Record<string, unknown>>): Record<string, string> {
  const { headers, meta } = planOf(fields);
  const encoded: Record<string, string> = {};
  for (const [name, { wireName, codec }] of headers) {
    const value = values[name];
    if (value !== undefined) encoded[wireName] = codec.format(value);
  }
  for (const name of meta) {
    const entries = values[name] as Record<string, string> | undefined;
    for (const key in entries) encoded[META_PREFIX + key] = entries[key] ?? '';
  }
  return encoded;
}
