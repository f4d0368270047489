import {
  parseAdditionalHeadersV2,
  parseAuthorizationV1,
  parseAuthorizationV2,
  parseTimestampV4,
  requestDateV1,
  type SignableRequest,
  signV1,
  stringToSignV1,
  stringToSignV2,
} from '@millrace/protocol/oss';
import type { AccessKey } from '../domain/access/principal.ts';
import {
  type Claim,
  checkSkew,
  type Expected,
  expired,
  hexPairs,
  requireHeaders,
  type UnverifiedRequest,
} from './claim.ts';
import { hashes } from './hashes.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** What signatures of versions 1 and 2 claim: they have no scope, and nothing of them is worth keeping between requests. */
export function headerClaimV1({ headers }: UnverifiedRequest, authorization: string): Claim {
  const parsed = parseAuthorizationV1(authorization);
  if (!parsed) throw invalidArgument('Authorization', authorization, 'Authorization header is invalid.');
  const date = requestDateV1(headers);
  return {
    accessKeyId: parsed.accessKeyId,
    provided: parsed.signature,
    // The Python SDK, second generation, sends the token under the second name when it signs with version 1.
    token: headers['x-oss-security-token'] ?? headers['security-token'],
    checkTime(nowMs) {
      checkSkew(date === undefined ? undefined : (parseTimestampV4(date) ?? Date.parse(date)), nowMs);
    },
    sign: (request, key) => signedV1(request, key, date ?? ''),
  };
}

export function presignedClaimV1({ query }: UnverifiedRequest): Claim {
  const accessKeyId = query.get('OSSAccessKeyId');
  const signature = query.get('Signature');
  const expires = query.get('Expires');
  if (!accessKeyId || !signature || !expires) {
    throw new OssError('AccessDenied', {
      message: 'Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters',
      ec: '0002-00000068',
    });
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw new OssError('AccessDenied', {
      message: 'Invalid date (should be seconds since epoch).',
      ec: '0002-00000070',
    });
  }
  const endMs = Number(expires) * 1000;
  return {
    accessKeyId,
    // Base64 has no spaces: one was a plus that the client did not encode.
    provided: signature.replaceAll(' ', '+'),
    token: query.get('security-token'),
    checkTime(nowMs) {
      if (nowMs > endMs) throw expired(new Date(endMs).toISOString(), nowMs, '0002-00000069');
    },
    sign: (request, key) => signedV1(request, key, expires),
  };
}

function signedV1(request: SignableRequest, key: AccessKey, date: string): Expected {
  const stringToSign = stringToSignV1(request, date);
  return {
    signature: signV1(hashes, key.secret, stringToSign),
    evidence: () => ({ StringToSign: stringToSign, StringToSignBytes: hexPairs(stringToSign) }),
    ec: '0002-00000040',
  };
}

export function headerClaimV2({ headers }: UnverifiedRequest, authorization: string): Claim {
  const parsed = parseAuthorizationV2(authorization);
  if (!parsed) throw invalidArgument('Authorization', authorization, 'Authorization header is invalid.');
  requireHeaders(parsed.additionalHeaders, headers);
  return {
    accessKeyId: parsed.accessKeyId,
    provided: parsed.signature,
    token: headers['x-oss-security-token'],
    checkTime(nowMs) {
      const date = requestDateV1(headers);
      checkSkew(date === undefined ? undefined : Date.parse(date), nowMs);
    },
    // Both dates are signed, where both are there: the other one as a header.
    sign: (request, key) => signedV2(request, key, headers.date ?? '', parsed.additionalHeaders),
  };
}

export function presignedClaimV2({ query, headers }: UnverifiedRequest): Claim {
  const parameter = (name: string): string => {
    const value = query.get(name);
    if (!value) throw invalidArgument(name, '', `The query parameter ${name} is required.`);
    return value;
  };
  const expires = parameter('x-oss-expires');
  if (!/^\d{1,12}$/.test(expires)) {
    throw invalidArgument('x-oss-expires', expires, 'Invalid date (should be seconds since epoch).');
  }
  const endMs = Number(expires) * 1000;
  const additional = parseAdditionalHeadersV2(query.get('x-oss-additional-headers'));
  requireHeaders(additional, headers);
  return {
    accessKeyId: parameter('x-oss-access-key-id'),
    provided: parameter('x-oss-signature').replaceAll(' ', '+'),
    token: query.get('security-token'),
    checkTime(nowMs) {
      if (nowMs > endMs) throw expired(new Date(endMs).toISOString(), nowMs, '0002-00000069');
    },
    sign: (request, key) => signedV2(request, key, expires, additional),
  };
}

function signedV2(request: SignableRequest, key: AccessKey, date: string, additional: readonly string[]): Expected {
  const stringToSign = stringToSignV2(request, date, additional);
  return {
    signature: Buffer.from(hashes.hmacSha256(key.secret, stringToSign)).toString('base64'),
    evidence: () => ({ StringToSign: stringToSign, StringToSignBytes: hexPairs(stringToSign) }),
    ec: '0002-00000101',
  };
}
