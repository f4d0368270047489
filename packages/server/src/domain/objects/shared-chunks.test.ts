import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { CHUNK_BYTES, ChunkGatherer, holdChunk, releaseChunk, takeChunk, trimChunk } from './shared-chunks.ts';

function taken(): Uint8Array {
  const chunk = takeChunk();
  assert.ok(chunk, 'all chunks are out');
  return chunk;
}

describe('a chunk of shared memory', () => {
  it('is used again once its last holder has released it, and not before', () => {
    const first = taken();
    holdChunk(first);
    releaseChunk(first);
    assert.notEqual(taken().buffer, first.buffer);
    releaseChunk(first);
    assert.equal(taken().buffer, first.buffer);
  });

  it('is not given away by releasing it once too often, a part of it, or bytes from elsewhere', () => {
    const chunk = taken();
    releaseChunk(chunk.subarray(0, 5));
    releaseChunk(Buffer.alloc(5));
    assert.notEqual(taken().buffer, chunk.buffer);
    releaseChunk(chunk);
    releaseChunk(chunk);
    const again = taken();
    assert.equal(again.buffer, chunk.buffer);
    releaseChunk(chunk);
    assert.notEqual(taken().buffer, again.buffer);
  });

  it('is as long as before when the next one takes it, though the last trimmed it', () => {
    const whole = taken();
    assert.equal(trimChunk(whole, whole.length), whole);
    const trimmed = trimChunk(whole, 10);
    assert.equal(trimmed.length, 10);
    releaseChunk(whole);
    assert.notEqual(taken().buffer, whole.buffer);
    releaseChunk(trimmed);
    const again = taken();
    assert.equal(again.buffer, whole.buffer);
    assert.equal(again.length, whole.length);
  });

  it('cannot be had without end', () => {
    const held: Uint8Array[] = [];
    for (let next = takeChunk(); next !== undefined; next = takeChunk()) {
      held.push(next);
      assert.ok(held.length <= 64);
    }
    const [first] = held;
    if (first) releaseChunk(first);
    assert.equal(takeChunk()?.buffer, first?.buffer);
    for (const chunk of held) releaseChunk(chunk);
  });
});

describe('pieces that are gathered', () => {
  it('become whole chunks and a rest, with the same bytes in the same order', () => {
    const bytes = randomBytes(2 * CHUNK_BYTES + 5_000);
    const gatherer = new ChunkGatherer();
    const chunks: Uint8Array[] = [];
    const take = (next: Uint8Array | undefined): void => {
      if (next) chunks.push(next);
    };
    for (let at = 0; at < bytes.length; at += 65_536) {
      gatherer.add(bytes.subarray(at, at + 65_536));
      for (; gatherer.ready > 0; ) take(gatherer.take());
    }
    take(gatherer.takeRest());
    assert.deepEqual(
      chunks.map(({ length }) => length),
      [CHUNK_BYTES, CHUNK_BYTES, 5_000],
    );
    assert.ok(Buffer.concat(chunks).equals(bytes));
    assert.equal(gatherer.takeRest(), undefined);
    for (const chunk of chunks) releaseChunk(chunk);
  });

  it('go on as they are where they are shared memory already, behind what came before', () => {
    const gatherer = new ChunkGatherer();
    const shared = taken();
    gatherer.add(Buffer.from('before'));
    gatherer.add(shared);
    const before = gatherer.take();
    assert.equal(String(before), 'before');
    assert.equal(gatherer.take(), shared);
    for (const chunk of [before, shared]) if (chunk) releaseChunk(chunk);
  });

  it('go on as they are while no chunk is to be had', () => {
    const held: Uint8Array[] = [];
    for (let next = takeChunk(); next !== undefined; next = takeChunk()) held.push(next);
    const gatherer = new ChunkGatherer();
    const piece = randomBytes(1_000);
    gatherer.add(piece);
    assert.ok(Buffer.from(gatherer.take() ?? []).equals(piece));
    for (const chunk of held) releaseChunk(chunk);
  });
});
