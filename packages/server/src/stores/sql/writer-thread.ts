import { flushCompileCache } from 'node:module';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Awaitable } from '../../domain/ports/record-store.ts';
import type { Call, CommandTable, Committed, Outcome } from './calls.ts';

/**
 * The thread that writes: its syncs block no one else. Calls that arrive while a commit is under way wait in the port
 * and make up the next one together.
 */

/** What writes, in batches that do not overlap. */
export interface Writer {
  run(calls: readonly Call[]): Promise<Committed>;
  close(): Awaitable<void>;
}

export type ToWriter = { calls: Call[] } | 'close';
export type FromWriter = 'ready' | { cannotOpen: string } | { committed: Committed };

type Port = NonNullable<typeof parentPort>;

/** A result that cannot be cloned is a defect of one command and must not swallow the answers to the others. */
function answerCommitted(port: Port, committed: Committed): void {
  const answer = (message: FromWriter): void => port.postMessage(message);
  try {
    answer({ committed });
  } catch {
    const outcomes = committed.outcomes.map((outcome): Outcome => {
      try {
        return structuredClone(outcome);
      } catch (error) {
        const message = `The command committed, but its result is not plain data: ${String(error)}`;
        return { id: outcome.id, refusal: { name: 'TypeError', message, stack: '' } };
      }
    });
    answer({ committed: { ...committed, outcomes } });
  }
}

/** Opens a writer with the commands of a module and lets it write what comes, until it is told to close. */
export async function serveWriter(options: {
  /** The module that exports the table of commands as `commands`. */
  commandsUrl: string;
  /** Bounds how long the first command of a commit waits for the last. */
  largestCommit: number;
  open(commands: CommandTable): Awaitable<Writer>;
}): Promise<void> {
  if (parentPort === null) throw new Error('A writer is a worker thread, started by the store that it writes for.');
  const port = parentPort;
  const waiting: Call[] = [];
  let writer: Writer;
  try {
    const module: { commands: CommandTable } = await import(options.commandsUrl);
    writer = await options.open(module.commands);
  } catch (error) {
    port.postMessage({ cannotOpen: error instanceof Error ? error.message : String(error) } satisfies FromWriter);
    port.close();
    return;
  }
  let closing = false;
  let running = false;

  const take = (message: ToWriter): void => {
    if (message === 'close') closing = true;
    else waiting.push(...message.calls);
  };

  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      answerCommitted(port, await writer.run(waiting.splice(0, options.largestCommit)));
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message);
    }
    running = false;
    if (!closing) return;
    await writer.close();
    port.close();
  };

  port.on('message', (message: ToWriter) => {
    take(message);
    void run();
  });
  port.postMessage('ready' satisfies FromWriter);
  // For the next start, should this one be killed.
  flushCompileCache();
}
