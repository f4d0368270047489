import type { Clock } from '../domain/ports/clock.ts';
import { invalidArgument } from './oss-error.ts';

const NAME = 'x-oss-traffic-limit';
/** Vendor limits, in bit/s: 100 KiB/s and 100 MiB/s. */
const MIN_BITS = 819_200;
const MAX_BITS = 838_860_800;
/** How often in a second bytes move: so short a pause that it needs no way of being broken off. */
const MOVES_PER_SECOND = 10;

/** Bytes a second that the client wants a body held to, sent or received; undefined for as fast as it goes. */
export function readTrafficLimit(
  headers: Readonly<Record<string, string | undefined>>,
  query: ReadonlyMap<string, string>,
): number | undefined {
  const value = headers[NAME] ?? query.get(NAME);
  if (value === undefined) return undefined;
  const bits = /^\d{1,10}$/.test(value) ? Number(value) : 0;
  if (bits < MIN_BITS || bits > MAX_BITS) {
    const message = `The value of ${NAME} must be a whole number of bits a second from ${MIN_BITS} to ${MAX_BITS}.`;
    throw invalidArgument(NAME, value, message);
  }
  return bits / 8;
}

/** The same bytes, no faster than `bytesPerSecond`. */
export async function* paced(
  bytes: AsyncIterable<Uint8Array>,
  bytesPerSecond: number,
  clock: Clock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const most = Math.ceil(bytesPerSecond / MOVES_PER_SECOND);
  let dueMs = clock.now();
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.byteLength; start += most) {
      const piece = chunk.subarray(start, start + most);
      yield piece;
      // Time that the other side took counts as waited, and is not made up for by going faster later.
      dueMs = Math.max(dueMs, clock.now() - 1000 / MOVES_PER_SECOND) + (piece.byteLength / bytesPerSecond) * 1000;
      const waitMs = dueMs - clock.now();
      if (waitMs > 0) await new Promise<void>((resolve) => clock.schedule(waitMs, resolve));
    }
  }
}
