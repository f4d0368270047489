import { type Field, FieldError, fieldList, type Operation } from '@millrace/protocol/oss';
import { parseXml, XmlError, type XmlNode } from '@millrace/protocol/xml';
import { AnswerBody, collect } from '../core/byte-source.ts';
import { MalformedAnswerError, ServiceError } from '../core/errors.ts';
import { fromBase64 } from '../core/hashes.ts';
import type { WireAnswer } from '../core/transport.ts';

/** Documents are held whole; none is longer than a listing of a thousand long keys. */
const DOCUMENT_LIMIT = 64 * 1024 * 1024;

const decoder = new TextDecoder();

/** @param body the answer's body as the caller is to have it, where it is a stream. */
export async function readAnswer(
  operation: Operation,
  answer: WireAnswer,
  expects: { callback: boolean; wrap(answer: WireAnswer): AsyncIterable<Uint8Array> },
): Promise<Record<string, unknown>> {
  const { status, headers } = answer;
  if (status < 200 || status > 299) throw await readError(operation.name, answer);
  const result: Record<string, unknown> = { status, requestId: headers['x-oss-request-id'] ?? '', headers };
  const fields = fieldList(operation.output);
  for (const [name, field] of fields) {
    const value = readHead(field, answer);
    if (value !== undefined) result[name] = value;
  }
  const stream = fields.find(
    ([name, { place }]) => place === 'stream' && (name !== 'callbackAnswer' || expects.callback),
  );
  if (stream) {
    result[stream[0]] = new AnswerBody(expects.wrap(answer), lengthOf(headers), answer.body);
    return result;
  }
  const bytes = await collect(answer.body, DOCUMENT_LIMIT);
  for (const [name, field] of fields) Object.assign(result, readBody(operation.name, name, field, bytes));
  return result;
}

export const lengthOf = (headers: WireAnswer['headers']): number | undefined =>
  /^\d+$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : undefined;

function readHead(field: Field, { headers }: WireAnswer): unknown {
  if (field.place === 'meta') {
    const meta = Object.entries(headers).filter(([name]) => name.startsWith('x-oss-meta-'));
    return Object.fromEntries(meta.map(([name, value]) => [name.slice('x-oss-meta-'.length), value]));
  }
  if (field.place === 'length') return lengthOf(headers);
  if (field.place !== 'header') return undefined;
  const text = headers[field.wireName.toLowerCase()];
  if (text === undefined) return undefined;
  try {
    return field.codec.parse(text, field.wireName);
  } catch (error) {
    // A header that says nothing we know must not make the answer unreadable: it is among `headers` as it is.
    if (error instanceof FieldError) return undefined;
    throw error;
  }
}

function readBody(operation: string, name: string, field: Field, bytes: Uint8Array): Record<string, unknown> {
  if (field.place === 'text') return { [name]: decoder.decode(bytes) };
  if (field.place !== 'xml' && field.place !== 'json') return {};
  const text = decoder.decode(bytes);
  if (field.place === 'xml' && field.whenEmpty === 'absent' && text.trim() === '') return {};
  try {
    const value = field.place === 'json' ? JSON.parse(text) : field.document.decode(text);
    return typeof value === 'object' && value !== null ? decodeNames(value) : { [name]: value };
  } catch (error) {
    const root = field.place === 'xml' ? rootOf(text) : undefined;
    if (root?.name === 'Error') throw errorFrom(operation, 200, {}, root);
    throw new MalformedAnswerError(`${operation}: the answer cannot be read.`, { cause: error });
  }
}

/** What `encoding-type=url` asks to be percent-encoded. */
const NAMES = new Set([
  'Key',
  'Prefix',
  'Delimiter',
  'Marker',
  'NextMarker',
  'KeyMarker',
  'NextKeyMarker',
  'StartAfter',
  'ContinuationToken',
  'NextContinuationToken',
]);

function decodeNames(value: object): Record<string, unknown> {
  const record = value as Record<string, unknown>;
  return record.EncodingType === 'url' ? (decodeWithin(record) as Record<string, unknown>) : record;
}

function decodeWithin(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeWithin);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      typeof inner === 'string' && NAMES.has(name) ? decodeName(inner) : decodeWithin(inner),
    ]),
  );
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function rootOf(text: string): XmlNode | undefined {
  try {
    return parseXml(text, { controls: true });
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** The vendor puts the document of an error into a header where there can be no body. */
async function readError(operation: string, answer: WireAnswer): Promise<ServiceError> {
  const { status, headers } = answer;
  const bytes = await collect(answer.body, DOCUMENT_LIMIT);
  const carried = headers['x-oss-err'];
  const text = bytes.length === 0 && carried ? decoder.decode(fromBase64(carried)) : decoder.decode(bytes);
  return errorFrom(operation, status, headers, rootOf(text));
}

function errorFrom(
  operation: string,
  status: number,
  headers: Record<string, string>,
  root: XmlNode | undefined,
): ServiceError {
  const details: Record<string, string> = {};
  for (const { name, text, children } of root?.children ?? []) if (children.length === 0) details[name] = text;
  const { Code, Message, RequestId, EC, ...more } = details;
  return new ServiceError({
    operation,
    status,
    code: Code ?? (status === 304 ? 'NotModified' : 'BadErrorResponse'),
    message: Message ?? (status === 304 ? 'Not modified.' : 'The service gave no reason.'),
    ec: EC ?? headers['x-oss-ec'] ?? '',
    requestId: RequestId ?? headers['x-oss-request-id'] ?? '',
    details: more,
    headers,
  });
}
