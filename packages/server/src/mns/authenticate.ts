import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  type AuthorizationV4,
  MnsError,
  parseAuthorization,
  parseAuthorizationV4,
  signingKeyPartsV4,
  stringToSign,
  stringToSignV4,
} from '@millrace/protocol/mns';
import type { AccessKey, KeyFault, KeyRing } from '../domain/access/principal.ts';
import { hmacSha1Hex } from '../http/hmac.ts';

/** "The request is refused when its time differs from the server's by more than 15 minutes." */
const SKEW_MS = 15 * 60 * 1000;

/** Compared with when the key is unknown, so that this takes as long as a wrong signature. */
const NO_SECRET = 'no such key';

/** The vendor has one code for all that can be wrong with a key. */
const noKey: Readonly<Record<KeyFault, string | undefined>> = {
  unknown: undefined,
  inactive: 'The access Id you provided is disabled.',
  'token-missing': 'A temporary access key takes its token in the header security-token.',
  'token-invalid': 'The security token you provided is invalid.',
  'token-mismatch': 'The security token you provided was issued for another access Id.',
  'token-expired': 'The security token you provided has expired.',
};

export interface AuthenticationRequest {
  method: string;
  /** The request target as it came, and other spellings of it that a client may have signed. */
  targets: readonly string[];
  headers: IncomingMessage['headers'];
  nowMs: number;
}

/** The key that signed a request, or an `MnsError`. Nothing of the request is believed before this has answered. */
export async function authenticate(request: AuthenticationRequest, keys: KeyRing): Promise<AccessKey> {
  const { method, targets, nowMs } = request;
  const headers = flatten(request.headers);
  const version = headers['x-mns-version'];
  if (version === undefined) throw new MnsError('MissingVersionHeader');
  if (version !== '2015-06-06') throw new MnsError('InvalidVersionHeader');
  const claim = claimOf(headers.authorization);
  const timeMs = checkDate(headers, nowMs);
  const token = headers['security-token'] ?? headers['x-mns-security-token'];
  const { key, fault } = await keys.find(claim.accessKeyId, token);
  const secret = key?.secret ?? NO_SECRET;
  const signed = { method, headers, timeMs };
  const verified = targets.some((target) =>
    'scheme' in claim
      ? verifiesV4(claim, secret, { ...signed, target })
      : verifies(claim, secret, { ...signed, target }),
  );
  if (key === undefined) throw new MnsError('InvalidAccessKeyId', noKey[fault]);
  if (!verified) throw new MnsError('SignatureDoesNotMatch');
  if (token !== undefined && !key.temporary) {
    throw new MnsError('InvalidAccessKeyId', 'This key pair is a long-lived one and takes no security token.');
  }
  return key;
}

function flatten(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

type Claim = AuthorizationV4 | { accessKeyId: string; signature: string };

function claimOf(authorization: string | undefined): Claim {
  if (authorization === undefined || authorization.trim() === '') throw new MnsError('MissingAuthorizationHeader');
  const claim = parseAuthorization(authorization) ?? parseAuthorizationV4(authorization);
  if (claim === undefined) throw new MnsError('InvalidAuthorizationHeader');
  return claim;
}

interface Signed {
  method: string;
  target: string;
  headers: Record<string, string | undefined>;
  timeMs: number;
}

const same = (expected: Buffer, given: Buffer): boolean =>
  expected.length === given.length && timingSafeEqual(expected, given);

function verifies({ signature }: { signature: string }, secret: string, signed: Signed): boolean {
  // Headers and target reach us as one character a byte, and as bytes they were signed.
  const expected = Buffer.from(hmacSha1Hex(secret, stringToSign(signed)), 'hex');
  return same(expected, Buffer.from(signature, 'base64'));
}

/** Values of the query are signed as they stand in the URL, encoded once more; a client may as well mean what they say. */
function verifiesV4(claim: AuthorizationV4, secret: string, { target, ...signed }: Signed): boolean {
  const [first, ...parts] = signingKeyPartsV4(claim, secret);
  const key = parts.reduce<string | Buffer>((chain, part) => createHmac('sha256', chain).update(part).digest(), first);
  const question = target.indexOf('?');
  const path = decoded(question < 0 ? target : target.slice(0, question));
  const pairs = (question < 0 ? '' : target.slice(question + 1))
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.split('=', 1)[0] ?? '', pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : ''] as const);
  const meant = pairs.map(([name, value]) => [decoded(name), decoded(value)] as const);
  const given = Buffer.from(claim.signature, 'hex');
  return [pairs, meant].some((query) => {
    const text = stringToSignV4(claim, { ...signed, path, query });
    return same(createHmac('sha256', key).update(text).digest(), given);
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The time that a request says it was made at. */
function checkDate(headers: Record<string, string | undefined>, nowMs: number): number {
  const date = headers.date ?? headers['x-mns-date'];
  if (date === undefined || date.trim() === '') throw new MnsError('MissingDateHeader');
  const dateMs = Date.parse(date);
  if (Number.isNaN(dateMs)) throw new MnsError('InvalidDateHeader');
  if (Math.abs(nowMs - dateMs) > SKEW_MS) throw new MnsError('TimeExpired');
  return dateMs;
}
