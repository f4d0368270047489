import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { MnsError, parseAuthorization, stringToSign, V4_SCHEMES } from '@millrace/protocol/mns';
import type { AccessKey, KeyFault, KeyRing } from '../domain/access/principal.ts';
import { hmac } from '../http/hmac.ts';

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
  const { accessKeyId, signature } = credentials(headers.authorization);
  checkDate(headers, nowMs);
  const token = headers['security-token'] ?? headers['x-mns-security-token'];
  const { key, fault } = await keys.find(accessKeyId, token);
  const given = Buffer.from(signature, 'base64');
  // Headers and target reach us as one character a byte, and as bytes they were signed.
  const verified = targets.some((target) => {
    const text = stringToSign({ method, target, headers });
    const expected = hmac('sha1', key?.secret ?? NO_SECRET)
      .update(text, 'latin1')
      .digest();
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  if (key === undefined) throw new MnsError('InvalidAccessKeyId', noKey[fault]);
  if (!verified) throw new MnsError('SignatureDoesNotMatch');
  if (token !== undefined && !key.temporary) {
    throw new MnsError('InvalidAccessKeyId', 'This key pair is a long-lived one and takes no security token.');
  }
  return key;
}

function flatten(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}

function credentials(authorization: string | undefined): { accessKeyId: string; signature: string } {
  if (authorization === undefined || authorization.trim() === '') throw new MnsError('MissingAuthorizationHeader');
  const parsed = parseAuthorization(authorization);
  if (parsed !== undefined) return parsed;
  const scheme = authorization.trim().split(/\s/, 1)[0] ?? '';
  if (V4_SCHEMES.includes(scheme)) {
    throw new MnsError(
      'InvalidAuthorizationHeader',
      `The signature scheme ${scheme} is not implemented by this server: sign with the default one, "MNS {AccessKeyId}:{Signature}".`,
    );
  }
  throw new MnsError('InvalidAuthorizationHeader');
}

function checkDate(headers: Record<string, string | undefined>, nowMs: number): void {
  const date = headers.date ?? headers['x-mns-date'];
  if (date === undefined || date.trim() === '') throw new MnsError('MissingDateHeader');
  const dateMs = Date.parse(date);
  if (Number.isNaN(dateMs)) throw new MnsError('InvalidDateHeader');
  if (Math.abs(nowMs - dateMs) > SKEW_MS) throw new MnsError('TimeExpired');
}
