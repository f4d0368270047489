import type { SignableRequest } from '@millrace/protocol/oss';
import type { AccessKey } from '../domain/access/principal.ts';
import type { Address } from './address.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** How far the clock of whoever signed may be from ours. */
export const MAX_SKEW_MS = 15 * 60_000;

/** A request before it is known what it asks for. */
export interface UnverifiedRequest {
  method: string;
  query: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
  /** The possible readings of its address, at least one. */
  addresses: readonly Address[];
}

/** What a signature claims: found in headers or query, of whichever version, but not checked. */
export interface Claim {
  accessKeyId: string;
  provided: string;
  token: string | undefined;
  /** Refuses a request whose time has passed or is not yet. */
  checkTime(nowMs: number): void;
  sign(request: SignableRequest, key: AccessKey): Expected;
}

/** The right signature for one reading. */
export interface Expected {
  signature: string;
  /** How it came about, for a client that got it wrong: made only then. */
  evidence(): Record<string, string>;
  /** The classification of a mismatch. */
  ec: string;
}

export function checkSkew(requestMs: number | undefined, nowMs: number): void {
  if (requestMs === undefined || Number.isNaN(requestMs)) throw noDate();
  if (Math.abs(requestMs - nowMs) > MAX_SKEW_MS) throw skewed(requestMs, nowMs);
}

export const noDate = (): OssError =>
  new OssError('AccessDenied', { message: 'OSS authentication requires a valid Date.' });

export function skewed(requestMs: number, nowMs: number): OssError {
  return new OssError('RequestTimeTooSkewed', {
    elements: {
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
      RequestTime: new Date(requestMs).toISOString(),
      ServerTime: new Date(nowMs).toISOString(),
    },
  });
}

export function expired(end: string, nowMs: number, ec: string): OssError {
  return new OssError('AccessDenied', {
    message: 'Request has expired.',
    ec,
    elements: { Expires: end, ServerTime: new Date(nowMs).toISOString() },
  });
}

/** Vendor rule: a header that the signer lists must be there; what it says is up to the signature. */
export function requireHeaders(names: readonly string[], headers: UnverifiedRequest['headers']): void {
  const missing = names.find((name) => headers[name] === undefined);
  if (missing === undefined) return;
  const message = `Invalid signing additional headers in Authorization header: the request has no header ${missing}.`;
  throw invalidArgument('AdditionalHeaders', missing, message, '0002-00000210');
}

export const hexPairs = (text: string): string =>
  Buffer.from(text)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
