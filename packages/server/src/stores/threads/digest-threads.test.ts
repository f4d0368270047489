import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { crc64 } from '../../domain/objects/crc64.ts';
import { takeChunk } from '../../domain/objects/shared-chunks.ts';
import { DigestThreads } from './digest-threads.ts';

describe('DigestThreads', () => {
  const threads = new DigestThreads();
  after(() => threads.close());

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

  it('tells whoever waits for a digest that was abandoned', async () => {
    const digest = threads.begin('crc64');
    const waiting = assert.rejects(digest.result(), /abandoned/);
    digest.abandon();
    await waiting;
    await assert.rejects(digest.update(Buffer.of(1)), /abandoned/);
    digest.abandon();
  });
});
