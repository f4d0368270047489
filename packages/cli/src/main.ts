import { existsSync, readFileSync } from 'node:fs';
import { exitCodes } from './verb.ts';

const words = process.argv.slice(2);

if (words[0] === '--version') {
  // Before anything is loaded: scripts ask for it again and again.
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${manifest.version}\n`);
} else {
  const { run } = await import('./run.ts');
  const interrupt = new AbortController();
  // The first one ends in order, and keeps what is done; a second one does not wait for that.
  process.on('SIGINT', () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort(new Error('interrupted'));
  });
  process.stdout.on('error', () => process.exit(exitCodes.failure));
  const { env: environment, stdout, stderr } = process;
  // The executable of a clone has the server's verbs as well; the npm package has the client only.
  const hasServer = existsSync(new URL('../../../bin/millrace', import.meta.url));
  process.exitCode = await run(words, { environment, stdout, stderr, signal: interrupt.signal, hasServer });
  // Connections that are kept for the next request would keep the process as well; what was written has to get out first.
  stdout.write('', () => process.exit());
}
