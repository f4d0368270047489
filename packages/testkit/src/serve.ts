/**
 * A server for test suites in other languages: `node packages/testkit/src/serve.ts [SETTING=VALUE]…`.
 *
 * Prints one JSON line with the endpoint and keys, then answers one JSON line for each line on stdin:
 * `kill [SIGNAL]`, `restart`, `fixture NAME`, `served [FILE]` (records for FILE which operations were answered with success
 * since the last `served`). Ends, and removes its data, when stdin closes.
 */
import { createInterface } from 'node:readline';
import { fixture, fixtureNames } from './fixtures.ts';
import { recordServed, type Successes, successes } from './served-operations.ts';
import { type RunningServer, startServer } from './start-server.ts';

const say = (answer: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const facts = (server: RunningServer) => ({
  endpoint: server.endpoint,
  console: server.console,
  accessKeyId: server.accessKeyId,
  accessKeySecret: server.accessKeySecret,
  accountId: server.accountId,
  region: server.region,
  dataFolder: server.dataFolder,
  pid: server.pid,
  readyMs: Math.round(server.readyMs),
});

/** What had been served at the last `served`. */
let counted: Successes = new Map();

async function obey(server: RunningServer, line: string): Promise<Record<string, unknown>> {
  const [verb = '', argument = ''] = line.trim().split(' ');
  switch (verb) {
    case 'kill':
      return { ...(await server.kill((argument || 'SIGKILL') as NodeJS.Signals)) };
    case 'restart':
      await server.restart();
      // The new process counts from nothing.
      counted = new Map();
      return facts(server);
    case 'fixture': {
      const name = fixtureNames.find((known) => known === argument);
      if (!name) throw new Error(`no fixture ${argument}; there are ${fixtureNames.join(', ')}`);
      return { path: await fixture(name) };
    }
    case 'served': {
      const now = await successes(server);
      if (argument !== '') await recordServed(argument, counted, now);
      counted = now;
      return {};
    }
    default:
      throw new Error(`unknown verb ${verb}: use kill, restart, fixture or served`);
  }
}

/** `MILLRACE_X=y`, as before a command in a shell. */
const env = Object.fromEntries(process.argv.slice(2).map((word) => word.split(/=(.*)/s, 2)));
const server = await startServer({ env });
say(facts(server));
const lines = createInterface({ input: process.stdin });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => lines.close());
for await (const line of lines) {
  try {
    say(await obey(server, line));
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  }
}
await server.stop({ keep: process.env.MILLRACE_TEST_KEEP === '1' });
