import type { Operation } from '@millrace/protocol/oss';
import { operations } from '@millrace/protocol/oss';
import { anonymous, type KeyRing, type Principal } from '../domain/access/principal.ts';
import { isDomainError } from '../domain/errors.ts';
import type { BucketService } from '../domain/objects/bucket-service.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Awaitable } from '../domain/ports/record-store.ts';
import type { DomainService } from '../domain/settings/domain-service.ts';
import type { Exchange } from '../http/exchange.ts';
import { type Address, foreignDomain, readAddress } from './address.ts';
import { Authenticator } from './authenticate.ts';
import { Dispatch } from './dispatch.ts';
import { OssError } from './oss-error.ts';
import { ossFacts } from './request-facts.ts';
import type { Visit } from './visit.ts';

interface Dependencies {
  keys: KeyRing;
  clock: Clock;
  /** Such as `cn-hangzhou`; V4 signatures must name it. */
  region: string;
  /** Host names, without port, under which `BUCKET.` may stand in front. */
  hosts: readonly string[];
  buckets: BucketService;
  domains: DomainService;
}

/** Finds who asks for what: the reading of the address that was signed, and the operation it means. */
export class Identification {
  readonly authenticator: Authenticator;
  #options: Dependencies;
  #dispatch = new Dispatch(operations);

  constructor(options: Dependencies) {
    const { keys, region, clock } = options;
    this.#options = options;
    this.authenticator = new Authenticator({ keys, region, now: () => clock.now() });
  }

  /** Who asks for what. A posted form is signed inside: what its headers or URL claim is not looked at. */
  async identify(
    exchange: Exchange,
    visit: Visit,
    addresses: Address[],
  ): Promise<{ principal: Principal; address: Address; operation: Operation }> {
    const { method, query, headers } = visit;
    const posted = headers['content-type']?.startsWith('multipart/form-data')
      ? addresses.find(({ bucket, key }) => bucket !== undefined && key === '')
      : undefined;
    if (posted && method === 'POST') {
      const operation = this.#dispatch.find(method, posted, query, headers);
      if (operation.signedIn === 'form') return { principal: anonymous, address: posted, operation };
    }
    const [likeliest] = addresses;
    // A browser asks before it signs, and by the URL of what it is going to send: a signature or a sub-resource in it is for that.
    if (method === 'OPTIONS' && likeliest) {
      return {
        principal: anonymous,
        address: likeliest,
        operation: this.#dispatch.find(method, likeliest, new Map(), headers),
      };
    }
    const { principal, address } = await this.authenticator.verify({ method, query, headers, addresses });
    return {
      principal: { ...principal, facts: ossFacts(exchange, query, headers) },
      address,
      operation: this.#dispatch.find(method, address, query, headers),
    };
  }

  /** Each way to read a request's address, the likeliest first. */
  addressesOf(target: string, visit: Visit): Awaitable<Address[]> {
    const { hosts, domains } = this.#options;
    const host = visit.headers.host ?? '';
    const read = (bucket?: string): Address[] => {
      visit.byDomain = bucket !== undefined;
      const addresses = readAddress(host, target, hosts, bucket);
      const [likeliest, ...others] = addresses;
      if (likeliest) visit.address = likeliest;
      visit.ambiguous = others.length > 0;
      return addresses;
    };
    const domain = foreignDomain(host, hosts);
    return domain === undefined ? read() : domains.bucketOf(domain).then(read);
  }

  /**
   * Vendor rule: a bucket that does not exist is reported whatever is wrong with the signature, because clients ask with any
   * key whether a name is taken. Only whoever would make the bucket is told of the signature.
   */
  async orMissingBucket(exchange: Exchange, visit: Visit, error: unknown): Promise<unknown> {
    const { address, method, query, headers } = visit;
    const unverified = exchange.operation === '' && error instanceof OssError && error.status === 403;
    // Where it is not certain which bucket was meant, neither is its absence.
    if (!unverified || visit.bucket || address?.bucket === undefined || visit.ambiguous) return error;
    try {
      const operation = this.#dispatch.find(method, address, query, headers);
      if (!operation.createsBucket) await this.#options.buckets.get(address.bucket);
    } catch (other) {
      if (isDomainError(other, 'BucketMissing')) return other;
    }
    return error;
  }
}
