import { createHash, timingSafeEqual } from 'node:crypto';
import {
  ACS3,
  ACS3_REQUIRED,
  canonicalRequestAcs3,
  parseAcs3,
  RpcError,
  stringToSignAcs3,
  stringToSignV1,
} from '@millrace/protocol/rpc';
import type { AccessKey, KeyFault, KeyRing } from '../domain/access/principal.ts';
import { hmac } from '../http/hmac.ts';
import { NonceMemory } from './nonce-memory.ts';
import type { RpcRequest } from './parameters.ts';

/** "The request is refused when its time differs from the server's by more than 15 minutes." */
const MAX_SKEW_MS = 15 * 60_000;

/** What a signature claims, in either scheme, but not checked. */
interface Claim {
  accessKeyId: string;
  provided: string;
  token: string | undefined;
  timestamp: string;
  nonce: string;
  /** The right signature, and the text it is of, for a client that got it wrong. */
  sign(secret: string): { signature: string; text: string };
}

const refusals: Readonly<Record<KeyFault, () => RpcError>> = {
  unknown: () => new RpcError('InvalidAccessKeyId.NotFound', 'Specified access key is not found.'),
  inactive: () => new RpcError('InvalidAccessKeyId.Inactive', 'Specified access key is disabled.'),
  'token-missing': () => new RpcError('MissingSecurityToken', 'A temporary access key takes its SecurityToken.'),
  'token-invalid': () => new RpcError('InvalidSecurityToken.Malformed', 'The specified SecurityToken is malformed.'),
  'token-mismatch': () =>
    new RpcError(
      'InvalidSecurityToken.MismatchWithAccessKey',
      'The specified SecurityToken mismatches with the access key.',
    ),
  'token-expired': () => new RpcError('InvalidSecurityToken.Expired', 'The specified SecurityToken is expired.'),
};

/** Verifies both signature schemes of RPC clients. Throws `RpcError`. */
export class RpcAuthenticator {
  #keys: KeyRing;
  #now: () => number;
  #nonces = new NonceMemory(2 * MAX_SKEW_MS);
  constructor(options: { keys: KeyRing; now: () => number }) {
    this.#keys = options.keys;
    this.#now = options.now;
  }

  async verify(request: RpcRequest): Promise<AccessKey> {
    const { authorization } = request.headers;
    // Not by x-acs-action: clients of the first generation send that header along with the parameters of version 1.
    const claim = authorization?.startsWith(ACS3) ? acs3Claim(request, authorization) : v1Claim(request);
    const finding = await this.#keys.find(claim.accessKeyId, claim.token);
    if (finding.key === undefined) throw refusals[finding.fault]();
    const { key } = finding;
    this.#checkTime(claim.timestamp);
    const { signature, text } = claim.sign(key.secret);
    if (!same(signature, claim.provided)) {
      // The first Python client takes what follows the first colon for the server's string, and must find a colon.
      throw new RpcError(
        'SignatureDoesNotMatch',
        `Specified signature is not matched with our calculation. server string to sign is:${text}`,
      );
    }
    if (claim.token && !key.temporary) throw refusals['token-invalid']();
    // Only now: what is not signed must not use up the nonces of those who can sign.
    if (!this.#nonces.use(`${key.id} ${claim.nonce}`, this.#now())) throw new RpcError('SignatureNonceUsed');
    return key;
  }

  #checkTime(timestamp: string): void {
    // Some clients send milliseconds.
    const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(timestamp);
    const milliseconds = whole ? Date.parse(timestamp) : Number.NaN;
    if (Number.isNaN(milliseconds)) {
      throw new RpcError(
        'InvalidTimeStamp.Format',
        'Specified time stamp or date value is not well formatted: it must be like 2025-01-02T03:04:05Z, in UTC.',
      );
    }
    if (Math.abs(this.#now() - milliseconds) > MAX_SKEW_MS) {
      throw new RpcError('InvalidTimeStamp.Expired', 'Specified time stamp or date value is expired.');
    }
  }
}

function v1Claim({ method, parameters }: RpcRequest): Claim {
  const mandatory = (name: string): string => {
    const value = parameters.get(name);
    if (!value) throw new RpcError(`Missing${name}`, `${name} is mandatory for this action.`);
    return value;
  };
  const provided = mandatory('Signature');
  const algorithm = parameters.get('SignatureMethod') ?? 'HMAC-SHA1';
  if (algorithm !== 'HMAC-SHA1' || parameters.get('SignatureType')) throw new RpcError('InvalidSignatureMethod');
  return {
    accessKeyId: mandatory('AccessKeyId'),
    provided,
    token: parameters.get('SecurityToken'),
    timestamp: mandatory('Timestamp'),
    nonce: mandatory('SignatureNonce'),
    sign(secret) {
      const text = stringToSignV1(method, parameters);
      return { text, signature: hmac('sha1', `${secret}&`).update(text).digest('base64') };
    },
  };
}

function acs3Claim(request: RpcRequest, authorization: string): Claim {
  const { method, path, query, headers, body } = request;
  const parsed = parseAcs3(authorization);
  if (!parsed) throw new RpcError('IncompleteSignature');
  const { accessKeyId, signedHeaders, signature } = parsed;
  for (const name of ACS3_REQUIRED) {
    if (!signedHeaders.includes(name) || headers[name] === undefined) {
      throw new RpcError('IncompleteSignature', `The header ${name} must be there and be signed.`);
    }
  }
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  if (headers['x-acs-content-sha256']?.toLowerCase() !== bodySha256) throw new RpcError('ContentSha256Mismatch');
  const token = headers['x-acs-security-token'];
  if (token !== undefined && !signedHeaders.includes('x-acs-security-token')) {
    throw new RpcError('IncompleteSignature', 'The header x-acs-security-token must be signed.');
  }
  return {
    accessKeyId,
    provided: signature,
    token,
    timestamp: headers['x-acs-date'] ?? '',
    // One without is as good as one whose nonce is its signature.
    nonce: headers['x-acs-signature-nonce'] ?? signature,
    sign(secret) {
      const canonical = canonicalRequestAcs3({ method, path, query, headers, bodySha256 }, signedHeaders);
      const text = stringToSignAcs3(createHash('sha256').update(canonical).digest('hex'));
      return { text: canonical, signature: hmac('sha256', secret).update(text).digest('hex') };
    },
  };
}

/** In time that depends on the length only. */
function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
