import type { CallbackSender } from '../ports/callback-sender.ts';
import type { Clock } from '../ports/clock.ts';

/** "The application server must respond to a callback request within 5 seconds." */
const TIMEOUT_MS = 5_000;
/** Deliveries that an operator can look back on. */
const KEPT_DELIVERIES = 1_000;

/** A callback whose body has been written. */
export interface Callback {
  /** Tried in order until one answers as it must. */
  urls: readonly string[];
  host: string | undefined;
  sni: boolean;
  contentType: string;
  body: string;
}

/** What became of a callback, for the operator. */
export interface Delivery {
  atMs: number;
  requestId: string;
  bucket: string;
  key: string;
  /** One for each URL tried, in order. `failure` is absent from the one that was answered as it must be. */
  attempts: { url: string; ms: number; status?: number; failure?: string }[];
}

/** JSON as the receiver sent it, or why there is none. */
export type CallbackAnswer = { body: Uint8Array } | { failure: string };

/** Tells other servers of stored objects, and remembers how that went. */
export class CallbackService {
  #sender: CallbackSender;
  #clock: Clock;
  #delivered: (delivery: Delivery) => void;
  #kept: Delivery[] = [];

  /** @param dependencies.delivered told of each delivery once it has ended. */
  constructor(dependencies: { sender: CallbackSender; clock: Clock; delivered: (delivery: Delivery) => void }) {
    this.#sender = dependencies.sender;
    this.#clock = dependencies.clock;
    this.#delivered = dependencies.delivered;
  }

  /** The latest, newest first. */
  get deliveries(): readonly Delivery[] {
    return this.#kept.toReversed();
  }

  /** Ends when one receiver has answered or all have failed, whether or not the client still waits for it. */
  async deliver(
    callback: Callback,
    about: { requestId: string; bucket: string; key: string },
  ): Promise<CallbackAnswer> {
    const { requestId, bucket, key } = about;
    const delivery: Delivery = { atMs: this.#clock.now(), requestId, bucket, key, attempts: [] };
    let answer: CallbackAnswer = { failure: 'The callback has no URL.' };
    for (const url of callback.urls) {
      answer = await this.#attempt(callback, url, delivery);
      if ('body' in answer) break;
    }
    this.#kept.push(delivery);
    if (this.#kept.length > KEPT_DELIVERIES) this.#kept.shift();
    this.#delivered(delivery);
    return answer;
  }

  async #attempt(callback: Callback, url: string, delivery: Delivery): Promise<CallbackAnswer> {
    const { host, sni, contentType, body } = callback;
    const beganMs = this.#clock.now();
    const late = new AbortController();
    const cancel = this.#clock.schedule(TIMEOUT_MS, () =>
      late.abort(new Error(`No answer within ${TIMEOUT_MS / 1000} seconds.`)),
    );
    const attempt: Delivery['attempts'][number] = { url, ms: 0 };
    delivery.attempts.push(attempt);
    try {
      const response = await this.#sender.send({ url, host, sni, contentType, body }, late.signal);
      attempt.status = response.status;
      const failure = faultOf(response);
      if (failure === undefined && response.body) return { body: response.body };
      attempt.failure = failure ?? '';
      return { failure: attempt.failure };
    } catch (error) {
      const reason: unknown = late.signal.aborted ? late.signal.reason : error;
      attempt.failure = reason instanceof Error ? reason.message : String(reason);
      return { failure: attempt.failure };
    } finally {
      cancel();
      attempt.ms = this.#clock.now() - beganMs;
    }
  }
}

/** "A 200 with a JSON body and a Content-Length"; the first message is the vendor's. */
function faultOf({ status, body }: { status: number; body: Uint8Array | undefined }): string | undefined {
  if (status !== 200) return `Error status : ${status}.`;
  if (body === undefined) return 'The response must have a Content-Length of at most 3 MB.';
  try {
    JSON.parse(Buffer.from(body).toString('utf8'));
    return undefined;
  } catch {
    return 'Response body is not valid json format.';
  }
}
