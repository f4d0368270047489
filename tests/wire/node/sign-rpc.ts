import { createHmac, randomBytes } from 'node:crypto';
import type { Target } from './server.ts';

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

const written = (parameters: Iterable<readonly [string, string]>): string =>
  [...parameters].map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');

/** The parameters of an action with those that all have, unsigned; `given` wins. */
export const commonParameters = (target: Target, given: Record<string, string>): Map<string, string> =>
  new Map(
    Object.entries({
      Format: 'JSON',
      AccessKeyId: target.accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: randomBytes(8).toString('hex'),
      Timestamp: new Date().toISOString(),
      ...given,
    }),
  );

/** Signed for a GET, by version 1. Written apart from the server's own on purpose. */
export function signParameters(target: Target, parameters: ReadonlyMap<string, string>): Map<string, string> {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `GET&%2F&${encode(written(sorted))}`;
  const signature = createHmac('sha1', `${target.accessKeySecret}&`).update(text).digest('base64');
  return new Map(parameters).set('Signature', signature);
}

/** The target of a request with these parameters. */
export const rpcPath = (parameters: ReadonlyMap<string, string>): string => `/?${written(parameters)}`;

/** Does an action of RAM, as the account. */
export async function ram(target: Target, Action: string, given: Record<string, string>): Promise<unknown> {
  const parameters = commonParameters(target, { Action, Version: '2015-05-01', ...given });
  const answer = await fetch(`${target.endpoint}${rpcPath(signParameters(target, parameters))}`);
  const said: unknown = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(said));
  return said;
}
