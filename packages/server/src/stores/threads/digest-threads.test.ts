import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crc64 } from '../../domain/objects/crc64.ts';
import { takeChunk } from '../../domain/objects/shared-chunks.ts';
import { DigestThreads } from './digest-threads.ts';

describe('DigestThreads', () => {
  const threads = new DigestThreads();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-digests-'));
  after(async () => {
    await threads.close();
    rmSync(folder, { recursive: true });
  });

  it('digests what comes in pieces of shared and of ordinary memory, several bodies at a time', async () => {
    const bodies = Array.from({ length: 6 }, () => Array.from({ length: 5 }, () => randomBytes(100_000)));
    const work = bodies.map(async (pieces) => {
      const [both, crc] = [threads.begin('md5', 'crc64'), threads.begin('crc64')];
      for (const [index, piece] of pieces.entries()) {
        const chunk = takeChunk();
        assert.ok(chunk);
        chunk.set(piece);
        const bytes = index % 2 === 0 ? chunk.subarray(0, piece.length) : piece;
        await Promise.all([both.update(bytes), crc.update(bytes)]);
      }
      const whole = Buffer.concat(pieces);
      const md5 = createHash('md5').update(whole).digest('hex').toUpperCase();
      assert.deepEqual(await crc.result(), { crc64: crc64(whole) });
      assert.deepEqual(await both.result(), { crc64: crc64(whole), md5 });
    });
    await Promise.all(work);
  });

  it('writes files and reads them back by the way, and tells why it cannot', async () => {
    const path = join(folder, 'file');
    const bytes = randomBytes(3_000_000);
    const [whole, half] = [await open(path, 'w+'), await open(path, 'r')];
    const [writing, reading] = [threads.begin('marks', 'md5'), threads.begin('crc64')];
    const pieces = [bytes.subarray(0, 1_400_000), bytes.subarray(1_400_000)];
    await Promise.all(pieces.map((piece) => writing.write(whole, piece)));
    assert.ok((await readFile(path)).equals(bytes));
    assert.equal((await writing.result()).md5, createHash('md5').update(bytes).digest('hex').toUpperCase());
    const chunk = takeChunk();
    assert.ok(chunk);
    assert.equal(await reading.read({ fd: half.fd, position: 0 }, chunk), chunk.length);
    assert.ok(bytes.subarray(0, chunk.length).equals(chunk));
    assert.equal(await reading.read({ fd: half.fd, position: 2_999_990 }, chunk), 10);
    const read = Buffer.concat([bytes.subarray(0, chunk.length), bytes.subarray(2_999_990)]);
    assert.deepEqual(await reading.result(), { crc64: crc64(read) });
    await assert.rejects(threads.begin('crc64').write(half, bytes), { code: 'EBADF' });
    await Promise.all([whole.close(), half.close()]);
  });

  it('tells whoever waits for a digest that was abandoned', async () => {
    const digest = threads.begin('crc64');
    const waiting = assert.rejects(digest.result(), /abandoned/);
    digest.abandon();
    await waiting;
    await assert.rejects(digest.update(Buffer.of(1)), /abandoned/);
    digest.abandon();
  });
});
