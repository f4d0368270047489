import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Config } from './config.ts';
import { openEngines } from './engines/engines.ts';
import { inspectDatabase } from './stores/postgres/inspect.ts';

/** Prints each engine, and the database where there is one, with its version and what is missing. Resolves with 1 when one of them cannot work at all, else 0. */
export async function doctor(config: Config): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-doctor-'));
  const { sandbox, officeDeadlineMs, mediaDeadlineMs } = config;
  const log = pino({ level: 'silent' });
  const engines = openEngines({ folder, sandbox, officeDeadlineMs, mediaDeadlineMs, log });
  try {
    const database = config.databaseUrl === undefined ? [] : [await inspectDatabase(config.databaseUrl)];
    const health = [...database.map((found) => ({ engine: 'database', ...found })), ...(await engines.health())];
    const width = Math.max(...health.map(({ engine }) => engine.length));
    // What several engines miss, such as the sandbox, is told once.
    const told = new Map<string, string>();
    for (const { engine, version, missing } of health) {
      const state = version === '' ? 'MISSING' : missing.length === 0 ? 'ok' : 'partly';
      process.stdout.write(`${engine.padEnd(width)}  ${state.padEnd(7)}  ${version}\n`);
      for (const line of missing) {
        const where = told.get(line);
        told.set(line, where ?? engine);
        process.stdout.write(`${' '.repeat(width)}           ${where === undefined ? line : `as ${where}`}\n`);
      }
    }
    return health.some(({ version }) => version === '') ? 1 : 0;
  } finally {
    await engines.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
