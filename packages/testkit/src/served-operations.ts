import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.ts';

/** How often each operation was answered with success, by `PROTOCOL OPERATION`. */
export type Successes = ReadonlyMap<string, number>;

/** What a record says: the file that the tests stand in, and the operations that were answered with success for them. */
export interface ServedRecord {
  file: string;
  served: readonly string[];
}

/** The folder for records; nothing is recorded without it. */
const folder = (): string | undefined => process.env.MILLRACE_TEST_SERVED;

/** How long requests under way are waited for. A test may leave some that never end. */
const SETTLED_WITHIN_MS = 2_000;

/**
 * Reads the server's own counters, once all requests under way have been counted: a client has its answer a moment before.
 * Empty where nothing is recorded.
 */
export async function successes(server: { console: string }): Promise<Successes> {
  if (folder() === undefined) return new Map();
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  return until('the metrics', 10_000, async () => {
    const text = await (await fetch(`${server.console}/metrics`)).text();
    const underWay = /^millrace_requests_in_flight\{.*\} [1-9]/m.test(text);
    return underWay && performance.now() < deadline ? undefined : countSuccesses(text);
  });
}

/** Out of a page of metrics. */
export function countSuccesses(metrics: string): Successes {
  const counts = new Map<string, number>();
  for (const [, labels = '', value] of metrics.matchAll(/^millrace_requests_total\{(.*)\} (\d+)$/gm)) {
    const {
      protocol,
      operation,
      status = '',
    } = Object.fromEntries(
      Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, name = '', text = '']) => [name, text] as const),
    );
    if (!/^2\d\d$/.test(status)) continue;
    const name = `${protocol} ${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + Number(value));
  }
  return counts;
}

/** Adds to the record of `file` what was served since `before`. For scripts/coverage.ts, which holds claims against it. */
export async function recordServed(file: string, before: Successes, after: Successes): Promise<void> {
  const records = folder();
  if (records === undefined) return;
  const place = join(records, `${file.replaceAll('/', '+')}.json`);
  const earlier = await readFile(place, 'utf8').then(
    (text) => (JSON.parse(text) as ServedRecord).served,
    () => [],
  );
  const grown = [...after].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
  const record: ServedRecord = { file, served: [...new Set([...earlier, ...grown])].sort() };
  await mkdir(records, { recursive: true });
  await writeFile(place, JSON.stringify(record));
}
