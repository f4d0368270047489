import assert from 'node:assert/strict';
import { test } from 'node:test';
import { archiveRule, nameInArchive } from './file-compression.ts';

test('an alias renames a file, moves a folder, or leaves folders out', () => {
  const name = (uri: string, mode: string, alias: string, key: string) =>
    nameInArchive(archiveRule(uri, mode, alias), key);
  assert.equal(name('oss://b/in/', 'prefix', '', 'in/deep/a.txt'), 'in/deep/a.txt');
  assert.equal(name('oss://b/in/', 'prefix', '/', 'in/deep/a.txt'), 'a.txt');
  assert.equal(name('oss://b/in/', 'prefix', '/new/', 'in/deep/a.txt'), 'new/deep/a.txt');
  assert.equal(name('oss://b/in/de', 'prefix', '/new/', 'in/deep/a.txt'), 'new/deep/a.txt');
  assert.equal(name('oss://b/in/', 'prefix', 'new', 'in/deep/a.txt'), 'new/deep/a.txt');
  assert.equal(name('oss://b/in/', 'prefix', '/new/', 'in/deep/'), 'new/deep/');
  assert.equal(name('oss://b/in/a.txt', 'fullname', '/new/', 'in/a.txt'), 'new/a.txt');
  assert.equal(name('oss://b/in/a.txt', 'fullname', 'c.txt', 'in/a.txt'), 'c.txt');
  assert.equal(name('oss://b/in/a.txt', 'fullname', '//c.txt', 'in/a.txt'), 'c.txt');
});
