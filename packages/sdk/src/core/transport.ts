import type { Hashes } from '@millrace/protocol/oss';
import type { ByteSource } from './byte-source.ts';

/** One HTTP request, ready to go: signed, encoded. */
export interface WireRequest {
  method: string;
  url: string;
  /** By lower-case name; values are text that is sent as UTF-8. */
  headers: Readonly<Record<string, string>>;
  body: ByteSource | undefined;
  signal: AbortSignal | undefined;
  /** Milliseconds until the connection must stand. */
  connectTimeout: number;
  /** Milliseconds in which something must come or go. */
  idleTimeout: number;
}

/** An answer as it comes: nothing is decoded, and the body is read as it is asked for. */
export interface WireAnswer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

/** Sends one request. Rejects with `NetworkError`, `TimeoutError`, or the signal's reason. */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

/** What differs between Node and browsers. */
export interface Platform {
  readonly hashes: Hashes & {
    md5Base64(bytes: Uint8Array): string;
    /** As MNS signs and checks: lower-case hex. */
    md5Hex(bytes: Uint8Array): string;
  };
  readonly transport: Transport;
  /** Browsers set some headers themselves and refuse to have them set. */
  readonly ownHeaders: boolean;
  now(): number;
  /** Text that nobody else has. */
  unique(): string;
  /** In [0, 1). */
  random(): number;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

/** Ends early with the signal's reason. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const wake = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
