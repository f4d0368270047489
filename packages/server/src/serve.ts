import { flushCompileCache } from 'node:module';
import type { Config } from './config.ts';
import { openStores } from './stores/open-stores.ts';
import { logStrayFaults } from './stray-faults.ts';

const TWICE_MS = 1_000;

/** Serves until told to stop; resolves with the exit code. */
export async function serve(config: Config): Promise<number> {
  // The stores open, their writer in a thread of its own, while the rest of the program is loaded.
  const [{ compose }, stores] = await Promise.all([import('./compose.ts'), openStores(config)]);
  const millrace = await compose(config, stores);
  const { log } = millrace;
  logStrayFaults(process, log, (code) => process.exit(code));
  const stop = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  });
  // Supervisors wait for this line, so it is printed at every log level.
  const always = log.child({}, { level: 'info' });
  always.info({ endpoint: millrace.endpoint, console: millrace.console, pid: process.pid }, 'ready');
  // Else done at the end, which a server that is killed does not come to: its next start would be as slow as its first.
  flushCompileCache();
  const signal = await stop;
  log.info({ signal }, 'stopping');
  // A second signal means now. Ctrl-C under npm arrives twice at once, from the terminal and from npm, and means it once.
  const impatientFrom = performance.now() + TWICE_MS;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (performance.now() > impatientFrom) process.exit(1);
    });
  }
  await millrace.close();
  log.info('stopped');
  return 0;
}
