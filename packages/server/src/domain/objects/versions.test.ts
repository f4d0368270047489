import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { DomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, Versioning } from '../ports/object-records.ts';
import { systemRandom } from '../ports/random.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { BucketService } from './bucket-service.ts';
import { Collector } from './collector.ts';
import { INLINE_BYTES } from './ingest.ts';
import { ObjectService } from './object-service.ts';
import { RESTORATION_MS } from './restoration.ts';
import { UploadService } from './upload-service.ts';

const DAY = 24 * 60 * 60_000;

interface Version {
  id: string;
  /** Undefined for a delete marker. */
  text: string | undefined;
  appendable: boolean;
}

const REFUSALS = ['ObjectMissing', 'VersionMissing', 'VersionIsMarker', 'ObjectNotAppendable'];

/** What versions mean, in the fewest words: a list for each key, newest first. */
class NaiveVersions {
  versioning: Versioning = 'Unversioned';
  #keys = new Map<string, Version[]>();

  #of(key: string): Version[] {
    const versions = this.#keys.get(key) ?? [];
    this.#keys.set(key, versions);
    return versions;
  }

  #add(key: string, version: Version): void {
    // There is one version of an id at most: the one called null gives way to the next.
    const others = this.#of(key).filter(({ id }) => id !== version.id);
    this.#keys.set(key, [version, ...others]);
  }

  refuses = (outcome: string): boolean => REFUSALS.includes(outcome);

  put(key: string, id: string, text: string): void {
    this.#add(key, { id, text, appendable: false });
  }

  /** Says what appending gives: the version, or why it is refused. `id` is the one that a new version gets. */
  append(key: string, id: string, text: string): string {
    const [newest] = this.#of(key);
    if (newest === undefined) {
      this.#add(key, { id, text, appendable: true });
      return id;
    }
    if (newest.text === undefined) return 'VersionIsMarker';
    if (!newest.appendable) return 'ObjectNotAppendable';
    newest.text += text;
    return newest.id;
  }

  delete(key: string, markerId: string | undefined): void {
    if (this.versioning === 'Unversioned') this.#keys.delete(key);
    else this.#add(key, { id: markerId ?? '', text: undefined, appendable: false });
  }

  /** Whether what is gone was a delete marker. */
  deleteVersion(key: string, id: string): boolean {
    const versions = this.#of(key);
    const found = versions.find((version) => version.id === id);
    this.#keys.set(
      key,
      versions.filter((version) => version !== found),
    );
    return found !== undefined && found.text === undefined;
  }

  /** What a reader gets: the text, or why it is refused. */
  get(key: string, id?: string): string {
    const versions = this.#of(key);
    if (id === undefined) return versions[0]?.text ?? 'ObjectMissing';
    const found = versions.find((version) => version.id === id);
    return found === undefined ? 'VersionMissing' : (found.text ?? 'VersionIsMarker');
  }

  #sorted(): [string, Version[]][] {
    return [...this.#keys].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  list(): string[] {
    return this.#sorted().flatMap(([key, versions]) =>
      versions.map(
        ({ id, text }, at) => `${key} ${id} ${text === undefined ? 'marker' : 'object'}${at === 0 ? ' latest' : ''}`,
      ),
    );
  }

  currentKeys(): string[] {
    return this.#sorted().flatMap(([key, [newest]]) => (newest?.text === undefined ? [] : [key]));
  }

  /** Objects and delete markers. */
  counts(): [number, number] {
    const all = [...this.#keys.values()].flat();
    const markers = all.filter(({ text }) => text === undefined).length;
    return [all.length - markers, markers];
  }
}

