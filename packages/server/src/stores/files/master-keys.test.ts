import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openMasterKeys } from './master-keys.ts';

const random = { bytes: (count: number) => randomBytes(count) };
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-keys-'));
  file = join(folder, 'master-keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('makes a key when one is needed, which only the owner of the folder may read, and finds it again', () => {
  const keys = openMasterKeys(folder, random);
  assert.equal(keys.find('any'), undefined);
  assert.equal(existsSync(file), false);
  const made = keys.current();
  assert.equal(made.secret.byteLength, 32);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(keys.current(), made);
  const again = openMasterKeys(folder, random);
  assert.deepEqual(Buffer.from(again.current().secret), Buffer.from(made.secret));
  assert.deepEqual(again.find(made.id)?.id, made.id);
});

test('takes another key as the current one and keeps the older', () => {
  const older = openMasterKeys(folder, random).current();
  const kept: { current: string; keys: Record<string, string> } = JSON.parse(readFileSync(file, 'utf8'));
  const newer = randomBytes(32).toString('base64');
  writeFileSync(file, JSON.stringify({ current: 'newer', keys: { ...kept.keys, newer } }));
  const keys = openMasterKeys(folder, random);
  assert.equal(keys.current().id, 'newer');
  assert.deepEqual(Buffer.from(keys.find(older.id)?.secret ?? []), Buffer.from(older.secret));
});

test('refuses to start with keys that are none', () => {
  for (const text of ['{"current":"a","keys":{}}', '{"current":"a","keys":{"a":"c2hvcnQ="}}', '{}', 'not json']) {
    writeFileSync(file, text);
    assert.throws(() => openMasterKeys(folder, random), text);
  }
});
