import { type AccessService, namesOf } from '../access/access-service.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { TaskTarget } from '../media/notification.ts';
import { ObjectSource } from '../media/source.ts';
import type { Body } from '../objects/ingest.ts';
import { checkBucketName, checkObjectKey } from '../objects/names.ts';
import type { ObjectService } from '../objects/object-service.ts';
import { readableObject } from '../objects/open-object.ts';
import { PICTURE_BYTES } from '../pictures/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow, ObjectSummary } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import { forbidsOverwrite } from '../settings/overwrite.ts';

/** An object by its name. */
export interface Place {
  bucket: string;
  key: string;
}

export interface TaskFilesServices {
  reads: Reads;
  objects: ObjectService;
  access: AccessService;
  clock: Clock;
  temporaryFolder: string;
}

/** More than this many outputs are counted in the task's record and not listed. */
const LISTED_TARGETS = 1_000;

/** Keys that a listing is read by. */
const PAGE = 1_000;

/**
 * The objects that work reads and writes, as whoever asked for it: every one is authorised by itself, however many there
 * are and whenever their names become known.
 */
export class TaskFiles implements AsyncDisposable {
  readonly signal: AbortSignal;
  #services: TaskFilesServices;
  #principal: Principal & KnownPrincipal;
  #madeBy: string | undefined;
  #opened = new AsyncDisposableStack();
  #sources: ObjectSource[] = [];
  #written = new Map<string, TaskTarget>();
  #buckets = new Map<string, BucketRow>();

  /** `madeBy`: the task whose outputs are written. What an attempt before this one has written is its own to write again. */
  constructor(
    services: TaskFilesServices,
    asked: { principal: Principal & KnownPrincipal; signal: AbortSignal; madeBy?: string },
  ) {
    this.#services = services;
    this.#principal = asked.principal;
    this.signal = asked.signal;
    this.#madeBy = asked.madeBy;
  }

  /** Throws `InvalidBucketName` and `BucketMissing`. */
  async bucket(name: string): Promise<BucketRow> {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    checkBucketName(name);
    const found = await this.#services.reads.buckets.byName(name);
    if (found === undefined) throw new DomainError('BucketMissing', { bucket: name });
    this.#buckets.set(name, found);
    return found;
  }

