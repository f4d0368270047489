import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { PushRequest, PushSender } from '../domain/ports/push-sender.ts';
import { addressOf, guardedRequest, type MayReach, refused } from './guarded-request.ts';

interface SenderOptions {
  /** PEM of an RSA private key, asked for when the first push needs it. */
  privateKey: () => Promise<string>;
  /** Where receivers find the certificate; asked for each push, because the port may be known only later. */
  certificateUrl: () => string;
  mayReach: MayReach;
}

/** Pushes over HTTP, each on a connection of its own; redirections are not followed. */
export class HttpPushSender implements PushSender {
  #options: SenderOptions;
  #key: Promise<KeyObject> | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  fault(url: URL): string | undefined {
    // They would stand in every log, and no receiver of the vendor's ever got them.
    if (url.username !== '' || url.password !== '') return 'The endpoint must be without a user name and password.';
    if (url.port === '0') return 'The endpoint must have a port that can be connected to, not 0.';
    const address = addressOf(url);
    return address === undefined || this.#options.mayReach(address) ? undefined : refused(address).message;
  }

  async send({ url, contentType, headers, body }: PushRequest, signal: AbortSignal): Promise<{ status: number }> {
    const bytes = Buffer.from(body, 'utf8');
    const digest = createHash('md5').update(bytes).digest('hex');
    const signed = {
      ...headers,
      'x-mns-signing-cert-url': Buffer.from(this.#options.certificateUrl()).toString('base64'),
    };
    const contentMd5 = Buffer.from(digest, 'latin1').toString('base64');
    const date = new Date().toUTCString();
    const path = url.pathname + url.search;
    const text = pushStringToSign({ contentMd5, contentType, date, headers: signed, path });
    const { request, response } = await guardedRequest(url, {
      mayReach: this.#options.mayReach,
      body: bytes,
      method: 'POST',
      signal,
      headers: {
        Authorization: sign('RSA-SHA1', Buffer.from(text), await this.#privateKey()).toString('base64'),
        'Content-Type': contentType,
        'Content-md5': contentMd5,
        'Content-Length': bytes.byteLength,
        Date: date,
        Accept: '*/*',
        'User-Agent': 'Aliyun Notification Service Agent',
        ...signed,
      },
    });
    // The status is all that counts, so that a body that drips or never ends is not waited for.
    response.on('error', () => {});
    request.destroy();
    return { status: response.statusCode ?? 0 };
  }

  #privateKey(): Promise<KeyObject> {
    this.#key ??= this.#options.privateKey().then(createPrivateKey);
    return this.#key;
  }
}

/** What a receiver verifies: the headers `x-mns-…` by name, and nothing between the last of them and the path. */
export function pushStringToSign(push: {
  contentMd5: string;
  contentType: string;
  date: string;
  headers: Readonly<Record<string, string>>;
  path: string;
}): string {
  const lines = Object.keys(push.headers)
    .sort()
    .map((name) => `${name}:${push.headers[name] ?? ''}`);
  return ['POST', push.contentMd5, push.contentType, push.date, ...lines, push.path].join('\n');
}
