import { gather, releasable } from './byte-source.ts';
import { NetworkError, TimeoutError } from './errors.ts';
import { plainHashes } from './hashes.ts';
import { type Platform, sleep, type Transport } from './transport.ts';

/** Set by the browser itself; setting them is an error or is ignored. */
const FORBIDDEN = new Set(['host', 'content-length', 'connection', 'date', 'user-agent', 'transfer-encoding']);

/** Sends with `fetch`. Bodies that are neither in memory nor a `Blob` are gathered first: browsers cannot stream them. */
export const fetchTransport: Transport = async (request) => {
  const { signal, body } = request;
  const idle = new AbortController();
  const either = signal ? AbortSignal.any([signal, idle.signal]) : idle.signal;
  // Nothing tells how far an upload got, so one has as long as it takes once there is a body.
  const limit = body?.length === 0 || !body ? request.connectTimeout + request.idleTimeout : undefined;
  const timer = limit === undefined ? undefined : setTimeout(() => idle.abort(), limit);
  const failed = (error: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    if (idle.signal.aborted) return new TimeoutError('Nothing came for too long.');
    return new NetworkError('The request could not be sent: see whether CORS allows it.', { cause: error });
  };
  const headers = Object.entries(request.headers).filter(([name]) => !FORBIDDEN.has(name));
  let answer: Response;
  try {
    answer = await fetch(request.url, {
      method: request.method,
      headers,
      body: body && body.length !== 0 ? (body.blob ?? new Uint8Array(await gather(body))) : null,
      signal: either,
      credentials: 'omit',
      cache: 'no-store',
    });
  } catch (error) {
    throw failed(error);
  } finally {
    clearTimeout(timer);
  }
  const reader = answer.body?.getReader();
  const release = async (): Promise<void> => await reader?.cancel().catch(() => undefined);
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    let whole = false;
    try {
      while (reader) {
        const silence = setTimeout(() => idle.abort(), request.idleTimeout);
        const { done, value } = await reader.read().finally(() => clearTimeout(silence));
        if (done) break;
        yield value;
      }
      whole = true;
    } catch (error) {
      throw failed(error);
    } finally {
      if (!whole) await release();
    }
  };
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: releasable(pieces(), release) };
};

export const browserPlatform: Platform = {
  hashes: plainHashes,
  transport: fetchTransport,
  ownHeaders: false,
  now: Date.now,
  unique: () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint32Array(4))].join('-'),
  random: Math.random,
  sleep,
};
