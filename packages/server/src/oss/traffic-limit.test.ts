import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OssError } from './oss-error.ts';
import { paced, readTrafficLimit } from './traffic-limit.ts';

/** Time passes only by waiting. */
function stillClock() {
  let now = 0;
  return {
    now: () => now,
    schedule(delayMs: number, run: () => void) {
      now += delayMs;
      setImmediate(run);
      return () => undefined;
    },
  };
}

test('a megabyte at 100 KiB/s takes ten seconds and stays the same', async () => {
  const clock = stillClock();
  const chunks = [Buffer.alloc(1, 1), Buffer.alloc(700_000, 2), Buffer.alloc(0), Buffer.alloc(348_575, 3)];
  const pieces: Uint8Array[] = [];
  for await (const piece of paced(
    (async function* () {
      yield* chunks;
    })(),
    102_400,
    clock,
  )) {
    pieces.push(piece);
  }
  assert.ok(Buffer.concat(pieces).equals(Buffer.concat(chunks)));
  assert.ok(Math.max(...pieces.map((piece) => piece.byteLength)) <= 10_240);
  assert.ok(Math.abs(clock.now() - 10_240) < 50, `${clock.now()} ms`);
});

test('the limit stands in the header or the query, in bits, within the vendor’s bounds', () => {
  const none = new Map<string, string>();
  assert.equal(readTrafficLimit({}, none), undefined);
  assert.equal(readTrafficLimit({ 'x-oss-traffic-limit': '819200' }, none), 102_400);
  assert.equal(readTrafficLimit({}, new Map([['x-oss-traffic-limit', '838860800']])), 104_857_600);
  for (const value of ['', '0', '819199', '838860801', '1e6', '-819200', '819200.5']) {
    assert.throws(() => readTrafficLimit({ 'x-oss-traffic-limit': value }, none), OssError, value);
  }
});
