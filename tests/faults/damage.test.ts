/** Flips one bit of every stored body in turn: it is never served, the log names the object, and the scrub finds it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlobCiphers } from '@millrace/server/domain/objects/blob-cipher';
import { type Damage, Scrubber } from '@millrace/server/domain/objects/scrubber';
import { systemClock } from '@millrace/server/domain/ports/clock';
import { systemRandom } from '@millrace/server/domain/ports/random';
import { openFileBlobStore } from '@millrace/server/stores/files/file-blob-store';
import { openMasterKeys } from '@millrace/server/stores/files/master-keys';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';
import { ConnectionBroken, oss, type RunningServer, type SignedRequest, startServer, until } from '@millrace/testkit';
import BetterSqlite3 from 'better-sqlite3';

const INLINE = 2_000;
const FILE = 700_000;
/** Of more than two marks, the damaged bit being in the middle. */
const LONG = 3 * 1024 * 1024;
const encrypted = { 'x-oss-server-side-encryption': 'AES256' };

const bodies: Record<string, { size: number; headers: Record<string, string> }> = {
  'inline plain': { size: INLINE, headers: {} },
  'inline encrypted': { size: INLINE, headers: encrypted },
  'file plain': { size: FILE, headers: {} },
  'file encrypted': { size: FILE, headers: encrypted },
  'long plain': { size: LONG, headers: {} },
  'long encrypted': { size: LONG, headers: encrypted },
  'long unmarked': { size: LONG, headers: {} },
};

const pathOf = (key: string): string => `/damage/${encodeURIComponent(key)}`;

test('a flipped bit is never served, and found', { timeout: 120_000 }, async (t) => {
  const server = await startServer({ test: t });
  assert.equal((await oss(server, { method: 'PUT', path: '/damage/' })).status, 200);
  const stored = new Map<string, Buffer>();
  for (const [key, { size, headers }] of Object.entries(bodies)) {
    for (const name of [key, `${key}, whole`]) {
      const body = randomBytes(size);
      stored.set(name, body);
      assert.equal((await oss(server, { method: 'PUT', path: pathOf(name), body, headers })).status, 200);
    }
  }
  await putInPieces(server, stored);
  const olderVersion = await putTwoVersions(server);
  await server.kill('SIGTERM');
  const damaged = damageFirstOfEach(server, stored);
  assert.equal(damaged.size, 9);
  await server.restart();

  for (const [key, body] of stored) {
    if (!damaged.has(key)) {
      assert.deepEqual((await oss(server, { method: 'GET', path: pathOf(key) })).body, body);
      continue;
    }
    assert.equal(await served(server, { path: pathOf(key) }), false, `${key} was served`);
    assert.equal((await oss(server, { method: 'HEAD', path: pathOf(key) })).status, 200);
    // A line may come later than the answer.
    await until(`the log to name ${key}`, 10_000, () =>
      server.logs.some((line) => line.includes('BlobDamaged') && line.includes(`"key\\":\\"${key}\\"`)),
    );
  }

  // Of what is read as one chunk, no part is served either: from the byte that is damaged, or from far off it.
  for (const range of ['bytes=0-9', 'bytes=990-1010']) {
    for (const key of ['inline plain', 'inline encrypted']) {
      assert.equal(
        await served(server, { path: pathOf(key), headers: { range } }),
        false,
        `${range} of ${key} was served`,
      );
    }
  }
  assert.equal(await served(server, { path: pathOf('appended'), headers: { range: 'bytes=60000-60009' } }), false);
  // Pieces that are whole are.
  assert.equal(await served(server, { path: pathOf('appended'), headers: { range: 'bytes=0-49999' } }), true);

  // Of what is longer, no part is that is verified with the damaged byte; others are, unless nothing but the whole can tell.
  for (const [key, ends] of [
    ['long plain', true],
    ['long encrypted', true],
    ['long unmarked', false],
  ] as const) {
    const path = pathOf(key);
    const around = ['bytes=1572860-1572870', 'bytes=1048576-2097151', 'bytes=0-3145720', 'bytes=1048577-1048577'];
    for (const range of around)
      assert.equal(await served(server, { path, headers: { range } }), false, `${range} of ${key} was served`);
    for (const range of ['bytes=0-1048575', 'bytes=2097152-2097152', 'bytes=-5'])
      assert.equal(await served(server, { path, headers: { range } }), ends, `${range} of ${key}`);
  }

  const link = { path: '/damage/link', headers: { 'x-oss-symlink-target': encodeURIComponent('file plain') } };
  assert.equal((await oss(server, { method: 'PUT', query: { symlink: '' }, ...link })).status, 200);
  assert.equal(await served(server, { path: link.path }), false, 'served through a link');

  const versions = { path: '/damage-versions/k' };
  assert.equal(
    await served(server, { ...versions, query: { versionId: olderVersion } }),
    false,
    'an old version was served',
  );
  assert.equal(await served(server, versions), true);

  await server.kill('SIGTERM');
  const found = await scrub(server.dataFolder);
  const named = found.flatMap(({ objects }) => objects.map(({ bucket, key }) => `${bucket}/${key}`));
  assert.deepEqual(new Set(named), new Set([...[...damaged].map((key) => `damage/${key}`), 'damage-versions/k']));
});

