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
/** Below this a bar says less than the room it takes. */
const LEAST_WIDTH = 10;
const MOST_WIDTH = 40;

/** All transfers of one run in one line: how many, bytes, rate, time left. Drawn by the clock, so that a link that stands still shows. */
export class ProgressBar {
  readonly #out: Output;
  readonly #done = new Map<string, number>();
  readonly #samples: { at: number; bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout | undefined;
  #total = 0;
  #bytes = 0;
  #files = 0;
  #ended = 0;
  constructor(out: Output) {
    this.#out = out;
    this.#timer = out.terminal ? setInterval(() => this.#draw(), REDRAW_MS).unref() : undefined;
  }
  expect(bytes: number): void {
    this.#files++;
    this.#total += bytes;
  }
  moved(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#done.get(name) ?? 0);
    this.#done.set(name, bytes);
  }
  /** Forgets one that ended, so that ten thousand small files cost nothing. */
  end(name: string): void {
    this.#ended++;
    this.#done.delete(name);
  }
  close(): void {
    clearInterval(this.#timer);
    this.#out.status('');
  }
  #draw(): void {
    const now = Date.now();
    this.#samples.push({ at: now, bytes: this.#bytes });
    while ((this.#samples[0]?.at ?? now) < now - RATE_MS) this.#samples.shift();
    const first = this.#samples[0] ?? { at: now, bytes: this.#bytes };
    const rate = now === first.at ? 0 : ((this.#bytes - first.bytes) * 1000) / (now - first.at);
    this.#out.status(this.#line(rate, this.#out.columns() - 1));
  }
  /** What fits: on a narrow terminal the bar goes first, then what is furthest to the right. */
  #line(rate: number, columns: number): string {
    const share = this.#total === 0 ? 0 : Math.min(1, this.#bytes / this.#total);
    const left = rate > 0 ? humanTime((this.#total - this.#bytes) / rate) : humanTime(Number.POSITIVE_INFINITY);
    const facts = [
      `${String(Math.floor(share * 100)).padStart(3)} %`,
      `${humanSize(this.#bytes)} of ${humanSize(this.#total)}`,
      `${humanSize(Math.round(rate))}/s`,
      left,
      ...(this.#files > 1 ? [`${this.#ended} of ${this.#files} files`] : []),
    ];
    while (facts.length > 1 && facts.join('  ').length > columns) facts.pop();
    const text = facts.join('  ');
    const width = Math.min(MOST_WIDTH, columns - text.length - 3);
    if (width < LEAST_WIDTH) return text;
    const full = Math.round(width * share);
    return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${text}`;
  }
}
