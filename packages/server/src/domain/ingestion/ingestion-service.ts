import type { AccessService } from '../access/access-service.ts';
import { keepPrincipal } from '../access/kept-principal.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import { checkBucketName } from '../objects/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { IngestionAbout, IngestionKind, IngestionRow, IngestionState } from '../ports/ingestion-records.ts';
import type { RecordStore } from '../ports/record-store.ts';

export interface IngestionRequest {
  kind: IngestionKind;
  principal: Principal & KnownPrincipal;
  project: string;
  bucket: string;
  prefix: string;
  about: Omit<IngestionAbout, 'asker'>;
}

/** Batches, triggers and bindings as whoever asked for them sees them. */
export class IngestionService {
  #records: RecordStore;
  #access: AccessService;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: { records: RecordStore; access: AccessService; clock: Clock; identities: Identities }) {
    this.#records = dependencies.records;
    this.#access = dependencies.access;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /**
   * Whoever asks must be able to list and read what it is about; each object is asked for again when its turn comes. Throws
   * `ProjectMissing`, `BucketMissing`, `AccessDenied` and `TooManyItems`.
   */
  async create({ kind, principal, project, bucket: name, prefix, about }: IngestionRequest): Promise<IngestionRow> {
    checkBucketName(name);
    const bucket = await this.#records.reads.buckets.byName(name);
    if (bucket === undefined) throw new DomainError('BucketMissing', { bucket: name });
    await this.#access.require(principal, 'oss:ListObjects', { bucket });
    await this.#access.require(principal, 'oss:GetObject', { bucket, key: `${prefix}*` });
    if (about.topic) {
      await this.#access.require(principal, 'mns:PublishMessage', { name: `/topics/${about.topic}/messages` });
    }
    const nowMs = this.#clock.now();
    return this.#records.transact('createIngestion', {
      id: `${kind}-${this.#identities.uuid()}`,
      ...{ kind, project, bucket: bucket.name, bucketId: bucket.id, prefix, accountId: principal.accountId },
      state: kind === 'batch' ? 'Ready' : 'Running',
      scanned: kind === 'trigger',
      ...{ marker: '', submitted: 0, failed: 0, skipped: 0, createdMs: nowMs, modifiedMs: nowMs },
      about: { ...about, asker: keepPrincipal(principal) },
    });
  }

  /** Throws `IngestionMissing`. */
  async get(accountId: string, project: string, kind: IngestionKind, id: string): Promise<IngestionRow> {
    const row = await this.#records.reads.ingestions.get(id);
    if (row === undefined || row.accountId !== accountId || row.project !== project || row.kind !== kind) {
      throw new DomainError('IngestionMissing', { id });
    }
    return row;
  }

  async list(query: {
    accountId: string;
    project: string;
    kind: IngestionKind;
    after: string;
    limit: number;
  }): Promise<IngestionRow[]> {
    return this.#records.reads.ingestions.page(query);
  }

  /** Throws `IngestionMissing` and `IngestionOver`. */
  change(id: string, change: { state?: IngestionState; about?: Partial<IngestionAbout> }): Promise<IngestionRow> {
    return this.#records.transact('updateIngestion', { id, nowMs: this.#clock.now(), ...change });
  }

  /** Throws `IngestionMissing`. */
  delete(id: string): Promise<void> {
    return this.#records.transact('deleteIngestion', { id });
  }
}
