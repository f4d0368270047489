import { timingSafeEqual } from 'node:crypto';
import {
  ALGORITHM_V2,
  ALGORITHM_V4,
  type AuthorizationV4,
  canonicalRequestV4,
  formatScopeV4,
  formatTimestampV4,
  type MalformedV4,
  parseAdditionalHeaders,
  parseAuthorizationV4,
  parseCredentialV4,
  parseTimestampV4,
  type ScopeV4,
  type SignableRequest,
  signingKeyV4,
  signV1,
  signV4,
  stringToSignV4,
} from '@millrace/protocol/oss';
import { type AccessKey, anonymous, type KeyFault, type KeyRing, type Principal } from '../domain/access/principal.ts';
import type { Address } from './address.ts';
import {
  type Claim,
  checkSkew,
  type Expected,
  expired,
  hexPairs,
  MAX_SKEW_MS,
  noDate,
  requireHeaders,
  skewed,
  type UnverifiedRequest,
} from './claim.ts';
import { hashes } from './hashes.ts';
import { headerClaimV1, headerClaimV2, presignedClaimV1, presignedClaimV2 } from './older-claims.ts';
import { invalidArgument, OssError } from './oss-error.ts';

const MAX_URL_LIFE_S = 604_800;
/** What of a presigned URL says by whom and for how long it is good; what else it holds is about its object. */
const PRESIGNED: ReadonlySet<string> = new Set([
  'OSSAccessKeyId',
  'Expires',
  'security-token',
  'x-oss-signature-version',
  'x-oss-credential',
  'x-oss-date',
  'x-oss-expires',
  'x-oss-security-token',
]);
/** Signing keys kept: one per access key and day. */
const KEPT_SIGNING_KEYS = 1_000;
/** Authorization headers kept, without their signatures; longer ones are read each time. */
const KEPT_AUTHORIZATIONS = 1_000;
const KEPT_AUTHORIZATION_LENGTH = 512;
const SIGNATURE_V4 = /^[0-9a-f]{64}$/;

export interface Verified {
  principal: Principal;
  /** The reading that was signed. */
  address: Address;
}

/** What the fields of a posted form claim. The string to sign is the policy as sent. */
interface FormClaim {
  accessKeyId: string;
  provided: string;
  policy: string;
  ec: string;
  checkTime(nowMs: number): void;
  sign(key: AccessKey): string;
}

const FORM_FIELDS_V1 = ['OSSAccessKeyId', 'policy', 'Signature'];
const FORM_FIELDS_V4 = ['x-oss-signature-version', 'x-oss-credential', 'x-oss-date', 'policy', 'x-oss-signature'];
/** The vendor's classification of what is missing. */
const FORM_EC: Readonly<Record<string, string>> = {
  policy: '0002-00000702',
  Signature: '0002-00000703',
  'x-oss-signature': '0002-00000703',
  OSSAccessKeyId: '0002-00000706',
};

/**
 * The one verifier in front of every operation. Checks, in the vendor's order: form of the signature, access key, time,
 * signature, token. Throws `OssError`.
 */
export class Authenticator {
  #keys: KeyRing;
  #region: string;
  #now: () => number;
  #signingKeys = new Map<string, { secret: string; key: Uint8Array }>();
  #authorizations = new Map<string, Omit<AuthorizationV4, 'signature'>>();

  /** @param region what V4 signatures must name, such as `cn-hangzhou`. */
  constructor(options: { keys: KeyRing; region: string; now: () => number }) {
    this.#keys = options.keys;
    this.#region = options.region;
    this.#now = options.now;
  }

