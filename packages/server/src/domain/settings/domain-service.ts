import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { DomainNames } from '../ports/domain-names.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BucketItem } from './bucket-settings.ts';
import type { SettingsService } from './settings-service.ts';

/** Vendor limit. */
const MAX_DOMAINS = 100;
/** "The token is valid for 72 hours." */
const TOKEN_LIFE_MS = 72 * 3_600_000;

const NAME = /^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

export type CnameToken = { token: string; expiresMs: number };

/**
 * Domain names of others that lead to buckets. A name belongs to one bucket, and whoever binds it proves with a token in
 * its DNS that it is theirs: otherwise the first to ask could take over what others are about to publish.
 */
export class DomainService {
  #settings: SettingsService;
  #records: RecordStore;
  #names: DomainNames | undefined;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: {
    settings: SettingsService;
    records: RecordStore;
    /** Where proofs are looked for; undefined takes everybody's word. */
    names: DomainNames | undefined;
    clock: Clock;
    identities: Identities;
  }) {
    this.#settings = dependencies.settings;
    this.#records = dependencies.records;
    this.#names = dependencies.names;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /** The bucket that a name leads to. Costs nothing after the first time: the store keeps it in memory. */
  async bucketOf(domain: string): Promise<string | undefined> {
    const [cname] = await this.#records.reads.items.named('cname', domain);
    return cname?.value.bucket;
  }

  list(bucket: BucketRow): Promise<BucketItem<'cname'>[]> {
    return this.#settings.items(bucket, 'cname', { after: '', limit: MAX_DOMAINS });
  }

  /** The token of a name on this bucket: the one there is while it is valid, then a new one. */
  async createToken(bucket: BucketRow, name: string): Promise<CnameToken> {
    const domain = checkDomain(name);
    const existing = await this.token(bucket, domain);
    if (existing) return existing;
    const value = {
      token: this.#identities.uuid().replaceAll('-', ''),
      expiresMs: this.#clock.now() + TOKEN_LIFE_MS,
    };
    await this.#settings.putItem(bucket, { kind: 'cnameToken', name: domain, value }, { limit: MAX_DOMAINS });
    return value;
  }

  /** Undefined when there is none, or none any more. */
  async token(bucket: BucketRow, name: string): Promise<CnameToken | undefined> {
    const item = await this.#settings.item(bucket, 'cnameToken', name.toLowerCase());
    return item && item.value.expiresMs > this.#clock.now() ? item.value : undefined;
  }

  /** Throws `DomainUnproven` while the token does not stand in the name's DNS, `ItemTaken` when another bucket has it. */
  async bind(bucket: BucketRow, name: string): Promise<void> {
    const domain = checkDomain(name);
    if (!(await this.#isProven(bucket, domain))) throw new DomainError('DomainUnproven', { domain });
    const item = { kind: 'cname', name: domain, value: { bucket: bucket.name } } as const;
    await this.#settings.putItem(bucket, item, { limit: MAX_DOMAINS, unique: true });
    await this.#settings.removeItem(bucket, 'cnameToken', domain);
  }

  /** Succeeds whether or not it was bound. */
  async unbind(bucket: BucketRow, name: string): Promise<void> {
    await this.#settings.removeItem(bucket, 'cname', name.toLowerCase());
  }

  async #isProven(bucket: BucketRow, domain: string): Promise<boolean> {
    if (!this.#names || (await this.#settings.item(bucket, 'cname', domain))) return true;
    const proof = await this.token(bucket, domain);
    return proof !== undefined && (await this.#names.texts(`_dnsauth.${domain}`)).includes(proof.token);
  }
}

function checkDomain(name: string): string {
  const domain = name.toLowerCase();
  if (NAME.test(domain)) return domain;
  throw new DomainError('InvalidArgument', {
    name: 'Domain',
    value: name,
    reason: 'The Domain must be a name such as img.example.com, without scheme, port or *.',
  });
}
