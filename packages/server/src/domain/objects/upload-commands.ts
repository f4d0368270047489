import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { ObjectAcl, ObjectRow, PartRow, UploadRow } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { bucketOf } from './bucket-commands.ts';
import { combine } from './crc64.ts';
import { encryptionTrait } from './encryption.ts';
import { insertBlobs, type NewBlob } from './new-blob.ts';
import { ResumableMd5 } from './resumable-md5.ts';
import { tagTrait } from './tags.ts';
import { findObject, type NamedVersion, type NewObject, placeObject, refuseOverwrite } from './versions.ts';

/** Vendor limits. */
export const MIN_PART_BYTES = 100 * 1024;
export const MAX_PART_NUMBER = 10_000;

async function uploadOf(tx: Transaction, id: string, bucketId: number, key: string): Promise<UploadRow> {
  const upload = await tx.uploads.get(id);
  if (!upload || upload.bucketId !== bucketId || upload.key !== key) {
    throw new DomainError('UploadMissing', { uploadId: id });
  }
  return upload;
}

async function initiateUpload(tx: Transaction, input: { upload: UploadRow }): Promise<void> {
  const { upload } = input;
  const bucket = await bucketOf(tx, upload.bucketId);
  if (upload.forbidOverwrite) await refuseOverwrite(tx, bucket, upload.key);
  await tx.uploads.insert(upload);
}

/** Stores a part; the last one of a number wins. A part that shares another object's bytes names it as `source`. */
async function putPart(
  tx: Transaction,
  input: {
    bucketId: number;
    key: string;
    part: PartRow;
    blobs: NewBlob[];
    source?: NamedVersion & { etag: string };
  },
): Promise<void> {
  const { part, source } = input;
  const upload = await uploadOf(tx, part.uploadId, input.bucketId, input.key);
  if (source) {
    // The segments were looked up before this transaction: they may only be retained while their object stands.
    const object = await findObject(tx, source);
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

/** The MD5 of parts that came in order, each after the one that is before it now. */
function md5Of(parts: readonly PartRow[]): string | undefined {
  let before = '';
  for (const { md5 } of parts) {
    if (md5?.before !== before) return undefined;
    before = md5.after;
  }
  return before === '' ? undefined : new ResumableMd5(before).digest();
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
    versionId: string;
    parts: { number: number; etag: string }[] | 'all';
    forbidOverwrite: boolean;
    acl?: ObjectAcl | undefined;
    nowMs: number;
  },
): Promise<ObjectRow> {
  const upload = await uploadOf(tx, input.uploadId, input.bucketId, input.key);
  const bucket = await bucketOf(tx, upload.bucketId);
  if (input.forbidOverwrite || upload.forbidOverwrite) await refuseOverwrite(tx, bucket, upload.key);
  const stored = await tx.uploads.parts(upload.id, 0, MAX_PART_NUMBER);
  const chosen = chooseParts(stored, input.parts === 'all' ? stored : input.parts);
  // Uploaders that find nothing to read complete an upload without parts: that is an empty object. Leaving out parts that
  // were uploaded, all of them, is more likely a mistake.
  if (chosen.length === 0 && stored.length > 0) {
    throw new DomainError('InvalidArgument', { name: 'Part', value: '', reason: 'Name at least one uploaded part.' });
  }
  const digests = createHash('md5');
  for (const part of chosen) digests.update(Buffer.from(part.etag, 'hex'));
  const md5 = md5Of(chosen);
  const object: NewObject = {
    bucketId: upload.bucketId,
    key: upload.key,
    type: 'Multipart',
    size: chosen.reduce((sum, part) => sum + part.size, 0),
    etag: `${digests.digest('hex').toUpperCase()}-${chosen.length}`,
    crc64: chosen.reduce((crc, part) => combine(crc, part.crc64, part.size), '0'),
    lastModifiedMs: input.nowMs,
    storageClass: upload.storageClass,
    acl: input.acl ?? upload.acl,
    traits: {
      ...tagTrait(upload.tags),
      ...encryptionTrait(upload.encryption),
      ...upload.traits,
      ...(md5 !== undefined && { md5 }),
    },
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
  return placeObject(tx, bucket, object, input.versionId);
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

export const uploadCommands = { initiateUpload, putPart, completeUpload, abortUpload };
