import type { IncomingMessage } from 'node:http';
import type { Protocol } from './exchange.ts';

/** Where receivers of pushes find the certificate: below what no bucket is called. */
export const PUSH_CERTIFICATE_PATH = '/-/push-certificate.pem';

/**
 * Decides which protocol a request speaks by what it carries, never by what it asks for. RPC clients put `Action` and
 * `Version` into the query, or into a form posted to `/`: OSS itself has no operation that posts a form there without
 * a sub-resource, so the form does not have to be read to know.
 */
export function chooseProtocol(request: Pick<IncomingMessage, 'headers' | 'method' | 'url'>): Protocol {
  const { headers } = request;
  const authorization = headers.authorization;
  if (headers['x-mns-version'] !== undefined || authorization?.startsWith('MNS ') === true) return 'mns';
  if (headers['x-acs-action'] !== undefined || authorization?.startsWith('ACS3-') === true) return 'rpc';
  const url = request.url ?? '/';
  if (url === PUSH_CERTIFICATE_PATH) return 'mns';
  const question = url.indexOf('?');
  if (question >= 0) {
    const query = url.slice(question + 1);
    if (/(?:^|&)Action=/.test(query) && /(?:^|&)Version=/.test(query)) return 'rpc';
  }
  if (
    request.method === 'POST' &&
    url === '/' &&
    authorization === undefined &&
    headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true
  ) {
    return 'rpc';
  }
  return 'oss';
}
