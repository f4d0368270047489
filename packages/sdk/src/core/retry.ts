import { InconsistentError, NetworkError, ServiceError } from './errors.ts';

/** How often and when a request is repeated. */
export interface RetryPolicy {
  /** The first one included. */
  attempts: number;
  /** Milliseconds to wait before attempt `attempt` (2 and up). */
  delay(attempt: number, random: () => number): number;
  retryable(error: unknown): boolean;
}

const BASE_MS = 200;
const LONGEST_MS = 20_000;

/** As the official V2 SDKs: three attempts, full jitter from 0.2 s, at most 20 s. */
export const standardRetry = (attempts = 3): RetryPolicy => ({
  attempts: Math.max(1, attempts),
  delay: (attempt, random) => Math.min(LONGEST_MS, BASE_MS * 2 ** (attempt - 2)) * random(),
  retryable,
});

/** How the protocols say that a request is of another time: it is made again with the service's own. */
export const SKEWED: ReadonlySet<string> = new Set([
  'RequestTimeTooSkewed',
  // MNS
  'TimeExpired',
  // STS, RAM and IMM
  'InvalidTimeStamp.Expired',
]);

/** `BadRequest` without more is what the vendor's front end says when it is overrun. */
const CODES: ReadonlySet<string> = new Set([...SKEWED, 'BadRequest', 'RequestTimeout']);

/** Whether the same request may succeed in a moment: after the network, overload, and times that were wrong. */
export function retryable(error: unknown): boolean {
  if (error instanceof NetworkError || error instanceof InconsistentError) return true;
  if (!(error instanceof ServiceError)) return false;
  const { status, code } = error;
  // 501: what is not implemented will not be in a moment.
  return status === 401 || status === 408 || status === 429 || (status >= 500 && status !== 501) || CODES.has(code);
}
