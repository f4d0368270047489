import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MnsError, type Operation } from '@millrace/protocol/mns';
import { parseXml, type XmlNode } from '@millrace/protocol/xml';

/** A request target, taken apart once. */
export interface Target {
  /** Decoded, without empty ones at the ends. */
  segments: string[];
  /** Names in lower case: the vendor's own pages and clients spell them in several ways. */
  query: ReadonlyMap<string, string>;
}

/**
 * Decodes a target. A plus in the query stays a plus: receipt handles made by other servers contain it, and no client
 * writes a space so.
 */
export function decodeTarget(target: string): Target {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const rawQuery = question < 0 ? '' : target.slice(question + 1);
  const segments = path.split('/').map((segment) => decoded(segment, 'InvalidRequestURL'));
  while (segments[0] === '') segments.shift();
  while (segments.at(-1) === '') segments.pop();
  const query = new Map<string, string>();
  for (const pair of rawQuery.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    query.set(decoded(name, 'InvalidQueryString').toLowerCase(), decoded(value, 'InvalidQueryString'));
  }
  return { segments, query };
}

function decoded(text: string, code: 'InvalidRequestURL' | 'InvalidQueryString'): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MnsError(code, `${JSON.stringify(text.slice(0, 200))} is not valid percent-encoded UTF-8.`);
  }
}

/** Checks a body against the digest a client gave: base64 of the hexadecimal text, of the raw bytes, or plain hexadecimal. */
export function checkDigest(body: Uint8Array, contentMd5: string | undefined): void {
  const given = contentMd5?.trim() ?? '';
  if (given === '') return;
  const hex = hash('md5', body, 'hex');
  const hexInBase64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
  const forms = [hexInBase64(hex), hexInBase64(hex.toUpperCase()), Buffer.from(hex, 'hex').toString('base64')];
  if (!forms.includes(given) && given.toLowerCase() !== hex) throw new MnsError('InvalidDegist');
}

/** Deeper than any document of the protocol; more elements than 16 messages have. */
const XML_LIMITS = { depth: 8, elements: 4096 };

/** The XML in a body, or undefined for a body that is empty. */
export function parseBody(body: Buffer): XmlNode | undefined {
  if (!isUtf8(body)) throw new MnsError('MalformedXML', 'The request body is not valid UTF-8.');
  const text = body.toString('utf8');
  return text.trim() === '' ? undefined : parseXml(text, XML_LIMITS);
}

/** Of operations that differ only in what their bodies hold, the one that this body is for. */
export function chooseByBody(candidates: readonly Operation[], body: XmlNode | undefined): Operation {
  const [first, ...others] = candidates;
  if (first === undefined) throw new MnsError('InvalidRequestURL');
  if (others.length === 0) return first;
  const chosen = candidates.find((operation) => operation.request?.root === body?.name);
  if (chosen !== undefined) return chosen;
  const roots = candidates.map((operation) => `<${operation.request?.root}>`).join(' or ');
  throw new MnsError('MalformedXML', `The request body should be ${roots}.`);
}

/** The typed input of an operation: the fields of its declaration and `body`. */
export function decodeInput(
  operation: Operation,
  parts: {
    path: Record<string, string>;
    query: ReadonlyMap<string, string>;
    headers: IncomingMessage['headers'];
    body: XmlNode | undefined;
  },
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(operation.fields)) {
    let given: string | undefined;
    if (field.place === 'path') given = parts.path[field.name];
    else if (field.place === 'query') given = parts.query.get(field.name.toLowerCase());
    else given = parts.headers[field.name]?.toString();
    if (given !== undefined) input[key] = field.codec.parse(given, field.name);
    else if (field.missing !== undefined) throw new MnsError(field.missing);
  }
  const { request } = operation;
  if (request === undefined) return input;
  if (parts.body === undefined) {
    if (!request.optional) {
      throw new MnsError(
        operation.name === 'BatchDeleteMessage' ? 'MissingReceiptHandle' : 'MalformedXML',
        `The request should have a body, <${request.root}>.`,
      );
    }
    input.body = request.shape.read({ name: request.root, text: '', children: [] });
    return input;
  }
  if (parts.body.name !== request.root) {
    throw new MnsError('MalformedXML', `The request body should be <${request.root}>, not <${parts.body.name}>.`);
  }
  input.body = request.shape.read(parts.body);
  return input;
}
