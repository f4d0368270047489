import { createHash } from 'node:crypto';
import { type ByteStream, contentFields, type Field, type Operation, UNSIGNED_PAYLOAD } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { bodyStream, declaredLength, readBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { OssError } from './oss-error.ts';

/** Reads the body into the fields that a declaration has for it, checked against what its headers say. */
export async function decodeBody(
  operation: Operation,
  exchange: Exchange,
  headers: Readonly<Record<string, string | undefined>>,
  input: Record<string, unknown>,
): Promise<void> {
  for (const [name, field] of contentFields(operation.input)) {
    switch (field.place) {
      case 'stream':
        input[name] = incomingStream(exchange, headers);
        break;
      case 'text':
        input[name] = (await boundedBody(exchange, headers, field)).toString('utf8');
        break;
      case 'xml': {
        const body = await boundedBody(exchange, headers, field);
        if (body.length > 0 || field.whenEmpty === 'malformed') {
          input[name] = field.document.decode(body.toString('utf8'), { length: field.limit });
        }
        break;
      }
    }
  }
}

function incomingStream(exchange: Exchange, headers: Readonly<Record<string, string | undefined>>): ByteStream {
  const length = declaredLength(exchange);
  if (length === undefined && headers['transfer-encoding'] === undefined) throw new OssError('MissingContentLength');
  const bytes = bodyStream(exchange);
  const sha256 = payloadHash(headers);
  return { length, bytes: sha256 === undefined ? bytes : verifySha256(bytes, sha256) };
}

/** The SHA-256 of the body, where the client signed one instead of `UNSIGNED-PAYLOAD`. */
function payloadHash(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const value = headers['x-oss-content-sha256'];
  return value === undefined || value === UNSIGNED_PAYLOAD ? undefined : value.toLowerCase();
}

async function* verifySha256(bytes: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const sha256 = createHash('sha256');
  for await (const chunk of bytes) {
    sha256.update(chunk);
    yield chunk;
  }
  const calculated = sha256.digest('hex');
  if (calculated !== expected) throw new DomainError('DigestMismatch', { expected, calculated });
}

async function boundedBody(
  exchange: Exchange,
  headers: Readonly<Record<string, string | undefined>>,
  field: Extract<Field, { limit: number }>,
): Promise<Buffer> {
  const body = await readBody(exchange, field.limit);
  const expected = headers['content-md5'];
  if (expected !== undefined) {
    const calculated = createHash('md5').update(body).digest('base64');
    if (calculated !== expected) throw new DomainError('DigestMismatch', { expected, calculated });
  }
  const sha256 = payloadHash(headers);
  if (sha256 !== undefined) {
    const calculated = createHash('sha256').update(body).digest('hex');
    if (calculated !== sha256) throw new DomainError('DigestMismatch', { expected: sha256, calculated });
  }
  return body;
}
