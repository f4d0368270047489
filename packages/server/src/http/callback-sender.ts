import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CallbackRequest, CallbackResponse, CallbackSender } from '../domain/ports/callback-sender.ts';
import { guardedRequest, type MayReach } from './guarded-request.ts';

/** "The value of the Content-Length response header must be … less than or equal to 3 MB." */
const MAX_ANSWER_BYTES = 3 * 1024 * 1024;

interface SenderOptions {
  /** PEM of an RSA private key, asked for when the first callback or reader needs it: making one takes a while. */
  privateKey: () => Promise<string>;
  /** Where receivers find the public key; asked for each callback, because the port may be known only later. */
  publicKeyUrl: () => string;
  /** Whether a callback may go to this IP address. */
  mayReach: MayReach;
}

/** Callbacks over HTTP, each on a connection of its own; redirections are not followed. */
export class HttpCallbackSender implements CallbackSender {
  #key: Promise<KeyObject> | undefined;
  #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** What receivers verify signatures with, as PEM. */
  async publicKey(): Promise<string> {
    return createPublicKey(await this.#privateKey())
      .export({ type: 'spki', format: 'pem' })
      .toString();
  }

  async send(callback: CallbackRequest, signal: AbortSignal): Promise<CallbackResponse> {
    const url = new URL(callback.url);
    const body = Buffer.from(callback.body);
    const target = url.pathname + url.search;
    const { request, response } = await guardedRequest(url, {
      mayReach: this.#options.mayReach,
      body,
      method: 'POST',
      signal,
      headers: {
        ...(callback.host !== undefined && { Host: callback.host }),
        'Content-Type': callback.contentType,
        'Content-Length': body.byteLength,
        'User-Agent': 'millrace-callback',
        Date: new Date().toUTCString(),
        Authorization: signature(target, callback.body, await this.#privateKey()),
        'x-oss-pub-key-url': Buffer.from(this.#options.publicKeyUrl()).toString('base64'),
        Connection: 'close',
      },
      ...(!callback.sni && { servername: '' }),
    });
    try {
      return { status: response.statusCode ?? 0, body: await readAnswer(response) };
    } finally {
      request.destroy();
    }
  }

  #privateKey(): Promise<KeyObject> {
    this.#key ??= this.#options.privateKey().then(createPrivateKey);
    return this.#key;
  }
}

/** "base64(RSA-MD5(url_decode(path) + query + '\n' + body))"; the query with its question mark. */
function signature(target: string, body: string, key: KeyObject): string {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? '' : target.slice(question);
  return sign('RSA-MD5', Buffer.from(`${decoded(path)}${query}\n${body}`), key).toString('base64');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function readAnswer(response: IncomingMessage): Promise<Uint8Array | undefined> {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (!(length <= MAX_ANSWER_BYTES)) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
