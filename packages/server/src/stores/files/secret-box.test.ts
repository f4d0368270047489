import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { systemRandom } from '../../domain/ports/random.ts';
import { openSecretBox } from './secret-box.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-box-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what was sealed opens after a restart, for its purpose only', () => {
  const sealed = openSecretBox(folder, systemRandom()).seal('sécret', 'key 1');
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /cret/);
  const box = openSecretBox(folder, systemRandom());
  assert.equal(box.open(sealed, 'key 1'), 'sécret');
  assert.equal(box.open(sealed, 'key 2'), undefined);
  assert.notEqual(box.seal('sécret', 'key 1'), sealed);
});

test('what was changed anywhere, cut or spelled otherwise does not open', () => {
  const box = openSecretBox(folder, systemRandom());
  const sealed = box.seal('a secret', 'p');
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    assert.equal(box.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'p'), undefined, String(at));
  }
  for (const bad of ['', 'x', sealed.slice(0, -4), `${sealed}=`, `${sealed}AAAA`, ` ${sealed}`]) {
    assert.equal(box.open(bad, 'p'), undefined, bad);
  }
});

test('the key is readable by its owner only, and one that is no key is refused', () => {
  openSecretBox(folder, systemRandom());
  assert.equal(statSync(join(folder, 'secret-box.key')).mode & 0o777, 0o600);
  writeFileSync(join(folder, 'secret-box.key'), 'short');
  assert.throws(() => openSecretBox(folder, systemRandom()), /must hold 32 bytes in base64/);
});
