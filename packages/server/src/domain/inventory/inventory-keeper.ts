import { isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { BlobCiphers } from '../objects/blob-cipher.ts';
import { MAX_SINGLE_BODY_BYTES } from '../objects/commands.ts';
import { digestsHere } from '../objects/digesting.ts';
import { cipherFor, encryptionOf } from '../objects/encryption.ts';
import { type Body, commitOrDiscard, discard, type Ingested, ingest } from '../objects/ingest.ts';
import { once } from '../objects/object-bytes.ts';
import { describe } from '../objects/object-service.ts';
import { zipped } from '../objects/zipped.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Digests } from '../ports/digests.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { BucketItem } from '../settings/bucket-settings.ts';
import {
  type Inventoried,
  type InventoryRule,
  inventoryColumns,
  inventoryLine,
  isInventoried,
  isInventoryDue,
  needsRows,
} from './inventory.ts';

const BATCH = 1000;

/** Lines of one file: longer lists have several. */
const FILE_LINES = 1_000_000;

/** Of the layout of lists and manifests. */
const LAYOUT_VERSION = '2019-09-01';

interface Lines {
  text: string;
  count: number;
}

interface StoredFile {
  key: string;
  contentType: string;
  ingested: Ingested;
}

/**
 * Lists the objects of buckets as their inventories ask. Files are written first and become visible together, manifest and
 * all, by one command: after a crash there is either the whole listing or nothing of it, and the next pass makes it.
 */
export class InventoryKeeper {
  #records: RecordStore;
  #blobs: BlobStore;
  #ciphers: BlobCiphers;
  #digests: Digests;
  #clock: Clock;
  #identities: Identities;
  #fileLines: number;
  #onFault: (error: unknown, where: { bucket: string; inventory: string }) => void;
  constructor(dependencies: {
    records: RecordStore;
    blobs: BlobStore;
    ciphers: BlobCiphers;
    digests?: Digests | undefined;
    clock: Clock;
    identities: Identities;
    fileLines?: number;
    /** A listing that could not be made, and will be tried again. */
    onFault: (error: unknown, where: { bucket: string; inventory: string }) => void;
  }) {
    this.#records = dependencies.records;
    this.#blobs = dependencies.blobs;
    this.#ciphers = dependencies.ciphers;
    this.#digests = dependencies.digests ?? digestsHere;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#fileLines = dependencies.fileLines ?? FILE_LINES;
    this.#onFault = dependencies.onFault;
  }

  /** Makes every listing that is due, and says how many that were. One that fails holds up no other. */
  async pass(signal?: AbortSignal): Promise<number> {
    let made = 0;
    const { reads } = this.#records;
    for (let after = ''; !signal?.aborted; ) {
      const buckets = await reads.buckets.all(after, BATCH);
      for (const bucket of buckets) {
        const rules = await reads.items.page({ bucketId: bucket.id, kind: 'inventory', after: '', limit: BATCH });
        for (const rule of rules) {
          if (signal?.aborted) return made;
          try {
            if (await this.#make(bucket, rule, signal)) made++;
          } catch (error) {
            if (!signal?.aborted) this.#onFault(error, { bucket: bucket.name, inventory: rule.name });
          }
        }
      }
      const last = buckets.at(-1);
      if (!last || buckets.length < BATCH) break;
      after = last.name;
    }
    return made;
  }

  /** Tells whether a list was made: not where none is due, or there was nothing to be listed. */
  async #make(
    bucket: BucketRow,
    { name, value: rule }: BucketItem<'inventory'>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { reads } = this.#records;
    const startedMs = this.#clock.now();
    const run = await reads.items.get(bucket.id, 'inventoryRun', name);
    if (!isInventoryDue(rule, run?.value.startedMs, startedMs)) return false;
    const target = await reads.buckets.byName(rule.target.bucket);
    if (target?.ownerId !== bucket.ownerId) {
      throw new Error(`The bucket ${rule.target.bucket}, where an inventory is to be stored, is not there.`);
    }
    const encryption = await encryptionOf(reads, target, rule.target.encryption);
    const store = (body: Body): Promise<Ingested> =>
      ingest(body, {
        blobs: this.#blobs,
        identities: this.#identities,
        ciphers: this.#ciphers,
        digests: this.#digests,
        cipher: cipherFor(encryption),
        limit: MAX_SINGLE_BODY_BYTES,
        signal,
      });
    const files: StoredFile[] = [];
    try {
      const folder = `${rule.target.prefix === '' ? '' : `${rule.target.prefix.replace(/\/$/, '')}/`}${bucket.name}/${name}`;
      const columns = inventoryColumns(rule.fields, listsVersions(bucket, rule));
      const lines = this.#lines(bucket, rule, signal);
      const uuid = this.#identities.uuid();
      for (let next = await lines.next(); !next.done; next = await lines.next()) {
        const first = next.value;
        const suffix = files.length === 0 ? '' : `-${files.length}`;
        const bytes = zipped(this.#oneFile(first, lines));
        const key = `${folder}/data/${uuid}${suffix}.csv.gz`;
        files.push({ key, contentType: 'application/gzip', ingested: await store({ bytes }) });
      }
      // Vendor rule: where there is nothing to list, there is no list.
      if (files.length > 0) {
        const manifest = manifestOf(bucket, target, columns, files, startedMs);
        const at = `${folder}/${new Date(startedMs).toISOString().slice(0, 16).replace(':', '-')}Z`;
        const stored = await store(bodyOf(manifest));
        files.push({ key: `${at}/manifest.json`, contentType: 'application/json', ingested: stored });
        const checksum = await store(bodyOf(stored.md5));
        files.push({ key: `${at}/manifest.checksum`, contentType: 'text/plain', ingested: checksum });
      }
    } catch (error) {
      for (const { ingested } of files) await discard(ingested, this.#blobs);
      throw error;
    }
    const blobs = files.flatMap(({ ingested }) => ingested.blobs);
    const nowMs = this.#clock.now();
    try {
      await commitOrDiscard({ blobs }, this.#blobs, () =>
        this.#records.transact('storeInventory', {
          bucketId: bucket.id,
          rule: name,
          startedMs,
          files: files.map(({ key, contentType, ingested }) => ({
            object: {
              bucketId: target.id,
              key,
              type: 'Normal',
              size: ingested.size,
              etag: ingested.md5,
              crc64: ingested.crc64,
              lastModifiedMs: nowMs,
              ...describe(target, { headers: { contentType }, encryption }),
              segments: ingested.segments,
            },
            versionId: this.#identities.version(),
            blobs: ingested.blobs,
          })),
        }),
      );
    } catch (error) {
      // Taken away or switched off while its list was being made.
      if (isDomainError(error, 'ItemMissing')) return false;
      throw error;
    }
    return files.length > 0;
  }
  /** What goes into one file, beginning with lines that were taken from `rest` already. */
  async *#oneFile(first: Lines, rest: AsyncGenerator<Lines>): AsyncGenerator<string> {
    yield first.text;
    for (let count = first.count; count < this.#fileLines; ) {
      const next = await rest.next();
      if (next.done) return;
      yield next.value.text;
      count += next.value.count;
    }
  }

  /** The whole list, in pieces that each have some line. */
  async *#lines(bucket: BucketRow, rule: InventoryRule, signal?: AbortSignal): AsyncGenerator<Lines> {
    const { fields, filter } = rule;
    const whole = needsRows(fields);
    const pages = listsVersions(bucket, rule) ? this.#versions(bucket, rule) : this.#objects(bucket, rule);
    for await (const page of pages) {
      signal?.throwIfAborted();
      let text = '';
      let count = 0;
      for (const object of page) {
        if (!isInventoried(filter, object)) continue;
        const row = whole ? await this.#rowOf(bucket, object) : undefined;
        text += inventoryLine(bucket.name, object, row, fields);
        count++;
      }
      if (count > 0) yield { text, count };
    }
  }

  async *#objects({ id: bucketId }: BucketRow, { filter }: InventoryRule): AsyncGenerator<Inventoried[]> {
    const prefix = filter?.prefix ?? '';
    let after = '';
    for (let truncated = true; truncated; ) {
      const query = { bucketId, prefix, delimiter: '', after, limit: BATCH };
      const page = await this.#records.reads.objects.page(query);
      const objects = page.entries.flatMap((entry) => ('object' in entry ? [entry.object] : []));
      yield objects;
      after = objects.at(-1)?.key ?? after;
      truncated = page.truncated && objects.length > 0;
    }
  }

  async *#versions({ id: bucketId }: BucketRow, { filter }: InventoryRule): AsyncGenerator<Inventoried[]> {
    const prefix = filter?.prefix ?? '';
    let [afterKey, afterVersion] = ['', ''];
    for (let truncated = true; truncated; ) {
      const query = { bucketId, prefix, delimiter: '', afterKey, afterVersion, limit: BATCH };
      const page = await this.#records.reads.versions.page(query);
      const versions = page.entries.flatMap((entry) => ('version' in entry ? [entry.version] : []));
      yield versions;
      const last = versions.at(-1);
      if (last) [afterKey, afterVersion] = [last.key, last.versionId];
      truncated = page.truncated && last !== undefined;
    }
  }

  async #rowOf({ id }: BucketRow, object: Inventoried): Promise<ObjectRow | undefined> {
    const { reads } = this.#records;
    const current = await reads.objects.get(id, object.key);
    if (!('versionId' in object) || current?.versionId === object.versionId) return current;
    const version = await reads.versions.get(id, object.key, object.versionId);
    return version?.type === 'DeleteMarker' ? undefined : version;
  }
}

/** Vendor rule: a bucket that keeps no versions has none to be listed. */
const listsVersions = ({ versioning }: BucketRow, { versions }: InventoryRule): boolean =>
  versions === 'all' && versioning !== 'Unversioned';

function manifestOf(
  source: BucketRow,
  target: BucketRow,
  columns: readonly string[],
  files: readonly StoredFile[],
  startedMs: number,
): string {
  return JSON.stringify({
    creationTimestamp: String(Math.floor(startedMs / 1000)),
    destinationBucket: target.name,
    fileFormat: 'CSV',
    fileSchema: columns.join(', '),
    files: files.map(({ key, ingested: { md5, size } }) => ({ MD5checksum: md5, key, size })),
    sourceBucket: source.name,
    version: LAYOUT_VERSION,
  });
}

const bodyOf = (text: string): Body => ({ bytes: once(Buffer.from(text)) });
