import assert from 'node:assert/strict';
import { test } from 'node:test';
import { once } from '../domain/objects/object-bytes.ts';
import { releaseChunk, takeChunk } from '../domain/objects/shared-chunks.ts';
import type { Clock } from '../domain/ports/clock.ts';
import { paced } from './pace.ts';

/** A clock that jumps to whatever is scheduled. */
function jumpingClock(): Clock & { nowMs: number } {
  return {
    nowMs: 0,
    now() {
      return this.nowMs;
    },
    schedule(delayMs, callback) {
      const at = this.nowMs + delayMs;
      queueMicrotask(() => {
        this.nowMs = Math.max(this.nowMs, at);
        callback();
      });
      return () => {};
    },
  };
}

async function* chunks(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield Buffer.alloc(size, 1);
}

test('lets bytes through at the rate that was asked for, in small steps', async () => {
  const clock = jumpingClock();
  const at: [number, number][] = [];
  let size = 0;
  for await (const piece of paced(chunks(2_500, 500, 0, 1_000), 1_000, clock, new AbortController().signal)) {
    size += piece.byteLength;
    at.push([size, clock.nowMs]);
    assert.ok(piece.byteLength <= 100);
  }
  assert.equal(size, 4_000);
  for (const [bytes, ms] of at) assert.equal(ms, bytes);
});

test('does not wait for a client that has gone', async () => {
  const stuck: Clock = { now: () => 0, schedule: () => () => {} };
  const gone = new AbortController();
  const stream = paced(chunks(10_000), 1, stuck, gone.signal);
  const waiting = stream.next();
  setImmediate(() => gone.abort());
  assert.equal((await waiting).done, false);
  assert.equal((await stream.next()).done, false);
  await stream.return();
});

test('does not give a chunk away with the first of its pieces', async () => {
  const chunk = takeChunk();
  assert.ok(chunk);
  const stream = paced(once(chunk), 1_000_000, jumpingClock(), new AbortController().signal);
  const first = await stream.next();
  assert.ok(first.value && first.value.byteLength < chunk.byteLength);
  releaseChunk(first.value);
  const another = takeChunk();
  assert.notEqual(another?.buffer, chunk.buffer);
  await stream.return();
});