describe('versions over SQLite and files', () => {
  let folder = '';
  let nowMs = 0;
  let records: RecordStore;
  let objects: ObjectService;
  let uploads: UploadService;
  let buckets: BucketService;
  let collector: Collector;
  const clock: Clock = { now: () => nowMs, schedule: () => () => {} };

  beforeEach(async () => {
    nowMs = Date.now();
    folder = mkdtempSync(join(tmpdir(), 'millrace-versions-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    const ciphers = testCiphers();
    const parts = { records, blobs, ciphers, clock, identities: new Identities(clock, systemRandom()) };
    objects = new ObjectService(parts);
    uploads = new UploadService(parts);
    buckets = new BucketService(parts);
    collector = new Collector(parts);
  });
  afterEach(async () => {
    await records.close();
    rmSync(folder, { recursive: true });
  });

  let made = 0;
  const makeBucket = async (versioning: Versioning = 'Unversioned'): Promise<BucketRow> => {
    const name = `bucket-${++made}`;
    // An owner each: the vendor's limit counts buckets by owner.
    const bucket = await buckets.create({ name, ownerId: String(made) });
    if (versioning !== 'Unversioned') await buckets.setVersioning(bucket, versioning);
    return buckets.get(name);
  };
  const bodyOf = (text: string) => ({
    bytes: (async function* () {
      yield Buffer.from(text);
    })(),
  });
  const read = async (bucket: BucketRow, key: string, versionId?: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await objects.read(await objects.get(bucket, key, versionId))) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  /** What a reader gets, or the kind of its refusal. */
  const outcome = (work: Promise<string>): Promise<string> =>
    work.catch((error: unknown) => {
      if (error instanceof DomainError) return error.kind;
      throw error;
    });
  const listAll = async (bucket: BucketRow, limit: number): Promise<string[]> => {
    const listed: string[] = [];
    for (let afterKey = '', afterVersion = ''; ; ) {
      const query = { prefix: '', delimiter: '', afterKey, afterVersion, limit };
      const page = await objects.listVersions(bucket, query);
      for (const entry of page.entries) {
        if (!('version' in entry)) continue;
        const { key, versionId, type, latest } = entry.version;
        listed.push(`${key} ${versionId} ${type === 'DeleteMarker' ? 'marker' : 'object'}${latest ? ' latest' : ''}`);
        [afterKey, afterVersion] = [key, versionId];
      }
      if (!page.truncated) return listed;
    }
  };
  const removeAll = async (bucket: BucketRow): Promise<void> => {
    const query = { prefix: '', delimiter: '', afterKey: '', afterVersion: '', limit: 1000 };
    const { entries } = await objects.listVersions(bucket, query);
    await objects.removeMany(
      bucket,
      entries.flatMap((entry) => ('version' in entry ? [entry.version] : [])),
    );
  };

  it('are what a naive model says they are, whatever is done to them in whatever order', async () => {
    const key = fc.constantFrom('a', 'a/b', 'é', 'z');
    /** Which of the versions seen so far is meant; a large number means none that ever was. */
    const which = fc.nat({ max: 12 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), key }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('delete version' as const), key, which }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), key, which, target: key }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('append' as const), key }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('multipart' as const), key }) },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant('set versioning' as const),
          versioning: fc.constantFrom('Enabled' as const, 'Suspended' as const),
        }),
      },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40, size: 'max' }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, limit) => {
          let bucket = await makeBucket();
          const model = new NaiveVersions();
          const seen: { key: string; id: string }[] = [];
          const pick = (at: number, ofKey: string): string =>
            seen.filter((version) => version.key === ofKey).at(-1 - at)?.id ?? 'none';
          for (const [at, each] of steps.entries()) {
            const text = `${round} ${at} `;
            nowMs++;
            switch (each.do) {
              case 'put': {
                const { versionId } = await objects.put({ bucket, key: each.key, body: bodyOf(text) });
                model.put(each.key, versionId, text);
                seen.push({ key: each.key, id: versionId });
                break;
              }
              case 'multipart': {
                const { id: uploadId } = await uploads.initiate({ bucket, key: each.key });
                const upload = { bucket, key: each.key, uploadId };
                await uploads.putPart({ ...upload, number: 1, body: bodyOf(text) });
                const { versionId } = await uploads.complete({ ...upload, parts: 'all' });
                model.put(each.key, versionId, text);
                seen.push({ key: each.key, id: versionId });
                break;
              }
              case 'append': {
                const found = await outcome(read(bucket, each.key));
                const position = found === 'ObjectMissing' ? 0 : Buffer.byteLength(found);
                const appended = await outcome(
                  objects
                    .append({ bucket, key: each.key, position, body: bodyOf(text) })
                    .then(({ versionId }) => versionId),
                );
                assert.equal(model.append(each.key, appended, text), appended);
                seen.push({ key: each.key, id: appended });
                break;
              }
              case 'copy': {
                const versionId = each.which % 3 === 0 ? undefined : pick(each.which, each.key);
                const source = { bucket, key: each.key, versionId, conditions: {} };
                const copied = await outcome(
                  objects.copy({ source, bucket, key: each.target }).then(({ copy }) => copy.versionId),
                );
                const content = model.get(each.key, versionId);
                assert.equal(model.refuses(content) ? content : 'done', model.refuses(copied) ? copied : 'done');
                if (!model.refuses(content)) model.put(each.target, copied, content);
                seen.push({ key: each.target, id: copied });
                break;
              }
              case 'delete': {
                const { markerId } = await objects.remove(bucket, each.key);
                model.delete(each.key, markerId);
                if (markerId !== undefined) seen.push({ key: each.key, id: markerId });
                break;
              }
              case 'delete version': {
                const versionId = pick(each.which, each.key);
                const { markerId } = await objects.remove(bucket, each.key, versionId);
                assert.equal(markerId !== undefined, model.deleteVersion(each.key, versionId));
                break;
              }
              case 'set versioning':
                await buckets.setVersioning(bucket, each.versioning);
                bucket = await buckets.get(bucket.name);
                model.versioning = each.versioning;
                break;
            }
          }
          assert.deepEqual(await listAll(bucket, limit), model.list());
          const { entries } = await objects.list(bucket, { prefix: '', delimiter: '', after: '', limit: 100 });
          assert.deepEqual(
            entries.map((entry) => ('object' in entry ? entry.object.key : '')),
            model.currentKeys(),
          );
          for (const ofKey of ['a', 'a/b', 'é', 'z']) {
            assert.equal(await outcome(read(bucket, ofKey)), model.get(ofKey), ofKey);
          }
          for (const { key: ofKey, id } of seen) {
            assert.equal(await outcome(read(bucket, ofKey, id)), model.get(ofKey, id), `${ofKey} ${id}`);
          }
          const measured = await buckets.measure(bucket);
          assert.deepEqual([measured.objects, measured.deleteMarkers], model.counts());
          // Every reference to bytes goes with the version that held it.
          await removeAll(bucket);
          assert.deepEqual(await records.reads.blobs.page('', 10), []);
          await buckets.remove(bucket);
          round++;
        },
      ),
      { numRuns: 120 },
    );
  });

  it('share bytes with their copies until the last of them is gone', async () => {
    const bucket = await makeBucket('Enabled');
    const large = 'x'.repeat(INLINE_BYTES + 1);
    const first = await objects.put({ bucket, key: 'a', body: bodyOf(large) });
    await objects.put({ bucket, key: 'a', body: bodyOf('new') });
    const source = { bucket, key: 'a', versionId: first.versionId, conditions: {} };
    await objects.copy({ source, bucket, key: 'copy' });
    await objects.remove(bucket, 'a', first.versionId);
    nowMs += DAY;
    assert.equal(await collector.collectGarbage(), 0);
    assert.equal(await read(bucket, 'copy'), large);
    await removeAll(bucket);
    nowMs += DAY;
    assert.equal(await collector.collectGarbage(), 2);
  });

  it('of an archived object are read between their restoration and its end, as the clock has it', async () => {
    const bucket = await makeBucket('Enabled');
    const put = { bucket, key: 'a', storageClass: 'Archive' as const };
    const old = await objects.put({ ...put, body: bodyOf('old') });
    await objects.put({ ...put, body: bodyOf('new') });
    const reference = { bucket, key: 'a', versionId: old.versionId };
    const copied = (): Promise<string> =>
      outcome(
        objects.copy({ source: { ...reference, conditions: {} }, bucket, key: 'copy' }).then(({ copy }) => copy.key),
      );
    assert.equal(await copied(), 'ObjectArchived');
    assert.equal((await objects.restore(reference, 1)).begun, true);
    nowMs += RESTORATION_MS - 1;
    assert.equal(await copied(), 'ObjectArchived');
    await assert.rejects(objects.restore(reference, 1), /RestorationOngoing/);
    nowMs += 1;
    assert.equal(await copied(), 'copy');
    assert.equal((await objects.restore(reference, 2)).begun, false);
    nowMs += 2 * DAY - 1;
    assert.equal(await copied(), 'copy');
    nowMs += 1;
    assert.equal(await copied(), 'ObjectArchived');
    assert.equal((await objects.restore(reference, 1)).begun, true);
  });

  it('are sealed, if appendable, at the length that is named, and then take no more', async () => {
    const bucket = await makeBucket();
    const append = (position: number) => objects.append({ bucket, key: 'log', position, body: bodyOf('four') });
    await append(0);
    await assert.rejects(objects.seal(bucket, 'log', 3), /AppendPositionMismatch/);
    const sealedMs = await objects.seal(bucket, 'log', 4);
    nowMs += 1000;
    assert.equal(await objects.seal(bucket, 'log', 4), sealedMs);
    await assert.rejects(append(4), /ObjectNotAppendable/);
    assert.equal(await read(bucket, 'log'), 'four');
  });

  describe('written side by side', () => {
    const ROUNDS = 20;

    it('are all kept, and the last of them is current, where versions are kept', async () => {
      const bucket = await makeBucket('Enabled');
      const rows = await Promise.all(
        Array.from({ length: ROUNDS }, (_, n) => objects.put({ bucket, key: 'a', body: bodyOf(`${n}`) })),
      );
      assert.equal(new Set(rows.map(({ versionId }) => versionId)).size, ROUNDS);
      assert.equal(new Set(rows.map(({ rank }) => rank)).size, ROUNDS);
      for (const [n, { versionId }] of rows.entries()) assert.equal(await read(bucket, 'a', versionId), `${n}`);
      const newest = rows.reduce((best, row) => (row.rank < best.rank ? row : best));
      assert.equal((await objects.get(bucket, 'a')).versionId, newest.versionId);
      assert.equal((await listAll(bucket, 7)).length, ROUNDS);
    });

    it('leave one version called null, where they are suspended', async () => {
      const bucket = await makeBucket('Suspended');
      await Promise.all(
        Array.from({ length: ROUNDS }, (_, n) =>
          n % 3 === 0 ? objects.remove(bucket, 'a') : objects.put({ bucket, key: 'a', body: bodyOf(`${n}`) }),
        ),
      );
      assert.equal((await listAll(bucket, 7)).length, 1);
      await removeAll(bucket);
      assert.deepEqual(await records.reads.blobs.page('', 10), []);
    });

    it('and deleted, are there or not, but never both, and no bytes leak', async () => {
      for (const versioning of ['Unversioned', 'Enabled'] as const) {
        const bucket = await makeBucket(versioning);
        for (let n = 0; n < ROUNDS; n++) {
          await Promise.all([
            objects.put({ bucket, key: 'a', body: bodyOf(`${n}`) }),
            objects.remove(bucket, 'a'),
            objects.put({ bucket, key: 'a', body: bodyOf('y'.repeat(INLINE_BYTES + 1)) }),
          ]);
        }
        const listed = await listAll(bucket, 100);
        const latest = listed.filter((line) => line.endsWith('latest'));
        assert.equal(latest.length, versioning === 'Enabled' ? 1 : listed.length);
        assert.equal(listed.length, versioning === 'Enabled' ? 3 * ROUNDS : latest.length);
        await removeAll(bucket);
        assert.deepEqual(await records.reads.blobs.page('', 10), []);
      }
    });

    it('have one winner where neither may overwrite, and one where both append', async () => {
      const bucket = await makeBucket();
      const wins = (settled: PromiseSettledResult<unknown>[]): number =>
        settled.filter(({ status }) => status === 'fulfilled').length;
      for (let n = 0; n < ROUNDS; n++) {
        const put = { bucket, key: `k${n}`, forbidOverwrite: true };
        const { id: uploadId } = await uploads.initiate({ bucket, key: `k${n}` });
        const upload = { bucket, key: `k${n}`, uploadId };
        await uploads.putPart({ ...upload, number: 1, body: bodyOf('part') });
        const settled = await Promise.allSettled([
          objects.put({ ...put, body: bodyOf('one') }),
          objects.put({ ...put, body: bodyOf('z'.repeat(INLINE_BYTES + 1)) }),
          uploads.complete({ ...upload, parts: 'all', forbidOverwrite: true }),
          objects.putLink({ ...put, target: 'elsewhere' }),
        ]);
        assert.equal(wins(settled), 1);
        const appended = await Promise.allSettled(
          ['one', 'two', 'three'].map((text) =>
            objects.append({ bucket, key: `log${n}`, position: 0, body: bodyOf(text) }),
          ),
        );
        assert.equal(wins(appended), 1);
      }
    });

    it('an upload is completed or aborted, and a part that comes late is refused or belongs to it', async () => {
      const bucket = await makeBucket('Enabled');
      let [completed, aborted] = [0, 0];
      for (let n = 0; n < ROUNDS; n++) {
        const { id: uploadId } = await uploads.initiate({ bucket, key: 'big' });
        const upload = { bucket, key: 'big', uploadId };
        await uploads.putPart({ ...upload, number: 1, body: bodyOf('first') });
        const work = [
          () => uploads.complete({ ...upload, parts: 'all' }),
          () => uploads.abort(upload),
          () => uploads.putPart({ ...upload, number: 1, body: bodyOf('late') }),
        ];
        // Each begins once in every place of the queue.
        const turned = [...work.slice(n % 3), ...work.slice(0, n % 3)];
        const settled = await Promise.allSettled(turned.map((begin) => begin()));
        const [complete, abort] = [0, 1].map((at) => settled[(at - (n % 3) + 3) % 3]?.status === 'fulfilled');
        assert.equal(Number(complete) + Number(abort), 1);
        if (complete) completed++;
        else aborted++;
        await assert.rejects(uploads.get(upload), /UploadMissing/);
      }
      assert.ok(completed > 0 && aborted > 0, `${completed} completed, ${aborted} aborted`);
      assert.equal((await listAll(bucket, 100)).length, completed);
      await removeAll(bucket);
      assert.deepEqual(await records.reads.blobs.page('', 10), []);
    });
  });
});
