import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readExif } from './exif.ts';

/** Tags of one byte each, every one in a directory that the one before points at. */
function chain(tags: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 + tags.length * 30);
  bytes.write('MM\0*\0\0\0\x08', 'latin1');
  for (const [index, tag] of tags.entries()) {
    const at = 8 + index * 30;
    bytes.writeUInt16BE(2, at);
    bytes.writeUInt16BE(tag, at + 2);
    bytes.writeUInt16BE(1, at + 4);
    bytes.writeUInt32BE(1, at + 6);
    bytes.writeUInt16BE(0x8769, at + 14);
    bytes.writeUInt16BE(4, at + 16);
    bytes.writeUInt32BE(1, at + 18);
    bytes.writeUInt32BE(at + 30, at + 22);
  }
  return bytes;
}

test('reads no more directories than a camera could have written, however many there are', () => {
  const tags = [254, 259, 262, 277, 284, 296, 34850, 37383, 37384, 37385, 40961, 41495];
  const found = readExif(chain(tags));
  assert.equal(found.has('MeteringMode'), true);
  assert.equal(found.has('LightSource'), false);
});
