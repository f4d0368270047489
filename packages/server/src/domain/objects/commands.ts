import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { BlobId } from '../ports/blob-store.ts';
import type {
  Acl,
  BlobRow,
  BucketRow,
  ObjectAcl,
  ObjectHeaders,
  ObjectRow,
  PartRow,
  Segment,
  StorageClass,
  UploadRow,
} from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { type Conditions, checkConditions } from './conditions.ts';
import { combine } from './crc64.ts';

/** Vendor limits. */
export const MAX_SINGLE_BODY_BYTES = 5 * 1024 ** 3;
export const MIN_PART_BYTES = 100 * 1024;
export const MAX_PART_NUMBER = 10_000;

/** A blob that was written just now and has no record yet. */
export interface NewBlob extends BlobRow {
  /** The bytes themselves, when they are few enough to be kept with the records. */
  data?: Uint8Array;
}

const emptyCrc64 = '0';

async function bucketOf(tx: Transaction, id: number): Promise<BucketRow> {
  const bucket = await tx.buckets.byId(id);
  // Deleted between the lookup and this transaction.
  if (!bucket) throw new DomainError('BucketMissing', { bucket: '' });
  return bucket;
}

async function uploadOf(tx: Transaction, id: string, bucketId: number, key: string): Promise<UploadRow> {
  const upload = await tx.uploads.get(id);
  if (!upload || upload.bucketId !== bucketId || upload.key !== key) {
    throw new DomainError('UploadMissing', { uploadId: id });
  }
  return upload;
}

async function refuseOverwrite(tx: Transaction, bucketId: number, key: string): Promise<void> {
  if (await tx.objects.get(bucketId, key)) throw new DomainError('ObjectExists', { key });
}

/** Makes `row` the object, swapping out what was there. The new segments must have been retained by the caller. */
async function replaceObject(tx: Transaction, row: ObjectRow, nowMs: number): Promise<void> {
  const previous = await tx.objects.get(row.bucketId, row.key);
  await tx.objects.put(row);
  if (previous) await tx.blobs.release(previous.segments, nowMs);
}

async function insertBlobs(tx: Transaction, blobs: readonly NewBlob[]): Promise<void> {
  for (const blob of blobs) await tx.blobs.insert(blob);
}

/** Creating a bucket that is already one's own succeeds and changes its ACL only, if one was given. */
async function createBucket(
  tx: Transaction,
  input: {
    name: string;
    ownerId: string;
    acl?: Acl | undefined;
    storageClass: StorageClass;
    dataRedundancy: 'LRS' | 'ZRS';
    nowMs: number;
    /** How many buckets an owner may have. */
    limit: number;
  },
): Promise<BucketRow> {
  const existing = await tx.buckets.byName(input.name);
  if (existing) {
    if (existing.ownerId !== input.ownerId) throw new DomainError('BucketExists', { bucket: input.name });
    const kept = { ...existing, acl: input.acl ?? existing.acl };
    await tx.buckets.update(kept);
    return kept;
  }
  const owned = await tx.buckets.list({ ownerId: input.ownerId, prefix: '', after: '', limit: input.limit });
  if (owned.length >= input.limit) throw new DomainError('TooManyBuckets', { limit: input.limit });
  return tx.buckets.insert({
    name: input.name,
    ownerId: input.ownerId,
    createdMs: input.nowMs,
    acl: input.acl ?? 'private',
    storageClass: input.storageClass,
    dataRedundancy: input.dataRedundancy,
  });
}

async function setBucketAcl(tx: Transaction, input: { bucketId: number; acl: Acl }): Promise<void> {
  await tx.buckets.update({ ...(await bucketOf(tx, input.bucketId)), acl: input.acl });
}

async function deleteBucket(tx: Transaction, input: { bucketId: number }): Promise<void> {
  const bucket = await bucketOf(tx, input.bucketId);
  if ((await tx.objects.any(bucket.id)) || (await tx.uploads.any(bucket.id))) {
    throw new DomainError('BucketNotEmpty', { bucket: bucket.name });
  }
  await tx.buckets.remove(bucket.id);
}

async function putObject(
  tx: Transaction,
  input: { row: ObjectRow; blobs: NewBlob[]; forbidOverwrite: boolean },
): Promise<void> {
  const { row } = input;
  await bucketOf(tx, row.bucketId);
  if (input.forbidOverwrite) await refuseOverwrite(tx, row.bucketId, row.key);
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(row.segments);
  await replaceObject(tx, row, row.lastModifiedMs);
}

/** Deletes what exists of `keys`; deleting what does not exist succeeds. Returns the keys that did exist. */
async function deleteObjects(
  tx: Transaction,
  input: { bucketId: number; keys: string[]; nowMs: number },
): Promise<string[]> {
  const deleted: string[] = [];
  for (const key of input.keys) {
    const object = await tx.objects.get(input.bucketId, key);
    if (!object) continue;
    await tx.objects.remove(input.bucketId, key);
    await tx.blobs.release(object.segments, input.nowMs);
    deleted.push(key);
  }
  return deleted;
}

