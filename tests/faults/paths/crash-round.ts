/**
 * One round: `crash-round.ts FOLDER PATH NUMBER SEED`. Finds the folder as the kill of the last round left it, holds it to
 * the journal, collects what nothing refers to, then acts along one write path until it is killed, by its own hand, at a
 * step drawn by lot. `SEED` 0 only checks, and ends well.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Identities } from '@millrace/server/domain/identities';
import { BlobCiphers } from '@millrace/server/domain/objects/blob-cipher';
import { BucketService } from '@millrace/server/domain/objects/bucket-service';
import { Collector } from '@millrace/server/domain/objects/collector';
import { LifecycleKeeper } from '@millrace/server/domain/objects/lifecycle-keeper';
import { objectBytes } from '@millrace/server/domain/objects/object-bytes';
import { ObjectService } from '@millrace/server/domain/objects/object-service';
import { UploadService } from '@millrace/server/domain/objects/upload-service';
import type { Clock } from '@millrace/server/domain/ports/clock';
import { systemRandom } from '@millrace/server/domain/ports/random';
import type { RecordStore } from '@millrace/server/domain/ports/record-store';
import { SettingsService } from '@millrace/server/domain/settings/settings-service';
import { openFileBlobStore } from '@millrace/server/stores/files/file-blob-store';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import { DigestThreads } from '@millrace/server/stores/threads/digest-threads';
import BetterSqlite3 from 'better-sqlite3';
import { bytesOfContent, type Content, sizeOf } from '../expected-objects.ts';
import { Dice } from '../random.ts';
import { FailingPower } from './failing-power.ts';
import { Journal, type World } from './journal.ts';
import { ACTS, type Shop, writePaths } from './write-paths.ts';

const DAY_MS = 86_400_000;
/** Longer than every grace of the collector. */
const ROUND_MS = 4 * DAY_MS;
const LANES = ['x', 'y', 'z'];
/** The longest that a kill may be held back to fall into a commit. */
const COMMIT_US = 4_000;
/** The last is written by the thread that digests it. */
const SIZES = [1, 700, 30_000, 40_000, 90_000, 1_200_000] as const;

const [folder = '', pathName = '', number = '0', seed = '0'] = process.argv.slice(2);
const dice = new Dice(Number(seed));
const path = writePaths[pathName];
if (path === undefined) throw new Error(`No path ${pathName}`);

/** Where the blow falls: in the writer, at a step here, or some time after a command was sent. */
const where = dice.pick(['writer', 'here', 'here', 'commit']);
const plan = { commands: path.commands, step: where === 'writer' ? dice.between(1, 16) : 0 };
process.env.MILLRACE_CRASH = JSON.stringify(plan);
let stepsHere = Number.POSITIVE_INFINITY;
let commitsHere = Number.POSITIVE_INFINITY;

const step = (): void => {
  if (--stepsHere <= 0) power.fail();
};
const power = new FailingPower(step);

// Every round is days after the last: what that left behind is old enough to be collected.
let aheadMs = Number(number) * ROUND_MS;
const clock: Clock = { now: () => Date.now() + aheadMs, schedule: () => () => {} };

const store = await openSqliteStore({
  folder: join(folder, 'records'),
  commands: new URL('./crashing-commands.ts', import.meta.url),
});
const { reads } = store;
const records: RecordStore = {
  reads,
  transact(name, input) {
    const watched = path.commands.includes(name);
    if (watched) step();
    const result = store.transact(name, input);
    if (watched && --commitsHere <= 0) {
      // Sent with this turn of the loop; the writer goes on while this thread only waits.
      setImmediate(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, dice.between(0, COMMIT_US) / 1_000);
        power.fail();
      });
    }
    return result.then((value) => {
      if (watched) step();
      return value;
    });
  },
  onCommit: (listener) => store.onCommit(listener),
  probe: () => store.probe(),
  close: () => store.close(),
};
const blobs = await openFileBlobStore({ folder: join(folder, 'blobs'), disk: power.disk });
const identities = new Identities(clock, systemRandom());
const keys = { current: () => ({ id: 'none', secret: randomBytes(32) }), find: () => undefined };
const ciphers = new BlobCiphers({ keys, random: systemRandom() });
const digests = new DigestThreads();
const objects = new ObjectService({ records, blobs, ciphers, digests, clock, identities });
const uploads = new UploadService({ records, blobs, ciphers, digests, clock, identities });
const buckets = new BucketService({ records, clock });
const keeper = new LifecycleKeeper({ records, clock, identities });
const journal = new Journal(folder);

const bucket = (await reads.buckets.byName('crashes')) ?? (await makeBucket());

