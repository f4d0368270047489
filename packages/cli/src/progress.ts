import type { Output } from './verb.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

export function humanTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return '--:--';
  const whole = Math.max(0, Math.round(seconds));
  const two = (number: number): string => String(number).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** A bar is drawn again this often: more would only flicker. */
const REDRAW_MS = 100;
/** The rate is that of the last seconds, not of the whole run. */
const RATE_MS = 5000;

/** All transfers of one run in one line: bytes, rate, time left. */
export class ProgressBar {
  readonly #out: Output;
  readonly #done = new Map<string, number>();
  readonly #samples: { at: number; bytes: number }[] = [];
  #total = 0;
  #bytes = 0;
  #drawn = 0;
  constructor(out: Output) {
    this.#out = out;
  }
  expect(bytes: number): void {
    this.#total += bytes;
  }
  moved(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#done.get(name) ?? 0);
    this.#done.set(name, bytes);
    const now = Date.now();
    if (!this.#out.terminal || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#samples.push({ at: now, bytes: this.#bytes });
    while ((this.#samples[0]?.at ?? now) < now - RATE_MS) this.#samples.shift();
    const first = this.#samples[0] ?? { at: now, bytes: this.#bytes };
    const rate = now === first.at ? 0 : ((this.#bytes - first.bytes) * 1000) / (now - first.at);
    this.#out.status(this.#line(rate));
  }
  #line(rate: number): string {
    const share = this.#total === 0 ? 1 : Math.min(1, this.#bytes / this.#total);
    const left = humanTime((this.#total - this.#bytes) / rate);
    const facts = `${String(Math.floor(share * 100)).padStart(3)} % ${humanSize(this.#bytes)} of ${humanSize(this.#total)} ${humanSize(Math.round(rate))}/s ${left}`;
    const width = Math.max(0, Math.min(40, this.#out.columns() - facts.length - 4));
    const full = Math.round(width * share);
    return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${facts}`;
  }
  /** Forgets one that ended, so that ten thousand small files cost nothing. */
  end(name: string): void {
    this.#done.delete(name);
  }
  clear(): void {
    this.#out.status('');
  }
}