/** Copies records, never bytes: source and copy share their blobs. A copy onto itself changes what is said about it. */
async function copyObject(
  tx: Transaction,
  input: {
    source: { bucketId: number; key: string; conditions: Conditions };
    target: {
      bucketId: number;
      key: string;
      acl: ObjectAcl;
      storageClass?: StorageClass | undefined;
      /** Replaces what the source says about itself; absent copies it. */
      replace?: { headers: ObjectHeaders; meta: Record<string, string> } | undefined;
    };
    forbidOverwrite: boolean;
    nowMs: number;
  },
): Promise<ObjectRow> {
  const { source, target } = input;
  const original = await tx.objects.get(source.bucketId, source.key);
  if (!original) throw new DomainError('ObjectMissing', { key: source.key });
  checkConditions(source.conditions, original);
  await bucketOf(tx, target.bucketId);
  if (input.forbidOverwrite) await refuseOverwrite(tx, target.bucketId, target.key);
  const appended = original.type === 'Appendable';
  const row: ObjectRow = {
    ...original,
    bucketId: target.bucketId,
    key: target.key,
    // The copy of an appendable object is an ordinary one, but for its ETag: that is no MD5, and must not look like one.
    type: appended ? 'Normal' : original.type,
    etag: appended ? `${original.etag}-1` : original.etag,
    lastModifiedMs: input.nowMs,
    storageClass: target.storageClass ?? original.storageClass,
    acl: target.acl,
    headers: target.replace?.headers ?? original.headers,
    meta: target.replace?.meta ?? original.meta,
  };
  await tx.blobs.retain(row.segments);
  await replaceObject(tx, row, input.nowMs);
  return row;
}

async function appendObject(
  tx: Transaction,
  input: {
    bucketId: number;
    key: string;
    position: number;
    blobs: NewBlob[];
    segments: Segment[];
    size: number;
    crc64: string;
    md5: string;
    /** What a first append says about the object; later ones keep it. */
    created: Pick<ObjectRow, 'storageClass' | 'acl' | 'headers' | 'meta'>;
    nowMs: number;
  },
): Promise<ObjectRow> {
  await bucketOf(tx, input.bucketId);
  const existing = await tx.objects.get(input.bucketId, input.key);
  if (existing && existing.type !== 'Appendable') throw new DomainError('ObjectNotAppendable', { key: input.key });
  const length = existing?.size ?? 0;
  if (input.position !== length) throw new DomainError('AppendPositionMismatch', { key: input.key, length });
  // Nothing more is nothing new: ETag and Last-Modified stand for the content.
  if (existing && input.size === 0) return existing;
  if (length + input.size > MAX_SINGLE_BODY_BYTES) {
    throw new DomainError('BodyTooLarge', { limit: MAX_SINGLE_BODY_BYTES, proposed: length + input.size });
  }
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(input.segments);
  const row: ObjectRow = {
    bucketId: input.bucketId,
    key: input.key,
    versionId: 'null',
    type: 'Appendable',
    size: length + input.size,
    // Opaque, but it must change with the content: a digest of the digests so far.
    etag: createHash('md5')
      .update((existing?.etag ?? '') + input.md5)
      .digest('hex')
      .toUpperCase(),
    crc64: combine(existing?.crc64 ?? emptyCrc64, input.crc64, input.size),
    lastModifiedMs: input.nowMs,
    storageClass: existing?.storageClass ?? input.created.storageClass,
    acl: existing?.acl ?? input.created.acl,
    headers: existing?.headers ?? input.created.headers,
    meta: existing?.meta ?? input.created.meta,
    segments: [...(existing?.segments ?? []), ...input.segments],
  };
  await tx.objects.put(row);
  return row;
}

async function setObjectAcl(tx: Transaction, input: { bucketId: number; key: string; acl: ObjectAcl }): Promise<void> {
  const object = await tx.objects.get(input.bucketId, input.key);
  if (!object) throw new DomainError('ObjectMissing', { key: input.key });
  await tx.objects.put({ ...object, acl: input.acl });
}

async function initiateUpload(tx: Transaction, input: { upload: UploadRow }): Promise<void> {
  await bucketOf(tx, input.upload.bucketId);
  await tx.uploads.insert(input.upload);
}

