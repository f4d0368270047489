import { createHmac } from 'node:crypto';
import type { WebhookSender } from '../domain/ports/webhook-sender.ts';
import { guardedRequest, type MayReach } from './guarded-request.ts';

interface SenderOptions {
  url: string;
  /** As the receiver has it; what follows `whsec_` is base64, anything else is taken as it is. */
  secret: string;
  mayReach: MayReach;
}

/**
 * Events to the webhook of this instance, as CloudEvents in structured mode, signed as https://www.standardwebhooks.com
 * says: an HMAC over id, time and body, so that one that was overheard cannot be sent again later.
 */
export class HttpWebhookSender implements WebhookSender {
  #options: SenderOptions;
  #key: Buffer;
  constructor(options: SenderOptions) {
    this.#options = options;
    const { secret } = options;
    this.#key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  }

  async send(event: { id: string; body: string; sentMs: number }, signal: AbortSignal): Promise<number> {
    const { id, body, sentMs } = event;
    const seconds = Math.floor(sentMs / 1000);
    const bytes = Buffer.from(body);
    const signature = createHmac('sha256', this.#key).update(`${id}.${seconds}.${body}`).digest('base64');
    const { request, response } = await guardedRequest(new URL(this.#options.url), {
      method: 'POST',
      signal,
      mayReach: this.#options.mayReach,
      body: bytes,
      headers: {
        'Content-Type': 'application/cloudevents+json; charset=utf-8',
        'Content-Length': bytes.byteLength,
        'User-Agent': 'millrace-webhook',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${signature}`,
        Connection: 'close',
      },
    });
    // What the receiver says besides its status is nothing to us.
    request.destroy();
    return response.statusCode ?? 0;
  }
}
