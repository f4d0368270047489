import { type Field, fieldList, type Operation, type XmlField } from '@millrace/protocol/oss';
import { type Body, type ByteSource, byteSource } from '../core/byte-source.ts';
import { InvalidRequestError } from '../core/errors.ts';
import type { Platform } from '../core/transport.ts';
import { checkBucket, checkKey } from './address.ts';
import { guessContentType } from './content-types.ts';
import { officialDefaults } from './official-defaults.ts';

/** A request before it is signed. */
export interface OssRequest {
  operation: string;
  method: string;
  bucket: string | undefined;
  key: string | undefined;
  query: Map<string, string>;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: ByteSource | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** Turns what a caller asks for into a request, by the declaration of the operation. */
export function buildRequest(
  operation: Operation,
  input: Values,
  more: Readonly<Record<string, string>> = {},
): OssRequest {
  const { level } = operation;
  const request: OssRequest = {
    operation: operation.name,
    method: operation.methods[0] ?? 'GET',
    bucket: undefined,
    key: undefined,
    query: selectors(operation),
    headers: {},
    body: undefined,
  };
  if (level !== 'service') {
    checkBucket(input.bucket);
    request.bucket = input.bucket;
  }
  if (level === 'object') {
    checkKey(input.key);
    request.key = input.key;
  }
  for (const [name, field] of fieldList(operation.input)) encodeField(request, name, field, input[name]);
  if (operation.name === 'ProcessObject' || operation.name === 'AsyncProcessObject')
    writeProcess(request, input.process);
  for (const [name, value] of Object.entries(more)) request.headers[name.toLowerCase()] = value;
  return request;
}

/** The parameters that an operation is told by; a field of the same name gives its value. */
function selectors({ select }: Operation): Map<string, string> {
  const query = new Map<string, string>();
  for (const condition of select) {
    if (condition.startsWith('@')) continue;
    const equals = condition.indexOf('=');
    if (equals < 0) query.set(condition, '');
    else query.set(condition.slice(0, equals), condition.slice(equals + 1));
  }
  return query;
}

function encodeField(request: OssRequest, name: string, field: Field, value: unknown): void {
  const { query, headers, operation } = request;
  if (value === undefined) {
    if ((field.place === 'query' || field.place === 'header') && field.required) {
      throw new InvalidRequestError(`${operation} needs ${name}.`);
    }
    if (field.place === 'xml' && field.whenEmpty === 'malformed') {
      throw new InvalidRequestError(`${operation} needs ${name}, a document.`);
    }
    if (field.place === 'stream') request.body = byteSource(undefined);
    return;
  }
  switch (field.place) {
    case 'query':
      query.set(
        field.wireName,
        field.codec.format(value === Object(value) && name === 'process' ? String(value) : value),
      );
      break;
    case 'header':
      headers[field.wireName.toLowerCase()] = field.codec.format(value);
      break;
    case 'meta':
      for (const [key, text] of Object.entries(value as Record<string, string>)) {
        headers[`x-oss-meta-${key.toLowerCase()}`] = text;
      }
      break;
    case 'xml':
      request.body = byteSource(writeDocument(field, value));
      break;
    case 'text':
      request.body = byteSource(String(value));
      break;
    case 'json':
      request.body = byteSource(JSON.stringify(value));
      break;
    case 'stream':
      request.body = byteSource(value as Body);
      break;
    default:
      break;
  }
}

/** Without a prolog, as the official SDKs write documents. */
function writeDocument(field: XmlField<unknown>, value: unknown): string {
  const written = field.document.encode(carryControls(value)).replace(/^<\?xml[^>]*\?>\s*/, '');
  return written.replace(/\uf8fe([0-9a-f]+)\uf8fe/g, (_, code: string) => `&#x${code};`);
}

/**
 * A key may hold characters that XML cannot, and has to be deleted all the same. The official SDKs write them as
 * references; they pass the writer of documents, which would replace them, in another guise.
 */
function carryControls(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/(?![\t\n\r])\p{Cc}/gu, (control) => `\uf8fe${control.charCodeAt(0).toString(16)}\uf8fe`);
  }
  if (Array.isArray(value)) return value.map(carryControls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, carryControls(inner)]));
}

function writeProcess(request: OssRequest, process: unknown): void {
  if (process === undefined || String(process) === '') {
    throw new InvalidRequestError(`${request.operation} needs process, what to do with the object.`);
  }
  const parameter = request.operation === 'ProcessObject' ? 'x-oss-process' : 'x-oss-async-process';
  request.body = byteSource(`${parameter}=${process}`);
}

/** Adds what the official SDKs send unasked. */
export function addDefaults(operation: Operation, request: OssRequest, { hashes }: Platform): void {
  const defaults = officialDefaults(operation);
  const { headers, body } = request;
  if (defaults.contentType === 'guess') headers['content-type'] ??= guessContentType(request.key ?? '');
  else if (defaults.contentType !== undefined) headers['content-type'] ??= defaults.contentType;
  if (defaults.encodeNames && !request.query.has('encoding-type')) request.query.set('encoding-type', 'url');
  if (defaults.contentMd5 && (!body || body.bytes)) {
    headers['content-md5'] ??= hashes.md5Base64(body?.bytes ?? new Uint8Array());
  }
}