/** Stores a part; the last one of a number wins. A part that shares another object's bytes names it as `source`. */
async function putPart(
  tx: Transaction,
  input: {
    bucketId: number;
    key: string;
    part: PartRow;
    blobs: NewBlob[];
    source?: { bucketId: number; key: string; etag: string };
  },
): Promise<void> {
  const { part, source } = input;
  const upload = await uploadOf(tx, part.uploadId, input.bucketId, input.key);
  if (source) {
    // The segments were looked up before this transaction: they may only be retained while their object stands.
    const object = await tx.objects.get(source.bucketId, source.key);
    if (!object) throw new DomainError('ObjectMissing', { key: source.key });
    if (object.etag !== source.etag) throw new DomainError('PreconditionFailed', { condition: 'x-oss-copy-source' });
  }
  if (upload.sequential && part.number > 1 && !(await tx.uploads.part(part.uploadId, part.number - 1))) {
    throw new DomainError('PartNotSequential', { partNumber: part.number });
  }
  const previous = await tx.uploads.part(part.uploadId, part.number);
  await insertBlobs(tx, input.blobs);
  await tx.blobs.retain(part.segments);
  await tx.uploads.putPart(part);
  if (previous) await tx.blobs.release(previous.segments, part.lastModifiedMs);
}

const bareEtag = (etag: string): string => etag.replace(/^"|"$/g, '').toUpperCase();

/**
 * The parts a completion names, in its order, checked against what is stored. A wrong order is told before a wrong part,
 * and a wrong part before a small one, wherever in the list they stand.
 */
function chooseParts(stored: readonly PartRow[], listed: readonly { number: number; etag: string }[]): PartRow[] {
  if (listed.some(({ number }, index) => number <= (listed[index - 1]?.number ?? 0))) {
    throw new DomainError('PartsOutOfOrder', {});
  }
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const chosen = listed.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (!part || part.etag !== bareEtag(etag)) throw new DomainError('PartInvalid', { partNumber: number, etag });
    return part;
  });
  const small = chosen.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (small) {
    throw new DomainError('PartTooSmall', { partNumber: small.number, size: small.size, etag: small.etag });
  }
  return chosen;
}

/**
 * Turns an upload into an object by moving segment lists: no byte is read. Parts that are not listed are discarded.
 * `parts: 'all'` takes every stored part in number order.
 */
async function completeUpload(
  tx: Transaction,
  input: {
    uploadId: string;
    bucketId: number;
    key: string;
    parts: { number: number; etag: string }[] | 'all';
    forbidOverwrite: boolean;
    acl?: ObjectAcl | undefined;
    nowMs: number;
  },
): Promise<ObjectRow> {
  const upload = await uploadOf(tx, input.uploadId, input.bucketId, input.key);
  if (input.forbidOverwrite) await refuseOverwrite(tx, input.bucketId, input.key);
  const stored = await tx.uploads.parts(upload.id, 0, MAX_PART_NUMBER);
  const chosen = chooseParts(stored, input.parts === 'all' ? stored : input.parts);
  // Uploaders that find nothing to read complete an upload without parts: that is an empty object. Leaving out parts that
  // were uploaded, all of them, is more likely a mistake.
  if (chosen.length === 0 && stored.length > 0) {
    throw new DomainError('InvalidArgument', { name: 'Part', value: '', reason: 'Name at least one uploaded part.' });
  }
  const digests = createHash('md5');
  for (const part of chosen) digests.update(Buffer.from(part.etag, 'hex'));
  const row: ObjectRow = {
    bucketId: upload.bucketId,
    key: upload.key,
    versionId: 'null',
    type: 'Multipart',
    size: chosen.reduce((sum, part) => sum + part.size, 0),
    etag: `${digests.digest('hex').toUpperCase()}-${chosen.length}`,
    crc64: chosen.reduce((crc, part) => combine(crc, part.crc64, part.size), emptyCrc64),
    lastModifiedMs: input.nowMs,
    storageClass: upload.storageClass,
    acl: input.acl ?? upload.acl,
    headers: upload.headers,
    meta: upload.meta,
    segments: chosen.flatMap((part) => part.segments),
  };
  // The references of chosen parts pass to the object; only the others are given up.
  const chosenNumbers = new Set(chosen.map((part) => part.number));
  await tx.blobs.release(
    stored.filter((part) => !chosenNumbers.has(part.number)).flatMap((part) => part.segments),
    input.nowMs,
  );
  await tx.uploads.remove(upload.id);
  await replaceObject(tx, row, input.nowMs);
  return row;
}

async function abortUpload(
  tx: Transaction,
  input: { uploadId: string; bucketId: number; key: string; nowMs: number },
): Promise<void> {
  const upload = await uploadOf(tx, input.uploadId, input.bucketId, input.key);
  const parts = await tx.uploads.parts(upload.id, 0, MAX_PART_NUMBER);
  await tx.blobs.release(
    parts.flatMap((part) => part.segments),
    input.nowMs,
  );
  await tx.uploads.remove(upload.id);
}

async function forgetGarbage(tx: Transaction, input: { blobs: BlobId[] }): Promise<void> {
  await tx.blobs.forget(input.blobs);
}

export const objectCommands = {
  createBucket,
  setBucketAcl,
  deleteBucket,
  putObject,
  deleteObjects,
  copyObject,
  appendObject,
  setObjectAcl,
  initiateUpload,
  putPart,
  completeUpload,
  abortUpload,
  forgetGarbage,
};
