import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExif } from './exif.ts';

test('directories that lie over one another, and point at one another, are not read for long', () => {
  // Each pair of bytes begins a directory with as many entries as fit; each entry points at another such directory.
  const bytes = Buffer.alloc(65_000);
  for (let at = 8; at + 12 <= bytes.length; at += 12) {
    bytes.writeUInt16BE(0x8769, at);
    bytes.writeUInt16BE(4, at + 2);
    bytes.writeUInt32BE(1, at + 4);
    bytes.writeUInt32BE((at * 7) % 64_000, at + 8);
  }
  bytes.write('MM\0*\0\0\0\x06', 'latin1');
  bytes.writeUInt16BE(5_000, 6);
  const began = performance.now();
  for (let offset = 6; offset < 600; offset += 2) {
    bytes.writeUInt32BE(offset, 4);
    readExif(bytes);
  }
  assert.ok(performance.now() - began < 10_000);
});
