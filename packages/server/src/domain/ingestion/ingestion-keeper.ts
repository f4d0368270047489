import { createHash } from 'node:crypto';
import { DomainError, isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { IngestionRow } from '../ports/ingestion-records.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { Advance } from './ingestion-commands.ts';

/** What becomes of one object; says whether anything was to be done with it. Refusals are `DomainError`s. */
export type Ingest = (
  row: IngestionRow,
  object: { bucket: BucketRow; key: string; id: string },
) => Promise<'submitted' | 'skipped'>;

/** Objects that a look takes at a time. */
const PAGE = 100;

const NOTHING = { submitted: 0, failed: 0, skipped: 0 };

/** The safety net for announcements that got lost. */
const POLL_MS = 5_000;

/**
 * Looks at what there is for batches and bindings, and takes what comes for triggers and bindings. How far it has come is on
 * record after every page, so that it goes on from there; what it does with an object has an id made of both, so that
 * doing it again is doing it once.
 */
export class IngestionKeeper {
  #records: RecordStore;
  #objects: Pick<ObjectService, 'list'>;
  #clock: Clock;
  #identities: Identities;
  #ingest: Ingest;
  #region: string;
  #onFault: (error: unknown) => void;
  /** Those that wait for objects, by their buckets. */
  #waiting = new Map<number, IngestionRow[]>();
  #loaded: Promise<void> | undefined;
  /** Whether that is what is on record. */
  #ready = false;
  #working: Promise<void> = Promise.resolve();
  #busy = false;
  #again = false;
  /** Counts what was changed of any of them: whoever works on one looks again whether it is still to be done. */
  #changes = 0;
  #active = false;
  #stopListening: () => void = () => {};
  #cancelPoll: () => void = () => {};

  constructor(dependencies: {
    records: RecordStore;
    objects: Pick<ObjectService, 'list'>;
    clock: Clock;
    identities: Identities;
    ingest: Ingest;
    region: string;
    onFault: (error: unknown) => void;
  }) {
    this.#records = dependencies.records;
    this.#objects = dependencies.objects;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#ingest = dependencies.ingest;
    this.#region = dependencies.region;
    this.#onFault = dependencies.onFault;
  }

  async start(): Promise<void> {
    this.#active = true;
    this.#stopListening = this.#records.onCommit((event) => {
      if (event.type === 'ingestions-changed') {
        this.#changes += 1;
        this.#loaded = undefined;
        this.#ready = false;
        this.#look();
      } else if (event.type === 'object-arrived') this.#look();
    });
    await this.#load();
    this.#look();
  }

  async stop(): Promise<void> {
    this.#active = false;
    this.#stopListening();
    this.#cancelPoll();
    await this.#working;
  }

  /**
   * An object was stored by a client. Resolves once whoever waits for it is sure to hear of it; costs nothing where nobody
   * does. What tasks write does not count, or a trigger could call itself.
   */
  arrived(bucket: BucketRow, key: string): Promise<void> | undefined {
    const current = this.#ready ? undefined : (this.#loaded ?? this.#load());
    return current ? current.then(() => this.#note(bucket, key)) : this.#note(bucket, key);
  }

  #note(bucket: BucketRow, key: string): Promise<void> | undefined {
    const ids = (this.#waiting.get(bucket.id) ?? []).flatMap(({ id, prefix }) => (key.startsWith(prefix) ? [id] : []));
    return ids.length === 0
      ? undefined
      : this.#records.transact('noteArrivals', { ids, key, nowMs: this.#clock.now() });
  }

  /** What is read before a change was announced is not kept in its place. */
  #load(): Promise<void> {
    const loading: Promise<void> = this.#readWaiting().then((waiting) => {
      if (this.#loaded !== loading) return this.#loaded ?? this.#load();
      this.#waiting = waiting;
      this.#ready = true;
    });
    this.#loaded = loading;
    loading.catch(() => {
      if (this.#loaded === loading) this.#loaded = undefined;
    });
    return loading;
  }

  async #readWaiting(): Promise<Map<number, IngestionRow[]>> {
    const waiting = new Map<number, IngestionRow[]>();
    for (const row of await this.#records.reads.ingestions.active()) {
      if (row.kind === 'batch') continue;
      waiting.set(row.bucketId, [...(waiting.get(row.bucketId) ?? []), row]);
    }
    return waiting;
  }

  /** Works until nothing is left to do. Calls meanwhile become one more round. */
  #look(): void {
    if (!this.#active) return;
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    this.#cancelPoll();
    this.#working = this.#work()
      .catch(this.#onFault)
      .then(() => {
        this.#busy = false;
        if (!this.#active) return;
        if (this.#again) this.#look();
        else this.#cancelPoll = this.#clock.schedule(POLL_MS, () => this.#look());
      });
  }

  async #work(): Promise<void> {
    this.#again = false;
    await (this.#loaded ?? this.#load());
    await this.#takeArrivals();
    for (const row of await this.#records.reads.ingestions.active()) {
      if (!this.#active || row.scanned || row.state === 'Suspended') continue;
      // One that cannot be looked at does not keep the others from it.
      await this.#scan(row).catch(this.#onFault);
    }
  }

  async #takeArrivals(): Promise<void> {
    for (let after = 0; this.#active; ) {
      const arrivals = await this.#records.reads.arrivals.next(after, PAGE);
      for (const { number, ingestionId, key } of arrivals) {
        after = number;
        if (!this.#active) return;
        const row = await this.#records.reads.ingestions.get(ingestionId);
        if (row?.state === 'Suspended') continue;
        const did = row ? await this.#take(row, key, `arrival ${number}`) : NOTHING;
        if (did) await this.#advance({ id: ingestionId, arrival: number, ...did });
      }
      if (arrivals.length < PAGE) return;
    }
  }

  /** One page of what there is, and another round for the next. */
  async #scan(found: IngestionRow): Promise<void> {
    const bucket = await this.#records.reads.buckets.byId(found.bucketId);
    if (bucket === undefined) {
      const reason = `The bucket ${found.bucket} is gone.`;
      const telling = this.#telling(found.accountId);
      await this.#advance({ id: found.id, ...NOTHING, scanned: true, state: 'Failed', reason, telling });
      return;
    }
    let seen = this.#changes;
    // It may have been stopped, or deleted, since it was read.
    let row = found.state === 'Ready' ? await this.#advance({ id: found.id, ...NOTHING, state: 'Running' }) : found;
    const query = { prefix: found.prefix, delimiter: '', after: found.marker, limit: PAGE };
    const { entries, truncated } = await this.#objects.list(bucket, query);
    const sum = { ...NOTHING };
    let marker = found.marker;
    let whole = true;
    for (const entry of entries) {
      if (!this.#active) return;
      if (!('object' in entry)) continue;
      if (seen !== this.#changes) {
        seen = this.#changes;
        row = await this.#records.reads.ingestions.get(found.id);
      }
      const goesOn = row !== undefined && row.state !== 'Suspended';
      const did = row && goesOn ? await this.#take(row, entry.object.key, 'scan') : undefined;
      if (did === undefined) {
        whole = false;
        break;
      }
      marker = entry.object.key;
      for (const name of ['submitted', 'failed', 'skipped'] as const) sum[name] += did[name];
    }
    const last = whole && !truncated;
    const state = last && found.kind === 'batch' ? { state: 'Succeeded' as const } : {};
    const telling = this.#telling(found.accountId);
    await this.#advance({ id: found.id, ...sum, marker, scanned: last, ...state, telling });
    if (whole && truncated) this.#again = true;
  }

  /** Undefined where it is to be asked for again. */
  async #take(
    row: IngestionRow,
    key: string,
    occasion: string,
  ): Promise<Pick<Advance, 'submitted' | 'failed' | 'skipped'> | undefined> {
    const did = { ...NOTHING };
    const bucket = await this.#records.reads.buckets.byId(row.bucketId);
    const id = createHash('sha256').update(`${row.id} ${occasion} ${key}`).digest('hex').slice(0, 32);
    try {
      if (bucket === undefined) did.failed += 1;
      else did[await this.#ingest(row, { bucket, key, id })] += 1;
    } catch (error) {
      // A store or an engine that takes nothing at the moment will be asked again; all else would hold up what comes after it.
      if (isDomainError(error, 'StorageReadOnly') || isDomainError(error, 'EngineBusy')) return undefined;
      if (!(error instanceof DomainError)) this.#onFault(error);
      did.failed += 1;
    }
    return did;
  }

  #advance(advance: Omit<Advance, 'nowMs'>): Promise<IngestionRow | undefined> {
    return this.#records.transact('advanceIngestion', { ...advance, nowMs: this.#clock.now() });
  }

  #telling(accountId: string): NonNullable<Advance['telling']> {
    const [eventId, messageId] = [this.#identities.event(accountId), this.#identities.message()];
    return { eventId, messageId, token: this.#identities.token(), region: this.#region };
  }
}
