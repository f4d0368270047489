import type { Clock } from '../domain/ports/clock.ts';

/** Bytes go on in pieces of at most this part of a second's worth, so that a slow stream flows instead of stuttering. */
const STEPS_PER_SECOND = 10;

/** Lets bytes through no faster than a rate, on average since the first. Waiting ends early when `signal` fires. */
export async function* paced(
  bytes: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const step = Math.max(1, Math.floor(bytesPerSecond / STEPS_PER_SECOND));
  let beganMs: number | undefined;
  let passed = 0;
  for await (const chunk of bytes) {
    beganMs ??= clock.now();
    for (let at = 0; at < chunk.byteLength; at += step) {
      const piece = chunk.subarray(at, at + step);
      passed += piece.byteLength;
      // Paid for before it goes on: whoever asks for one piece and stops has not been faster than the rate.
      await pause(beganMs + (passed / bytesPerSecond) * 1000 - clock.now(), clock, signal);
      yield piece;
    }
  }
}

function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> | undefined {
  if (ms <= 0 || signal.aborted) return undefined;
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.schedule(ms, done);
    signal.addEventListener('abort', done);
  });
}