async function makeBucket() {
  const made = await buckets.create({ name: 'crashes', ownerId: '1' });
  const rule = (id: string, prefix: string) => ({
    ...{ id, prefix, enabled: true, tags: [] },
    ...{ transitions: [], olderTransitions: [] },
  });
  await new SettingsService({ records, clock }).set(made, 'lifecycle', {
    rules: [
      { ...rule('expires', 'expires/'), expiration: { days: 1 } },
      { ...rule('moves', 'moves/'), transitions: [{ age: { days: 1 }, storageClass: 'IA' as const }] },
      // Of lifecycle alone, or the days between rounds would end the others' uploads.
      ...(pathName === 'lifecycle' ? [{ ...rule('aborts', ''), abortUploads: { days: 1 } }] : []),
    ],
  });
  return made;
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes of everything there is, by name. */
async function readWorld(): Promise<Map<string, Buffer>> {
  const world = new Map<string, Buffer>();
  const page = await objects.list(bucket, { prefix: '', delimiter: '', after: '', limit: 1_000 });
  for (const entry of page.entries) {
    if (!('object' in entry)) continue;
    const object = await objects.get(bucket, entry.object.key);
    const bytes = await collect(await objects.read(object));
    if (object.type === 'Normal') {
      assert.equal(object.etag, createHash('md5').update(bytes).digest('hex').toUpperCase(), object.key);
    }
    world.set(object.key, bytes);
  }
  const query = { prefix: '', delimiter: '', afterKey: '', afterId: '', limit: 1_000 };
  for (const entry of (await uploads.list(bucket, query)).entries) {
    if (!('upload' in entry)) continue;
    const { id, key } = entry.upload;
    const { parts } = await uploads.parts({ bucket, key, uploadId: id }, { after: 0, limit: 100 });
    const pieces = parts.map(({ segments, size }) =>
      collect(objectBytes(segments, { offset: 0, length: size }, { records, blobs, ciphers, digests })),
    );
    world.set(`upload:${id}`, Buffer.concat(await Promise.all(pieces)));
    ownersOfUploads.set(`upload:${id}`, key);
  }
  return world;
}

const ownersOfUploads = new Map<string, string>();

const described = (content: Content | null): string =>
  content === null ? 'nothing' : `${sizeOf(content)} bytes in ${content.length} pieces`;

/** Nothing acknowledged is lost, nothing is torn, and what was under way has happened whole or not at all. */
async function checkWorld(): Promise<void> {
  const found = await readWorld();
  const isSo = (name: string, content: Content | null): boolean => {
    const bytes = found.get(name);
    return content === null ? bytes === undefined : bytes?.equals(bytesOfContent(content)) === true;
  };
  const world: World = { ...journal.settled };
  for (const { before, after } of journal.pending) {
    const names = Object.keys(after);
    const state = [after, before].find((one) => names.every((name) => isSo(name, one[name] ?? null)));
    if (state === undefined) {
      const told = names.map((name) => {
        const bytes = found.get(name)?.length ?? 'no';
        return `${name} has ${bytes} bytes, was ${described(before[name] ?? null)}, was to be ${described(after[name] ?? null)}`;
      });
      assert.fail(`half a change: ${told.join('; ')}`);
    }
    Object.assign(world, state);
  }
  for (const [name, content] of Object.entries(world)) {
    assert.ok(isSo(name, content), `${name}: ${found.get(name)?.length ?? 'no'} bytes, not ${described(content)}`);
  }
  for (const name of found.keys()) {
    if ((world[name] ?? null) !== null) continue;
    // An upload whose beginning was never acknowledged, or not all of its parts.
    assert.ok(name.startsWith('upload:'), `${name} is there, and nobody has put it`);
    await uploads.abort({ bucket, key: ownersOfUploads.get(name) ?? '', uploadId: name.slice('upload:'.length) });
  }
  journal.settle(world);
}

/** After the collector, by its own graces, files and records agree to the last blob and reference. */
async function checkBlobs(): Promise<void> {
  aheadMs += ROUND_MS / 2;
  const collector = new Collector({ records, blobs, clock });
  await collector.collectGarbage();
  await collector.collectOrphans();
  const database = new BetterSqlite3(join(folder, 'records', 'records.db'), { readonly: true });
  const recorded = database
    .prepare<[], { id: string; refs: number; length: number; inline: number | null }>(
      'SELECT id, refs, length, inline_id AS inline FROM blobs ORDER BY id',
    )
    .all();
  const counts = database
    .prepare<[], { id: string; refs: number }>(
      `SELECT value ->> 0 AS id, COUNT(*) AS refs
       FROM (SELECT segments FROM objects UNION ALL SELECT segments FROM versions UNION ALL SELECT segments FROM parts),
         json_each(segments)
       GROUP BY 1 ORDER BY 1`,
    )
    .all();
  const bodies = database.prepare<[], number>('SELECT id FROM inline_bytes ORDER BY id').pluck().all();
  database.close();
  assert.deepEqual(
    recorded.map(({ id, refs }) => ({ id, refs })),
    counts,
    'blobs on record, and references to them',
  );
  const inline = recorded.flatMap((row) => (row.inline === null ? [] : [row.inline]));
  assert.deepEqual(
    bodies,
    inline.toSorted((a, b) => a - b),
    'bodies in the database, and blobs that have them',
  );
  const files: { id: string; length: number }[] = [];
  for await (const { id, length } of blobs.list()) files.push({ id, length });
  assert.deepEqual(
    files.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    recorded.filter((row) => row.inline === null).map(({ id, length }) => ({ id, length })),
    'files, and blobs that have one',
  );
}

let pieces = dice.between(0, 0x3fff_ffff);
const piece = (): Content[number] => ({ seed: pieces++, size: dice.pick(SIZES) });

/** In two chunks: the blow may fall between them. */
function bodyOf(content: Content): { bytes: AsyncIterable<Uint8Array>; length: number } {
  const bytes = bytesOfContent(content);
  const half = bytes.length >> 1;
  return {
    length: bytes.length,
    bytes: (async function* () {
      yield bytes.subarray(0, half);
      step();
      yield bytes.subarray(half);
    })(),
  };
}

function shopOf(lane: string): Shop {
  const change = async (after: World, send: () => Promise<unknown>): Promise<void> => {
    await journal.change(after, send);
    step();
  };
  const content = (name: string): Content | null => journal.content(name);
  const idOf = (name: string): string => name.slice('upload:'.length);
  return {
    dice,
    lane,
    content,
    piece,
    put(key) {
      const next = [piece()];
      return change({ [key]: next }, () => objects.put({ bucket, key, body: bodyOf(next) }));
    },
    append(key) {
      const before = content(key) ?? [];
      const more = piece();
      return change({ [key]: [...before, more] }, () =>
        objects.append({ bucket, key, position: sizeOf(before), body: bodyOf([more]) }),
      );
    },
    copy: (source, target) =>
      change({ [target]: content(source) }, () =>
        objects.copy({ source: { bucket, key: source, conditions: {} }, bucket, key: target }),
      ),
    remove: (names) =>
      change(Object.fromEntries(names.map((name) => [name, null])), () =>
        objects.removeMany(
          bucket,
          names.map((key) => ({ key })),
        ),
      ),
    async upload(key) {
      const { id } = await uploads.initiate({ bucket, key });
      const parts = [{ seed: pieces++, size: 102_400 }, piece()];
      for (const [index, part] of parts.entries()) {
        await uploads.putPart({ bucket, key, uploadId: id, number: index + 1, body: bodyOf([part]) });
      }
      const name = `upload:${id}`;
      // It came to be in several steps, and is promised from here on.
      await journal.change({ [name]: parts }, async () => {});
      return name;
    },
    complete: (upload, key) =>
      change({ [upload]: null, [key]: content(upload) }, () =>
        uploads.complete({ bucket, key, uploadId: idOf(upload), parts: 'all' }),
      ),
    abort: (upload, key) => change({ [upload]: null }, () => uploads.abort({ bucket, key, uploadId: idOf(upload) })),
    async expire(after) {
      aheadMs += 3 * DAY_MS;
      const sent = Promise.withResolvers<void>();
      const told = Object.entries(after).map(([name, next]) => journal.change({ [name]: next }, () => sent.promise));
      await keeper.pass();
      sent.resolve();
      await Promise.all(told);
    },
  };
}

await checkWorld();
await checkBlobs();
if (Number(seed) === 0) {
  await store.close();
} else {
  // Lifecycle passes are over everything: one does them.
  const shops = (pathName === 'lifecycle' ? LANES.slice(0, 1) : LANES).map(shopOf);
  // Uploads left over from earlier rounds have served.
  for (const name of Object.keys(journal.settled)) {
    const key = ownersOfUploads.get(name);
    if (key !== undefined) await shops[0]?.abort(name, key);
  }
  for (const shop of shops) await path.prepare(shop);
  if (where === 'here') stepsHere = dice.between(1, 30);
  if (where === 'commit') commitsHere = dice.between(1, shops.length * ACTS);
  await Promise.all(
    shops.map(async (shop) => {
      for (let act = 0; act < ACTS; act++) await path.act(shop, act);
    }),
  );
  power.fail();
}
