import { RpcError } from '@millrace/protocol/rpc';
import { isDomainError } from '../domain/errors.ts';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';

const BODY_LIMIT = 1024 * 1024;

/** A request, taken apart. Clients put parameters into the query, into a form, or some here and some there. */
export interface RpcRequest {
  method: string;
  /** As on the request line. */
  path: string;
  query: ReadonlyMap<string, string>;
  /** Of query and form. Of a repeated one the last counts. */
  parameters: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

export async function readRequest(exchange: Exchange): Promise<RpcRequest> {
  const { request } = exchange;
  const target = request.url ?? '/';
  const question = target.indexOf('?');
  const query = new Map(new URLSearchParams(question < 0 ? '' : target.slice(question + 1)));
  const body = await readBody(exchange, BODY_LIMIT).catch((error: unknown) => {
    if (isDomainError(error, 'BodyTooLarge')) {
      throw new RpcError('RequestTooLarge', `The request body must have at most ${BODY_LIMIT} bytes.`);
    }
    throw error;
  });
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    ? new URLSearchParams(body.toString('utf8'))
    : [];
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = value?.toString();
  return {
    method: request.method ?? 'GET',
    path: question < 0 ? target : target.slice(0, question),
    query,
    parameters: new Map([...query, ...form]),
    headers,
    body,
  };
}