  /** The object whose bytes are to be read. Throws `AccessDenied`, and what `readableObject` does. */
  async find({ bucket: name, key }: Place): Promise<ObjectRow> {
    const bucket = await this.bucket(name);
    checkObjectKey(key);
    await this.#services.access.require(this.#principal, 'oss:GetObject', { bucket, key });
    const { settings } = this.#services.reads;
    return readableObject({ ...this.#services, settings }, this.#principal, { bucket, key });
  }

  /** The keys under a prefix, in their order. What they hold is still to be asked for. Throws `AccessDenied`. */
  async *under(name: string, prefix: string): AsyncGenerator<ObjectSummary, void, undefined> {
    const bucket = await this.bucket(name);
    await this.mayList(bucket);
    for (let after = ''; ; ) {
      const page = await this.#services.objects.list(bucket, { prefix, delimiter: '', after, limit: PAGE });
      for (const entry of page.entries) {
        if (!('object' in entry)) continue;
        after = entry.object.key;
        yield entry.object;
      }
      if (!page.truncated) return;
    }
  }

  async mayList(bucket: BucketRow): Promise<void> {
    await this.#services.access.require(this.#principal, 'oss:ListObjects', { bucket });
  }

  /** Whether what is named may be written; `*` in the key stands for what is not known yet. Throws `AccessDenied`. */
  async mayWrite({ bucket: name, key }: Place): Promise<BucketRow> {
    const bucket = await this.bucket(name);
    checkObjectKey(key);
    await this.#services.access.require(this.#principal, 'oss:PutObject', { bucket, key });
    return bucket;
  }

  /** Whether all that a prefix may come to stand for may be read. Throws `AccessDenied`. */
  async mayReadUnder({ bucket: name, key }: Place): Promise<void> {
    const bucket = await this.bucket(name);
    await this.mayList(bucket);
    await this.#services.access.require(this.#principal, 'oss:GetObject', { bucket, key: `${key}*` });
  }

  read(row: ObjectRow, range?: { offset: number; length: number }): Promise<AsyncIterable<Uint8Array>> {
    return this.#services.objects.read(row, range, this.signal);
  }

  /** All bytes of an object, once. Throws `MediaTooLarge` past `limit`. */
  async bytes(row: ObjectRow, limit: number): Promise<Buffer> {
    if (row.size > limit) {
      const reason = `${row.key} has ${row.size} bytes; at most ${limit} are taken.`;
      throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.read(row)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** The object as engines take it. Nothing is written before all that was opened so has been compared with its checksum. */
  async source(place: Place): Promise<ObjectSource> {
    const row = await this.find(place);
    const { objects, temporaryFolder } = this.#services;
    const encrypted = await objects.isSealed(row);
    const { signal } = this;
    const source = new ObjectSource(objects, row, { temporaryFolder, signal, verify: true, encrypted });
    this.#sources.push(source);
    return this.#opened.use(source);
  }

  /** Pictures as engines take them. Throws `MediaTooLarge` too. */
  async pictures(places: readonly Place[]): Promise<ObjectSource[]> {
    const sources: ObjectSource[] = [];
    for (const place of places) {
      const source = await this.source(place);
      if (source.size > PICTURE_BYTES) {
        const reason = `${place.key} has ${source.size} bytes; at most ${PICTURE_BYTES} are taken.`;
        throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
      }
      sources.push(source);
    }
    return sources;
  }

  /** Reads an object to its end for its checksum. Throws `BlobDamaged`. */
  async verify(row: ObjectRow): Promise<void> {
    for await (const _ of await this.read(row));
  }

  /** Stores one output, whole or not at all. Throws `AccessDenied`, and what `ObjectService.put` does. */
  async write(place: Place, contentType: string, body: Body & { limit?: number }): Promise<void> {
    const bucket = await this.mayWrite(place);
    for (const source of this.#sources) await source.verified();
    // Nothing is to be written once the task is no longer this one's to do.
    this.signal.throwIfAborted();
    const { key } = place;
    const { objects, reads } = this.#services;
    const { overwrite } = await reads.settings.of(bucket.id);
    const forbidOverwrite = forbidsOverwrite(overwrite, key, namesOf(this.#principal));
    const guarded = this.#madeBy !== undefined && (forbidOverwrite || bucket.retention !== undefined);
    const { limit, ...bytes } = body;
    const { size } = await objects
      .put({
        ...{ bucket, key, body: bytes, headers: { contentType }, signal: this.signal, forbidOverwrite },
        ...(guarded && { madeBy: this.#madeBy }),
        ...(limit === undefined ? {} : { limit }),
      })
      .catch(async (error: unknown) => {
        const name = `${place.bucket}/${key}`;
        const known = guarded && !this.#written.has(name) ? await this.#ownOutput(error, bucket, key) : undefined;
        if (known === undefined) throw error;
        return known;
      });
    this.#written.set(`${place.bucket}/${key}`, { bucket: place.bucket, key, size });
  }

  /** What an attempt before this one left where nothing can be written again, whole and the same. */
  async #ownOutput(error: unknown, bucket: BucketRow, key: string): Promise<ObjectRow | undefined> {
    if (!isDomainError(error, 'ObjectRetained')) return undefined;
    const existing = await this.#services.objects.get(bucket, key).catch(() => undefined);
    return existing?.traits.madeBy === this.#madeBy ? existing : undefined;
  }

  get written(): { targets: TaskTarget[]; targetCount: number } {
    return { targets: [...this.#written.values()].slice(0, LISTED_TARGETS), targetCount: this.#written.size };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
