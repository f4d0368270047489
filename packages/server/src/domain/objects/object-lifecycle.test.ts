import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { type DomainErrorKind, isDomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { BucketService } from './bucket-service.ts';
import { Collector } from './collector.ts';
import { crc64 } from './crc64.ts';
import { INLINE_BYTES } from './ingest.ts';
import type { ByteRange } from './object-bytes.ts';
import { ObjectService } from './object-service.ts';
import { MIN_PART_BYTES } from './upload-commands.ts';
import { UploadService } from './upload-service.ts';

const SMALL = INLINE_BYTES / 2;
const LARGE = INLINE_BYTES * 20;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('objects over SQLite and files', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let blobs: BlobStore;
  let objects: ObjectService;
  let uploads: UploadService;
  let collector: Collector;
  let bucket: BucketRow;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    nowMs = Date.now();
    folder = mkdtempSync(join(tmpdir(), 'millrace-objects-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const parts = { records, blobs, ciphers: testCiphers(), clock, identities: new Identities(clock, systemRandom()) };
    objects = new ObjectService(parts);
    uploads = new UploadService(parts);
    collector = new Collector(parts);
    bucket = await new BucketService(parts).create({ name: 'bucket', ownerId: '1' });
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  const bodyOf = (bytes: Uint8Array) => ({
    bytes: (async function* () {
      yield bytes;
    })(),
    length: bytes.length,
  });
  const put = (key: string, bytes: Uint8Array, forbidOverwrite = false): Promise<ObjectRow> =>
    objects.put({ bucket, key, body: bodyOf(bytes), forbidOverwrite });
  const readRow = async (row: ObjectRow, range?: ByteRange): Promise<Buffer> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await objects.read(row, range)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  const read = async (key: string, range?: ByteRange): Promise<Buffer> =>
    readRow(await objects.get(bucket, key), range);
  const refused = (work: Promise<unknown>, kind: DomainErrorKind): Promise<void> =>
    assert.rejects(work, (error) => isDomainError(error, kind));
  const files = (): string[] =>
    readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const flipBit = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
  };

  for (const size of [0, 1, SMALL, INLINE_BYTES, INLINE_BYTES + 1, LARGE]) {
    it(`gives back ${size} bytes as they were put, whole and in ranges`, async () => {
      const bytes = randomBytes(size);
      const row = await put('key', bytes);
      assert.equal(row.etag, createHash('md5').update(bytes).digest('hex').toUpperCase());
      assert.equal(row.crc64, crc64(bytes));
      assert.deepEqual(await read('key'), bytes);
      if (size < 10) return;
      assert.deepEqual(await read('key', { offset: 3, length: size - 5 }), bytes.subarray(3, size - 2));
    });
  }

  it('serves the old object to whoever found it before it was replaced, and the new one to all others', async () => {
    for (const size of [SMALL, LARGE]) {
      const [before, after] = [randomBytes(size), randomBytes(size)];
      const found = await put('key', before);
      await put('key', after);
      assert.deepEqual(await readRow(found), before);
      assert.deepEqual(await read('key'), after);
    }
  });

  it('removes the bytes of what was replaced or deleted, after a grace, and none that are still in use', async () => {
    const bytes = randomBytes(LARGE);
    await put('kept', bytes);
    await put('gone', bytes);
    await put('inline', randomBytes(SMALL));
    await objects.copy({ source: { bucket, key: 'gone', conditions: {} }, bucket, key: 'copy' });
    await put('gone', randomBytes(LARGE));
    await objects.removeMany(
      bucket,
      ['gone', 'inline', 'never there'].map((key) => ({ key })),
    );
    assert.equal(await collector.collectGarbage(), 0);
    nowMs += 11 * MINUTE;
    assert.equal(await collector.collectGarbage(), 2);
    assert.equal(files().length, 2);
    assert.deepEqual(await read('copy'), bytes);
    await objects.remove(bucket, 'copy');
    nowMs += 11 * MINUTE;
    assert.equal(await collector.collectGarbage(), 1);
    assert.deepEqual(await read('kept'), bytes);
  });

  it('removes files that no record names once they are old, and leaves young and known ones', async () => {
    await put('kept', randomBytes(LARGE));
    await blobs.write('orphan0000', bodyOf(randomBytes(10)).bytes);
    assert.equal(await collector.collectOrphans(), 0);
    nowMs += 2 * DAY;
    assert.equal(await collector.collectOrphans(), 1);
    assert.equal(files().length, 1);
    assert.equal((await read('kept')).length, LARGE);
  });

  it('leaves no bytes behind when the record is refused', async () => {
    await put('key', randomBytes(LARGE));
    await refused(put('key', randomBytes(LARGE), true), 'ObjectExists');
    assert.equal(files().length, 1);
  });

  it('fails before the first byte when a flipped bit stands in the only chunk, and before the last otherwise', async () => {
    const chunk = await put('chunk', randomBytes(INLINE_BYTES + 1));
    const [only = ''] = files();
    flipBit(only, 7);
    await refused(objects.read(chunk), 'BlobDamaged');
    const long = await put('long', randomBytes(LARGE * 2));
    const other = files().find((path) => path !== only) ?? '';
    flipBit(other, 7);
    let served = 0;
    await refused(
      (async () => {
        for await (const piece of await objects.read(long)) served += piece.length;
      })(),
      'BlobDamaged',
    );
    assert.ok(served < LARGE * 2);
  });

  it('lets one of two writers win where neither may overwrite', async () => {
    const outcomes = await Promise.allSettled([put('key', randomBytes(9), true), put('key', randomBytes(9), true)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('appends where the object ends and nowhere else, with a running checksum', async () => {
    const [a, b] = [randomBytes(SMALL), randomBytes(LARGE)];
    const append = (position: number, bytes: Uint8Array) =>
      objects.append({ bucket, key: 'log', position, body: bodyOf(bytes) });
    await refused(append(1, a), 'AppendPositionMismatch');
    await append(0, a);
    await refused(append(0, a), 'AppendPositionMismatch');
    const row = await append(a.length, b);
    assert.equal(row.crc64, crc64(Buffer.concat([a, b])));
    assert.deepEqual(await read('log'), Buffer.concat([a, b]));
    assert.deepEqual(
      await read('log', { offset: a.length - 2, length: 4 }),
      Buffer.concat([a.subarray(-2), b.subarray(0, 2)]),
    );
    await put('plain', a);
    await refused(objects.append({ bucket, key: 'plain', position: a.length, body: bodyOf(a) }), 'ObjectNotAppendable');
    const race = await Promise.allSettled([append(row.size, a), append(row.size, b)]);
    assert.deepEqual(race.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  describe('multipart uploads', () => {
    const sizes = [MIN_PART_BYTES, MIN_PART_BYTES + 5, 10];
    const bodies = sizes.map((size) => randomBytes(size));
    const begin = async () => ({ bucket, key: 'big', uploadId: (await uploads.initiate({ bucket, key: 'big' })).id });
    const send = async (upload: Awaited<ReturnType<typeof begin>>) => {
      const parts: { number: number; etag: string }[] = [];
      for (const [index, bytes] of bodies.entries()) {
        const { part } = await uploads.putPart({ ...upload, number: index + 1, body: bodyOf(bytes) });
        const { number, etag } = part;
        parts.push({ number, etag });
      }
      return parts;
    };

    it('become one object without a byte being written again', async () => {
      const upload = await begin();
      const parts = await send(upload);
      const before = files();
      const row = await uploads.complete({ ...upload, parts });
      assert.deepEqual(files(), before);
      assert.equal(row.crc64, crc64(Buffer.concat(bodies)));
      assert.match(row.etag, /^[0-9A-F]{32}-3$/);
      assert.deepEqual(await read('big'), Buffer.concat(bodies));
      await refused(uploads.complete({ ...upload, parts }), 'UploadMissing');
      await refused(uploads.abort(upload), 'UploadMissing');
    });

    it('are checked when they are completed: order first, then parts, then sizes', async () => {
      const upload = await begin();
      const parts = await send(upload);
      const [one, two, three] = parts;
      assert.ok(one && two && three);
      await refused(uploads.complete({ ...upload, parts: [three, one] }), 'PartsOutOfOrder');
      await refused(uploads.complete({ ...upload, parts: [one, one] }), 'PartsOutOfOrder');
      await refused(uploads.complete({ ...upload, parts: [one, { ...two, etag: one.etag }] }), 'PartInvalid');
      await refused(uploads.complete({ ...upload, parts: [...parts, { number: 9, etag: one.etag }] }), 'PartInvalid');
      const { part: four } = await uploads.putPart({ ...upload, number: 4, body: bodyOf(randomBytes(5)) });
      await refused(uploads.complete({ ...upload, parts: [...parts, four] }), 'PartTooSmall');
      await refused(uploads.complete({ ...upload, parts: [] }), 'InvalidArgument');
      await refused(uploads.complete({ ...upload, key: 'other', parts }), 'UploadMissing');
      const quoted = { number: 2, etag: `"${two.etag.toLowerCase()}"` };
      assert.equal(
        (await uploads.complete({ ...upload, parts: [one, quoted] })).size,
        (sizes[0] ?? 0) + (sizes[1] ?? 0),
      );
    });

    it('give up the bytes of parts that were replaced, left out or aborted', async () => {
      const upload = await begin();
      await send(upload);
      const { part: again } = await uploads.putPart({
        ...upload,
        number: 1,
        body: bodyOf(randomBytes(MIN_PART_BYTES)),
      });
      await uploads.complete({ ...upload, parts: [again] });
      const other = await begin();
      await send(other);
      await uploads.abort(other);
      nowMs += 11 * MINUTE;
      // The first part as it was, the second and third, and all three of the aborted upload.
      assert.equal(await collector.collectGarbage(), 6);
      assert.equal((await read('big')).length, MIN_PART_BYTES);
    });

    it('take parts of other objects by sharing their bytes, cut anywhere', async () => {
      const upload = await begin();
      const source = await uploads.complete({ ...upload, parts: await send(upload) });
      const whole = Buffer.concat(bodies);
      const range = { offset: 1000, length: MIN_PART_BYTES + 2000 };
      const target = { bucket, key: 'cut', uploadId: (await uploads.initiate({ bucket, key: 'cut' })).id };
      const { part } = await uploads.copyPart({
        ...target,
        number: 1,
        source: { bucket, key: 'big', conditions: { ifMatch: source.etag }, range },
      });
      const expected = whole.subarray(range.offset, range.offset + range.length);
      assert.equal(part.crc64, crc64(expected));
      await uploads.complete({ ...target, parts: [part] });
      await objects.remove(bucket, 'big');
      nowMs += 11 * MINUTE;
      await collector.collectGarbage();
      assert.deepEqual(await read('cut'), expected);
    });

    it('race with their abort: whichever comes first wins, and nothing leaks', async () => {
      const upload = await begin();
      const parts = await send(upload);
      const outcomes = await Promise.allSettled([
        uploads.complete({ ...upload, parts }),
        uploads.abort(upload),
        uploads.putPart({ ...upload, number: 4, body: bodyOf(randomBytes(LARGE)) }),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected'],
      );
      assert.deepEqual(await read('big'), Buffer.concat(bodies));
      nowMs += 2 * DAY;
      await collector.collectGarbage();
      await collector.collectOrphans();
      assert.equal(files().length, 2);
    });
  });
});
