import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import type { Clock } from './domain/ports/clock.ts';
import { startUpkeep } from './upkeep.ts';

const MINUTE = 60_000;

/** A clock that calls back, when it is moved, whatever has become due. */
class MovedClock implements Clock {
  #nowMs = 0;
  #due = new Set<{ atMs: number; callback: () => void }>();
  now(): number {
    return this.#nowMs;
  }
  schedule(delayMs: number, callback: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, callback };
    this.#due.add(entry);
    return () => void this.#due.delete(entry);
  }
  async move(ms: number): Promise<void> {
    this.#nowMs += ms;
    for (const entry of [...this.#due]) {
      if (entry.atMs > this.#nowMs || !this.#due.delete(entry)) continue;
      entry.callback();
    }
    await turn();
  }
}

function setUp(garbage: (signal?: AbortSignal) => Promise<number>) {
  const clock = new MovedClock();
  const passes = { orphans: 0, scrub: 0 };
  const lines: { level: number; msg: string; count?: number; objects?: unknown }[] = [];
  const upkeep = startUpkeep({
    collector: {
      collectGarbage: garbage,
      collectOrphans: async () => {
        passes.orphans++;
        return 0;
      },
    },
    scrubber: {
      pass: async (found) => {
        passes.scrub++;
        found({ blob: 'one', reason: 'torn', objects: [{ bucket: 'b', key: 'k' }] });
        return 1;
      },
    },
    lifecycle: { pass: async () => 0 },
    lifecycleMs: 60 * MINUTE,
    clock,
    log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
  return { clock, passes, lines, upkeep };
}

test('released bytes are looked for every minute, orphans from the first minute on, damage after a day', async () => {
  let garbage = 0;
  const { clock, passes, lines } = setUp(async () => ++garbage);
  await clock.move(MINUTE - 1);
  assert.deepEqual([garbage, passes.orphans, passes.scrub], [0, 0, 0]);
  await clock.move(1);
  assert.deepEqual([garbage, passes.orphans, passes.scrub], [1, 1, 0]);
  await clock.move(MINUTE);
  assert.deepEqual([garbage, passes.orphans, passes.scrub], [2, 1, 0]);
  assert.deepEqual(
    lines.map(({ msg, count }) => [msg, count]),
    [
      ['released blobs removed', 1],
      ['released blobs removed', 2],
    ],
  );
  await clock.move(24 * 60 * MINUTE);
  assert.equal(passes.scrub, 1);
  const damage = lines.find(({ msg }) => msg === 'stored bytes are damaged');
  assert.deepEqual(damage?.objects, [{ bucket: 'b', key: 'k' }]);
});

test('a pass that fails is logged and tried again', async () => {
  let attempts = 0;
  const { clock, lines } = setUp(async () => {
    attempts++;
    throw new Error('no disk');
  });
  await clock.move(MINUTE);
  await clock.move(MINUTE);
  assert.equal(attempts, 2);
  assert.equal(lines.filter(({ level, msg }) => level === 50 && msg === 'released blobs removed: failed').length, 2);
});

test('a pass under way is told to end and waited for, and none begins after it', async () => {
  let begun = 0;
  const { clock, upkeep } = setUp(
    (signal) =>
      new Promise((resolve) => {
        begun++;
        signal?.addEventListener('abort', () => resolve(0));
      }),
  );
  await clock.move(MINUTE);
  assert.equal(begun, 1);
  upkeep.stop();
  await upkeep.stopped();
  await clock.move(48 * 60 * MINUTE);
  assert.equal(begun, 1);
});
