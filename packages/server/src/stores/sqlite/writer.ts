import { flushCompileCache } from 'node:module';
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { openWriterDatabase } from './connection.ts';
import { type Call, type CommandTable, type Committed, GroupCommit, type Outcome } from './group-commit.ts';

/**
 * The thread that writes: its syncs block no one else. Calls that arrive while a commit is under way wait in the port
 * and make up the next one together.
 */

export interface WriterOptions {
  path: string;
  /** The module that exports the table of commands as `commands`. */
  commandsUrl: string;
}

export type ToWriter = { calls: Call[] } | 'close';
export type FromWriter = 'ready' | { cannotOpen: string } | { committed: Committed };

/** Bounds how long the first command of a commit waits for the last. */
const LARGEST_COMMIT = 512;

if (isMainThread || parentPort === null)
  throw new Error('writer.ts runs as a worker thread, started by openSqliteStore.');
const port = parentPort;

function answer(message: FromWriter): void {
  port.postMessage(message);
}

/** A result that cannot be cloned is a defect of one command and must not swallow the answers to the others. */
function answerCommitted(committed: Committed): void {
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

async function open(options: WriterOptions): Promise<GroupCommit | undefined> {
  try {
    const module: { commands: CommandTable } = await import(options.commandsUrl);
    return new GroupCommit({ open: () => openWriterDatabase(options.path), commands: module.commands });
  } catch (error) {
    answer({ cannotOpen: error instanceof Error ? error.message : String(error) });
    port.close();
    return undefined;
  }
}

const writer = await open(workerData as WriterOptions);
if (writer !== undefined) {
  const waiting: Call[] = [];
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
      answerCommitted(await writer.run(waiting.splice(0, LARGEST_COMMIT)));
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message);
    }
    running = false;
    if (!closing) return;
    writer.close();
    port.close();
  };

  port.on('message', (message: ToWriter) => {
    take(message);
    void run();
  });
  answer('ready');
  // For the next start, should this one be killed.
  flushCompileCache();
}