  async verify(request: UnverifiedRequest): Promise<Verified> {
    const claim = this.#readClaim(request);
    const [likeliest] = request.addresses;
    if (!likeliest) throw new Error('A request has at least one address.');
    if (!claim) return { principal: anonymous, address: likeliest };
    const { key, fault } = await this.#keys.find(claim.accessKeyId, claim.token);
    if (!key) throw noKey(fault, claim.accessKeyId);
    claim.checkTime(this.#now());
    let mismatch: OssError | undefined;
    for (const address of request.addresses) {
      const { bucket } = address;
      const signable = bucket === undefined ? request : { ...request, bucket, key: address.key };
      const { signature, evidence, ec } = claim.sign(signable, key);
      if (same(signature, claim.provided)) {
        if (claim.token !== undefined && !key.temporary) throw new OssError('InvalidSecurityToken');
        return { principal: key.principal, address };
      }
      mismatch ??= new OssError('SignatureDoesNotMatch', {
        ec,
        elements: { OSSAccessKeyId: key.id, SignatureProvided: claim.provided, ...evidence() },
      });
    }
    throw mismatch ?? new OssError('SignatureDoesNotMatch');
  }

  /**
   * The query with which another object can be read by who sent a verified request: `query`, signed as that request is and
   * good for as long. A request that was signed in its headers says nothing of a time, so that it is `lifeSeconds`.
   */
  async signQuery(
    request: Pick<UnverifiedRequest, 'query' | 'headers'>,
    object: { bucket: string; key: string; query: ReadonlyMap<string, string> },
    { lifeSeconds }: { lifeSeconds: number },
  ): Promise<ReadonlyMap<string, string>> {
    const claim = this.#readClaim({ method: 'GET', ...request, addresses: [] });
    const { key } = claim ? await this.#keys.find(claim.accessKeyId, claim.token) : {};
    if (!claim || !key) return object.query;
    const query = new Map(object.query);
    for (const [name, value] of request.query) if (PRESIGNED.has(name)) query.set(name, value);
    const signable = { ...object, method: 'GET', headers: {}, query };
    if (query.has('OSSAccessKeyId')) return query.set('Signature', claim.sign(signable, key).signature);
    const given = parseCredentialV4(query.get('x-oss-credential') ?? '');
    const timestamp = query.get('x-oss-date') ?? formatTimestampV4(this.#now());
    const scope =
      'scope' in given ? given.scope : { date: timestamp.slice(0, 8), region: this.#region, product: 'oss' };
    query.set('x-oss-signature-version', ALGORITHM_V4);
    query.set('x-oss-credential', `${key.id}/${formatScopeV4(scope)}`);
    query.set('x-oss-date', timestamp);
    if (!query.has('x-oss-expires')) query.set('x-oss-expires', String(lifeSeconds));
    if (claim.token !== undefined) query.set('x-oss-security-token', claim.token);
    return query.set('x-oss-signature', this.#signV4(signable, key, scope, timestamp, []).signature);
  }

  /**
   * Verifies a posted form, whose signature is over the text of its policy and stands in its fields (by name in lower
   * case). A form without any signature is anonymous; whether its fields are as the policy says is the caller's to check.
   */
  async verifyForm(fields: ReadonlyMap<string, string>): Promise<Principal> {
    const claim = this.#formClaim(fields);
    if (!claim) return anonymous;
    const token = fields.get('x-oss-security-token');
    const { key, fault } = await this.#keys.find(claim.accessKeyId, token);
    if (!key) throw noKey(fault, claim.accessKeyId);
    claim.checkTime(this.#now());
    if (!same(claim.sign(key), claim.provided)) {
      throw new OssError('SignatureDoesNotMatch', {
        ec: claim.ec,
        elements: { OSSAccessKeyId: key.id, SignatureProvided: claim.provided, StringToSign: claim.policy },
      });
    }
    if (token !== undefined && !key.temporary) throw new OssError('InvalidSecurityToken');
    return key.principal;
  }

  #formClaim(fields: ReadonlyMap<string, string>): FormClaim | undefined {
    const version = fields.get('x-oss-signature-version');
    const v4 = version !== undefined || fields.has('x-oss-signature') || fields.has('x-oss-credential');
    const names = v4 ? FORM_FIELDS_V4 : FORM_FIELDS_V1;
    if (!names.some((name) => fields.has(name.toLowerCase()))) return undefined;
    const field = (name: string): string => {
      const value = fields.get(name.toLowerCase());
      if (!value) {
        const message = `A signed form needs the fields ${names.join(', ')}: ${name} is missing.`;
        throw invalidArgument(name, '', message, FORM_EC[name]);
      }
      return value;
    };
    const policy = field('policy');
    if (!v4) {
      const provided = field('Signature');
      return {
        accessKeyId: field('OSSAccessKeyId'),
        provided,
        policy,
        ec: '0002-00000040',
        checkTime: () => undefined,
        sign: (key) => signV1(hashes, key.secret, policy),
      };
    }
    if (field('x-oss-signature-version') !== ALGORITHM_V4) {
      const message = `The signature version must be ${ALGORITHM_V4}.`;
      throw invalidArgument('x-oss-signature-version', version ?? '', message);
    }
    const provided = field('x-oss-signature');
    const credential = field('x-oss-credential');
    const parsed = parseCredentialV4(credential);
    if ('fault' in parsed) throw invalidArgument('x-oss-credential', credential, parsed.fault, parsed.ec);
    const timestamp = field('x-oss-date');
    this.#checkScope(parsed.scope, timestamp, '0002-00000226');
    return {
      accessKeyId: parsed.accessKeyId,
      provided,
      policy,
      ec: '0002-00000201',
      checkTime: (nowMs) => checkFormTime(parseTimestampV4(timestamp), nowMs),
      sign: (key) => signV4(hashes, this.#signingKey(key, parsed.scope), policy),
    };
  }

  #readClaim(request: UnverifiedRequest): Claim | undefined {
    const { query, headers } = request;
    const { authorization } = headers;
    const presignedV4 = query.has('x-oss-signature-version') || query.has('x-oss-signature');
    const presignedV1 = query.has('OSSAccessKeyId') || query.has('Signature');
    if (authorization === undefined) {
      if (query.get('x-oss-signature-version') === ALGORITHM_V2) return presignedClaimV2(request);
      if (presignedV4) return this.#presignedV4(request);
      return presignedV1 ? presignedClaimV1(request) : undefined;
    }
    if (presignedV4 || presignedV1) {
      throw invalidArgument(
        'Authorization',
        authorization,
        'Only one auth mechanism allowed: sign in the Authorization header or in the query, not both.',
      );
    }
    if (authorization.startsWith(ALGORITHM_V4)) return this.#headerV4(request, authorization);
    if (authorization.startsWith(`${ALGORITHM_V2} `)) return headerClaimV2(request, authorization);
    return headerClaimV1(request, authorization);
  }

  #headerV4(request: UnverifiedRequest, authorization: string): Claim {
    const parsed = this.#authorizationV4(authorization);
    requireHeaders(parsed.additionalHeaders, request.headers);
    const { timestamp, signedMs } = timestampOf(request.headers);
    this.#checkScope(parsed.scope, timestamp, '0002-00000228');
    return {
      accessKeyId: parsed.accessKeyId,
      provided: parsed.signature,
      token: request.headers['x-oss-security-token'],
      checkTime: (nowMs) => checkSkew(signedMs, nowMs),
      sign: (signable, key) => this.#signV4(signable, key, parsed.scope, timestamp, parsed.additionalHeaders),
    };
  }

  /** A client says the same in all requests of a day but for the signature, which mostly comes last. */
  #authorizationV4(authorization: string): AuthorizationV4 {
    const signatureAt = authorization.lastIndexOf('=') + 1;
    const signature = authorization.slice(signatureAt);
    const said = authorization.slice(0, signatureAt);
    const kept = this.#authorizations.get(said);
    if (kept && SIGNATURE_V4.test(signature)) return { ...kept, signature };
    const parsed = parseAuthorizationV4(authorization);
    if ('fault' in parsed) throw malformedV4(parsed, authorization);
    if (parsed.signature === signature && SIGNATURE_V4.test(signature) && said.length <= KEPT_AUTHORIZATION_LENGTH) {
      if (this.#authorizations.size >= KEPT_AUTHORIZATIONS) this.#authorizations.clear();
      this.#authorizations.set(said, parsed);
    }
    return parsed;
  }

  #presignedV4({ query, headers }: UnverifiedRequest): Claim {
    const parameter = (name: string, ec: string): string => {
      const value = query.get(name);
      if (!value) throw invalidArgument(name, value ?? '', `The query parameter ${name} is required.`, ec);
      return value;
    };
    const version = parameter('x-oss-signature-version', '0002-00000202');
    if (version !== ALGORITHM_V4) {
      throw invalidArgument('x-oss-signature-version', version, `The signature version must be ${ALGORITHM_V4}.`);
    }
    const credential = parameter('x-oss-credential', '0002-00000202');
    const parsed = parseCredentialV4(credential);
    if ('fault' in parsed) throw malformedV4(parsed, credential);
    const additional = parseAdditionalHeaders(query.get('x-oss-additional-headers'));
    if ('fault' in additional) throw malformedV4(additional, query.get('x-oss-additional-headers') ?? '');
    requireHeaders(additional.names, headers);
    const timestamp = parameter('x-oss-date', '0002-00000202');
    const expires = parameter('x-oss-expires', '0002-00000215');
    const lifeSeconds = /^\d{1,9}$/.test(expires) ? Number(expires) : 0;
    if (lifeSeconds < 1 || lifeSeconds > MAX_URL_LIFE_S) {
      const message = `The value of x-oss-expires must be a whole number of seconds from 1 to ${MAX_URL_LIFE_S}.`;
      throw invalidArgument('x-oss-expires', expires, message, '0002-00000232');
    }
    this.#checkScope(parsed.scope, timestamp, '0002-00000226');
    return {
      accessKeyId: parsed.accessKeyId,
      provided: parameter('x-oss-signature', '0002-00000202'),
      token: query.get('x-oss-security-token'),
      checkTime(nowMs) {
        const signedMs = parseTimestampV4(timestamp);
        if (signedMs === undefined) throw noDate();
        if (signedMs > nowMs + MAX_SKEW_MS) throw skewed(signedMs, nowMs);
        const endMs = signedMs + lifeSeconds * 1000;
        if (nowMs > endMs) throw expired(new Date(endMs).toISOString(), nowMs, '0002-00000224');
      },
      sign: (signable, key) => this.#signV4(signable, key, parsed.scope, timestamp, additional.names),
    };
  }

  #checkScope(scope: ScopeV4, timestamp: string, regionEc: string): void {
    if (timestamp.slice(0, 8) !== scope.date) {
      const message = 'Invalid signing date in Authorization header: it must be the day of x-oss-date.';
      throw invalidArgument('Authorization', scope.date, message, '0002-00000212');
    }
    if (scope.region !== this.#region) {
      const message = `Invalid signing region in Authorization header. The region of this server is ${this.#region}.`;
      throw invalidArgument('Authorization', scope.region, message, regionEc);
    }
    if (scope.product !== 'oss') {
      const message = 'Invalid signing product in Authorization header. It must be oss.';
      throw invalidArgument('Authorization', scope.product, message, '0002-00000213');
    }
  }

  #signV4(
    request: SignableRequest,
    key: AccessKey,
    scope: ScopeV4,
    timestamp: string,
    additionalHeaders: readonly string[],
  ): Expected {
    const canonical = canonicalRequestV4(request, additionalHeaders);
    const stringToSign = stringToSignV4(hashes, timestamp, scope, canonical);
    return {
      signature: signV4(hashes, this.#signingKey(key, scope), stringToSign),
      evidence: () => ({
        StringToSign: stringToSign,
        StringToSignBytes: hexPairs(stringToSign),
        CanonicalRequest: canonical,
        CanonicalRequestBytes: hexPairs(canonical),
      }),
      ec: '0002-00000201',
    };
  }

  #signingKey(key: AccessKey, scope: ScopeV4): Uint8Array {
    const name = `${key.id}/${formatScopeV4(scope)}`;
    const kept = this.#signingKeys.get(name);
    if (kept?.secret === key.secret) return kept.key;
    if (this.#signingKeys.size >= KEPT_SIGNING_KEYS) this.#signingKeys.clear();
    const made = signingKeyV4(hashes, key.secret, scope);
    this.#signingKeys.set(name, { secret: key.secret, key: made });
    return made;
  }
}

/** Without x-oss-date, the Date header stands in for it. */
function timestampOf(headers: UnverifiedRequest['headers']): { timestamp: string; signedMs: number } {
  const own = headers['x-oss-date'];
  const ownMs = own === undefined ? undefined : parseTimestampV4(own);
  if (own !== undefined && ownMs !== undefined) return { timestamp: own, signedMs: ownMs };
  const dateMs = Date.parse(own ?? headers.date ?? '');
  if (Number.isNaN(dateMs)) throw noDate();
  const timestamp = formatTimestampV4(dateMs);
  // To the second, as it is signed.
  return { timestamp, signedMs: parseTimestampV4(timestamp) ?? dateMs };
}

/** A form may be filled in long after it was signed: until then, its policy says. */
function checkFormTime(signedMs: number | undefined, nowMs: number): void {
  if (signedMs === undefined) throw noDate();
  if (signedMs > nowMs + MAX_SKEW_MS) throw skewed(signedMs, nowMs);
  const endMs = signedMs + MAX_URL_LIFE_S * 1000;
  if (nowMs > endMs) throw expired(new Date(endMs).toISOString(), nowMs, '0002-00000224');
}

/** Why there is no key to verify with, as the vendor puts it. */
function noKey(fault: KeyFault, accessKeyId: string): OssError {
  const elements = { OSSAccessKeyId: accessKeyId };
  switch (fault) {
    case 'unknown':
      return new OssError('InvalidAccessKeyId', { elements });
    case 'inactive': {
      const message = 'The OSS Access Key Id you provided is disabled.';
      return new OssError('InvalidAccessKeyId', { message, elements, ec: '0002-00000901' });
    }
    case 'token-mismatch':
      return new OssError('AccessKeyIdAndSecurityTokenNotMatch', { elements });
    case 'token-expired':
      return new OssError('SecurityTokenExpired', { elements });
    case 'token-missing':
    case 'token-invalid':
      return new OssError('InvalidSecurityToken', { elements });
  }
}

const malformedV4 = ({ fault, ec }: MalformedV4, value: string): OssError =>
  invalidArgument('Authorization', value, fault, ec);

/** In time that depends on the length only. */
function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
