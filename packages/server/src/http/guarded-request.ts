import { lookup as lookUp } from 'node:dns';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { requestFor } from './node-http.ts';

/** Whether requests that clients ask for may go to this IP address. */
export type MayReach = (address: string) => boolean;

/** The address that a URL names, or undefined where it has a name. However it was written, it is one here. */
export function addressOf(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

export const refused = (host: string): Error =>
  new Error(`Requests to ${host} are not allowed by this server (see MILLRACE_CALLBACK_NETWORKS).`);

/** Addresses are checked when a name is looked up, so that the one checked is the one connected to. */
function guardedLookup(mayReach: MayReach): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [], 0);
      const allowed = addresses.filter(({ address }) => mayReach(address));
      const [first] = allowed;
      if (!first) return callback(refused(hostname), [], 0);
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

/**
 * A request to somebody else's server, made because a client asked for it: on a connection of its own, to an address
 * that it may go to, and redirections are not followed. Ends with the head of the answer.
 */
export async function guardedRequest(
  url: URL,
  options: RequestOptions & { servername?: string; mayReach: MayReach; body: Uint8Array },
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const { mayReach, body, ...others } = options;
  const address = addressOf(url);
  if (address !== undefined && !mayReach(address)) throw refused(address);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const all = { ...others, agent: false, lookup: guardedLookup(mayReach) };
  const request = requestFor(url)(url, all, resolve);
  request.on('error', reject);
  request.end(body);
  return { request, response: await promise };
}
