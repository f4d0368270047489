import type { Clock } from '../ports/clock.ts';

/** A clock that stands still until it is moved. */
export class MovedClock implements Clock {
  #now = Date.parse('2026-01-02T03:04:05Z');
  #alarms = new Set<{ atMs: number; ring: () => void }>();

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, ring: () => void): () => void {
    const alarm = { atMs: this.#now + delayMs, ring };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const alarm of [...this.#alarms].sort((a, b) => a.atMs - b.atMs)) {
      if (alarm.atMs <= this.#now && this.#alarms.delete(alarm)) alarm.ring();
    }
  }
}
