import { ServiceError } from './errors.ts';
import { type CallOptions, retryOf, type Settings } from './options.ts';
import { SKEWED } from './retry.ts';
import type { WireAnswer, WireRequest } from './transport.ts';

/** A request of some protocol: made and signed anew for each attempt, because dates and keys change. */
export interface Exchange<T> {
  /** Its body can be sent only once. */
  once: boolean;
  make(clockOffset: number): Promise<Omit<WireRequest, 'signal' | 'connectTimeout' | 'idleTimeout'>>;
  /** Reads the answer, or throws what it says. */
  read(answer: WireAnswer): Promise<T>;
}

/** How far the service's clock is ahead, learnt from what it refused; one for each client. */
export interface Clock {
  offset: number;
}

/** Sends, reads, and repeats as the policy says. */
export async function send<T>(
  settings: Settings,
  clock: Clock,
  exchange: Exchange<T>,
  options: CallOptions = {},
): Promise<T> {
  const { platform } = settings;
  const { signal } = options;
  const policy = retryOf(options.retry) ?? settings.retry;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      const request = await exchange.make(clock.offset);
      const answer = await platform.transport({
        ...request,
        signal,
        connectTimeout: options.connectTimeout ?? settings.connectTimeout,
        idleTimeout: options.idleTimeout ?? settings.idleTimeout,
      });
      return await exchange.read(answer);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (error instanceof ServiceError && SKEWED.has(error.code)) learnTime(clock, error, platform.now());
      if (exchange.once || attempt >= policy.attempts || !policy.retryable(error)) throw error;
      await platform.sleep(policy.delay(attempt + 1, platform.random), signal);
    }
  }
}

function learnTime(clock: Clock, error: ServiceError, now: number): void {
  const told = Date.parse(error.details.ServerTime ?? error.headers.date ?? '');
  if (!Number.isNaN(told)) clock.offset = told - now;
}
