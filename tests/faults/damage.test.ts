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
import { ConnectionBroken, oss, type RunningServer, startServer } from '@millrace/testkit';
import BetterSqlite3 from 'better-sqlite3';

const INLINE = 2_000;
const FILE = 700_000;
const encrypted = { 'x-oss-server-side-encryption': 'AES256' };

const bodies: Record<string, { size: number; headers: Record<string, string> }> = {
  'inline plain': { size: INLINE, headers: {} },
  'inline encrypted': { size: INLINE, headers: encrypted },
  'file plain': { size: FILE, headers: {} },
  'file encrypted': { size: FILE, headers: encrypted },
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
  await server.kill('SIGTERM');
  const damaged = damageFirstOfEach(server, stored);
  assert.equal(damaged.size, 4);
  await server.restart();

  for (const [key, body] of stored) {
    if (!damaged.has(key)) {
      assert.deepEqual((await oss(server, { method: 'GET', path: pathOf(key) })).body, body);
      continue;
    }
    assert.equal(await served(server, key), false, `${key} was served`);
    assert.equal((await oss(server, { method: 'HEAD', path: pathOf(key) })).status, 200);
    const told = server.logs.filter((line) => line.includes('BlobDamaged') && line.includes(`"key\\":\\"${key}\\"`));
    assert.ok(told.length > 0, `the log does not name ${key}`);
  }

  await server.kill('SIGTERM');
  const found = await scrub(server.dataFolder);
  assert.deepEqual(new Set(found.flatMap(({ objects }) => objects.map(({ key }) => key))), damaged);
});

/** Whether a read gives anything that looks whole. */
async function served(server: RunningServer, key: string): Promise<boolean> {
  try {
    return (await oss(server, { method: 'GET', path: pathOf(key) })).status === 200;
  } catch (error) {
    assert.ok(error instanceof ConnectionBroken);
    return false;
  }
}

/** Flips a bit in one of each pair of bodies, in the folder of a server that has stopped. Gives their keys. */
function damageFirstOfEach({ dataFolder }: RunningServer, stored: ReadonlyMap<string, Buffer>): Set<string> {
  const database = new BetterSqlite3(join(dataFolder, 'records', 'records.db'));
  const files = readdirSync(join(dataFolder, 'blobs'), { recursive: true, encoding: 'utf8' });
  const damaged = new Set<string>();
  for (const key of stored.keys()) {
    if (key.endsWith('whole')) continue;
    damaged.add(key);
    const segments = database.prepare<[string], string>('SELECT segments FROM objects WHERE key = ?').pluck().get(key);
    const blob = /[0-9a-z]{20,}/.exec(segments ?? '')?.[0] ?? '';
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
  }
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