/** Objects of several blobs each, of which the last is the one to be damaged. */
async function putInPieces(server: RunningServer, stored: Map<string, Buffer>): Promise<void> {
  for (const name of ['multipart', 'multipart, whole', 'appended', 'appended, whole']) {
    const pieces = [randomBytes(name.startsWith('appended') ? 50_000 : 200_000), randomBytes(60_000)];
    const path = pathOf(name);
    if (name.startsWith('appended')) {
      for (const [index, body] of pieces.entries()) {
        const query = { append: '', position: index === 0 ? '0' : '50000' };
        assert.equal((await oss(server, { method: 'POST', path, query, body })).status, 200);
      }
    } else {
      const begun = await oss(server, { method: 'POST', path, query: { uploads: '' }, body: '' });
      const uploadId = /<UploadId>(\w+)</.exec(begun.text)?.[1] ?? '';
      for (const [index, body] of pieces.entries()) {
        const query = { partNumber: String(index + 1), uploadId };
        assert.equal((await oss(server, { method: 'PUT', path, query, body })).status, 200);
      }
      const headers = { 'x-oss-complete-all': 'yes' };
      assert.equal((await oss(server, { method: 'POST', path, query: { uploadId }, headers, body: '' })).status, 200);
    }
    stored.set(name, Buffer.concat(pieces));
  }
}

/** Gives the id of the older one, which is the one to be damaged. */
async function putTwoVersions(server: RunningServer): Promise<string> {
  assert.equal((await oss(server, { method: 'PUT', path: '/damage-versions/' })).status, 200);
  const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  const query = { versioning: '' };
  assert.equal((await oss(server, { method: 'PUT', path: '/damage-versions/', query, body })).status, 200);
  const put = () => oss(server, { method: 'PUT', path: '/damage-versions/k', body: randomBytes(FILE) });
  const older = (await put()).headers['x-oss-version-id'];
  assert.equal((await put()).status, 200);
  return older ?? assert.fail('no version');
}

/** Whether a read gives anything that looks whole. */
async function served(server: RunningServer, request: Omit<SignedRequest, 'method'>): Promise<boolean> {
  try {
    return (await oss(server, { method: 'GET', ...request })).status < 300;
  } catch (error) {
    assert.ok(error instanceof ConnectionBroken);
    return false;
  }
}

/** Flips a bit in one of each pair of bodies, and in an old version, of a server that has stopped. Gives their keys. */
function damageFirstOfEach({ dataFolder }: RunningServer, stored: ReadonlyMap<string, Buffer>): Set<string> {
  const database = new BetterSqlite3(join(dataFolder, 'records', 'records.db'));
  const files = readdirSync(join(dataFolder, 'blobs'), { recursive: true, encoding: 'utf8' });
  const damaged = new Set<string>();
  const segmentsOf = (table: 'objects' | 'versions', key: string): string =>
    database.prepare<[string], string>(`SELECT segments FROM ${table} WHERE key = ?`).pluck().get(key) ?? '';
  const damageLast = (segments: string): void => {
    const listed: [blob: string, ...unknown[]][] = JSON.parse(segments);
    const blob = listed.at(-1)?.[0] ?? '';
    const inlineId = database
      .prepare<[string], number | null>('SELECT inline_id FROM blobs WHERE id = ?')
      .pluck()
      .get(blob);
    if (typeof inlineId === 'number') {
      const data = database
        .prepare<[number], Buffer>('SELECT data FROM inline_bytes WHERE id = ?')
        .pluck()
        .get(inlineId);
      database.prepare('UPDATE inline_bytes SET data = ? WHERE id = ?').run(flipped(data ?? Buffer.alloc(1)), inlineId);
    } else {
      const path = join(dataFolder, 'blobs', files.find((file) => file.endsWith(blob)) ?? '');
      assert.ok(statSync(path).isFile());
      writeFileSync(path, flipped(readFileSync(path)));
    }
  };
  for (const key of stored.keys()) {
    if (key.endsWith('whole')) continue;
    damaged.add(key);
    damageLast(segmentsOf('objects', key));
  }
  damageLast(segmentsOf('versions', 'k'));
  const [[unmarked]]: [[string]] = JSON.parse(segmentsOf('objects', 'long unmarked'));
  assert.equal(database.prepare('DELETE FROM blob_marks WHERE blob_id = ?').run(unmarked).changes, 1);
  database.close();
  return damaged;
}

function flipped(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
}

async function scrub(dataFolder: string): Promise<Damage[]> {
  const records = await openSqliteStore({ folder: join(dataFolder, 'records') });
  try {
    const blobs = await openFileBlobStore({ folder: join(dataFolder, 'blobs') });
    const random = systemRandom();
    const ciphers = new BlobCiphers({ keys: openMasterKeys(dataFolder, random), random });
    const found: Damage[] = [];
    await new Scrubber({ reads: records.reads, blobs, ciphers, clock: systemClock }).pass((damage) =>
      found.push(damage),
    );
    return found;
  } finally {
    await records.close();
  }
}
