import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdChunk, releaseChunk, takeChunk } from './shared-chunks.ts';

test('a chunk is used again once its last holder has released it, and not before', () => {
  const first = takeChunk();
  holdChunk(first.subarray(10));
  releaseChunk(first);
  assert.notEqual(takeChunk().buffer, first.buffer);
  releaseChunk(first.subarray(0, 5));
  assert.equal(takeChunk().buffer, first.buffer);
});

test('releasing once too often, or bytes from elsewhere, gives nothing away', () => {
  const chunk = takeChunk();
  releaseChunk(chunk);
  releaseChunk(chunk);
  releaseChunk(Buffer.alloc(5));
  const again = takeChunk();
  assert.equal(again.buffer, chunk.buffer);
  assert.notEqual(takeChunk().buffer, again.buffer);
});
