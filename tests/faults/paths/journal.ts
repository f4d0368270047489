import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Content } from '../expected-objects.ts';

/** Objects by their key, uploads by `upload:` and their id; null where there is none. */
export type World = Record<string, Content | null>;

interface Change {
  before: World;
  after: World;
}

type Line = { settled: World } | ({ sent: number } & Change) | { done: number };

/**
 * What was promised, told in a file by whoever is going to be killed: a line before a change is sent, and one after it was
 * acknowledged. What a process has written a kill does not take back.
 */
export class Journal {
  #path: string;
  #settled: World = {};
  #pending = new Map<number, Change>();
  #next = 1;

  constructor(folder: string) {
    this.#path = join(folder, 'journal');
    if (!existsSync(this.#path)) return;
    for (const text of readFileSync(this.#path, 'utf8').split('\n')) {
      // The last line may be cut: what it tells of was not sent, or not acknowledged.
      if (text === '' || !text.endsWith('}')) continue;
      this.#take(JSON.parse(text));
    }
  }

  #take(line: Line): void {
    if ('settled' in line) {
      this.#settled = line.settled;
      return;
    }
    if ('sent' in line) {
      this.#pending.set(line.sent, line);
      return;
    }
    Object.assign(this.#settled, this.#pending.get(line.done)?.after);
    this.#pending.delete(line.done);
  }

  #tell(line: Line): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
    this.#take(line);
  }

  /** What everything is known to hold. Of what was on its way at the kill, `settle` must have been told. */
  get settled(): Readonly<World> {
    return this.#settled;
  }

  /** Changes of which it is not known whether they came to be. */
  get pending(): readonly Change[] {
    return [...this.#pending.values()];
  }

  content(name: string): Content | null {
    return this.#settled[name] ?? null;
  }

  /** Makes a change: all of it or nothing must come to be. */
  async change<T>(after: World, send: () => Promise<T>): Promise<T> {
    const sent = this.#next++;
    const before = Object.fromEntries(Object.keys(after).map((name) => [name, this.content(name)]));
    this.#tell({ sent, before, after });
    const result = await send();
    this.#tell({ done: sent });
    return result;
  }

  /** From here on this is how things are. */
  settle(world: World): void {
    this.#settled = Object.fromEntries(Object.entries(world).filter(([, content]) => content !== null));
    this.#pending.clear();
    writeFileSync(`${this.#path}.new`, `${JSON.stringify({ settled: this.#settled })}\n`);
    renameSync(`${this.#path}.new`, this.#path);
  }
}
