/** The domain's commands, of which those named in MILLRACE_CRASH end the process at one of their steps. */
import { commands as domainCommands } from '@millrace/server/domain/commands';

type Command = (tx: object, input: unknown) => unknown;

const plan: { commands: string[]; step: number } = JSON.parse(process.env.MILLRACE_CRASH ?? '{"commands":[],"step":0}');
let left = plan.step;

function step(): void {
  if (left > 0 && --left === 0) process.kill(process.pid, 'SIGKILL');
}

/** A step before each statement. */
function watchedRecords(records: object): object {
  return new Proxy(records, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...words: unknown[]): unknown => {
        step();
        return Reflect.apply(member, target, words);
      };
    },
  });
}

function watchedTransaction(tx: object): object {
  return new Proxy(tx, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'object' && member !== null ? watchedRecords(member) : member;
    },
  });
}

const watched =
  (command: Command): Command =>
  async (tx, input) => {
    const result = await command(watchedTransaction(tx), input);
    // All is written, and nothing committed.
    step();
    return result;
  };

export const commands = Object.fromEntries(
  Object.entries(domainCommands as unknown as Record<string, Command>).map(([name, command]) => [
    name,
    plan.commands.includes(name) ? watched(command) : command,
  ]),
);
