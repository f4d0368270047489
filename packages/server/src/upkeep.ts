import type { Logger } from 'pino';
import type { Collector } from './domain/objects/collector.ts';
import type { LifecycleKeeper } from './domain/objects/lifecycle-keeper.ts';
import type { Damage, Scrubber } from './domain/objects/scrubber.ts';
import type { Clock } from './domain/ports/clock.ts';

const COLLECT_GARBAGE_MS = 60_000;
const COLLECT_ORPHANS_MS = 6 * 3_600_000;
const SCRUB_MS = 24 * 3_600_000;

export interface Upkeep {
  /** Begins no more passes, and has those under way end early. */
  stop(): void;
  /** Resolves when no pass is under way any more. */
  stopped(): Promise<void>;
}

/** Removes unreferenced bytes, reads the others again, and lets objects expire, from time to time. */
export function startUpkeep(parts: {
  collector: Pick<Collector, 'collectGarbage' | 'collectOrphans'>;
  scrubber: Pick<Scrubber, 'pass'>;
  lifecycle: Pick<LifecycleKeeper, 'pass'>;
  /** Rules count in days that end at midnight, but are put at any time. */
  lifecycleMs: number;
  clock: Clock;
  log: Logger;
}): Upkeep {
  const { collector, scrubber, lifecycle, lifecycleMs, clock, log } = parts;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  const cancels = new Set<() => void>();
  const every = (intervalMs: number, firstMs: number, what: string, pass: () => Promise<number>): void => {
    const later = (delayMs: number): void => {
      const cancel = clock.schedule(delayMs, () => {
        cancels.delete(cancel);
        const running = pass()
          .then((count) => {
            if (count > 0) log.info({ count }, what);
          })
          .catch((err: unknown) => log.error({ err }, `${what}: failed`))
          .then(() => {
            underWay.delete(running);
            if (!stopping.signal.aborted) later(intervalMs);
          });
        underWay.add(running);
      });
      cancels.add(cancel);
    };
    later(firstMs);
  };
  const { signal } = stopping;
  every(COLLECT_GARBAGE_MS, COLLECT_GARBAGE_MS, 'released blobs removed', () => collector.collectGarbage(signal));
  every(COLLECT_ORPHANS_MS, COLLECT_GARBAGE_MS, 'orphaned blobs removed', () => collector.collectOrphans(signal));
  const firstMs = Math.min(COLLECT_GARBAGE_MS, lifecycleMs);
  every(lifecycleMs, firstMs, 'objects expired or moved by rule', () => lifecycle.pass(signal));
  const report = (damage: Damage): void => log.error(damage, 'stored bytes are damaged');
  every(SCRUB_MS, SCRUB_MS, 'damaged blobs found', () => scrubber.pass(report, signal));
  return {
    stop() {
      stopping.abort();
      for (const cancel of cancels) cancel();
    },
    stopped: async () => {
      await Promise.all(underWay);
    },
  };
}
