import { CredentialsError, InvalidRequestError, NetworkError, ProcessError, ServiceError } from 'millrace';
import { Connection, type Environment } from './connect.ts';
import { commonFlags, parseWords } from './flags.ts';
import { completion, helpOf, overview, serverVerbs } from './help.ts';
import { shown } from './oss-url.ts';
import { exitCodes, type Output, PartialFailure, UsageError, type Verb } from './verb.ts';
import { bench } from './verbs/bench.ts';
import { queue, topic } from './verbs/messages.ts';
import { cat, hash, ls, mb, presign, put, rb, rm, statVerb } from './verbs/objects.ts';
import { policy } from './verbs/policy.ts';
import { explainVerb, processVerb, task } from './verbs/processing.ts';
import { cp, sync } from './verbs/transfer.ts';
import { user } from './verbs/user.ts';

export const verbs: readonly Verb[] = [
  ls,
  cp,
  sync,
  put,
  cat,
  rm,
  statVerb,
  mb,
  rb,
  presign,
  processVerb,
  explainVerb,
  task,
  queue,
  topic,
  user,
  policy,
  hash,
  bench,
];

/** What a run of the program touches. */
export interface Surroundings {
  environment: Environment;
  stdout: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  signal: AbortSignal;
  /** The server's program is here as well, and with it the verbs of it. */
  hasServer: boolean;
}

export async function run(words: readonly string[], around: Surroundings): Promise<number> {
  const { stdout, stderr, signal, hasServer } = around;
  const [name = '', ...rest] = words;
  if (['', 'help', '--help', '-h'].includes(name)) {
    stdout.write(overview(verbs, hasServer));
    return name === '' ? exitCodes.usage : exitCodes.ok;
  }
  if (name === 'completion') {
    const shell = rest[0] ?? 'bash';
    if (shell !== 'bash' && shell !== 'zsh') {
      stderr.write(`millrace: completion is for bash or zsh, not ${shown(shell)}\n`);
      return exitCodes.usage;
    }
    stdout.write(completion(verbs, shell, hasServer));
    return exitCodes.ok;
  }
  const verb = verbs.find((known) => known.name === name);
  if (!verb) {
    const servers = serverVerbs.some(([known]) => known === name);
    const why = servers ? `${name} is a verb of the server's own installation` : `there is no verb ${shown(name)}`;
    stderr.write(`millrace: ${why}; millrace help lists them\n`);
    return exitCodes.usage;
  }
  const out = output(around, rest.includes('--json'), rest.includes('--quiet') || rest.includes('-q'));
  try {
    const flags = [...verb.flags, ...commonFlags];
    const parsed = parseWords(rest, flags);
    if (parsed.values.has('help')) {
      stdout.write(helpOf(verb));
      return exitCodes.ok;
    }
    const [least, most] = verb.count;
    if (parsed.operands.length < least || parsed.operands.length > most) {
      throw new UsageError(`It takes ${verb.operands}.`);
    }
    const connection = new Connection(parsed, around.environment);
    const list = (flag: string): readonly string[] => parsed.values.get(flag) ?? [];
    return await verb.run({
      operands: parsed.operands,
      list,
      text: (flag) => list(flag).at(-1),
      on: (flag) => parsed.values.has(flag),
      number(flag) {
        const text = list(flag).at(-1);
        if (text === undefined) return undefined;
        if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${flag} must be a whole number, not ${text}.`);
        return Number(text);
      },
      oss: () => connection.oss(),
      mns: () => connection.mns(),
      ram: () => connection.ram(),
      settings: () => connection.settings(),
      out,
      signal,
    });
  } catch (error) {
    out.status('');
    if (signal.aborted) {
      out.error('interrupted; the same command goes on where it ended');
      return exitCodes.interrupted;
    }
    out.error(messageOf(error));
    if (error instanceof UsageError) stderr.write(`millrace ${name} --help says what it takes\n`);
    return exitCodeOf(error);
  }
}

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error instanceof ServiceError && error.requestId !== ''
    ? `${error.message} (EC ${error.ec || '-'}, request ${error.requestId})`
    : error.message;
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof InvalidRequestError || error instanceof ProcessError)
    return exitCodes.usage;
  if (error instanceof PartialFailure) return exitCodes.partial;
  if (error instanceof CredentialsError) return exitCodes.auth;
  if (error instanceof NetworkError) return exitCodes.network;
  if (error instanceof ServiceError) {
    if (error.status === 401 || error.status === 403) return exitCodes.auth;
    if (error.status === 404) return exitCodes.notFound;
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOENT' ? exitCodes.notFound : exitCodes.failure;
}

function output({ stdout, stderr }: Surroundings, json: boolean, quiet: boolean): Output {
  const terminal = stderr.isTTY === true && !json && !quiet;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stderr.write('\r\u001b[K');
    drawn = false;
  };
  return {
    json,
    terminal,
    columns: () => stderr.columns ?? 80,
    line(text) {
      clear();
      if (!quiet) stdout.write(`${text}\n`);
    },
    result(value, text) {
      clear();
      if (!quiet) stdout.write(`${json ? JSON.stringify(value) : text}\n`);
    },
    error(text) {
      clear();
      stderr.write(`millrace: ${shown(text)}\n`);
    },
    status(text) {
      if (!terminal) return;
      clear();
      if (text === '') return;
      stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
      drawn = true;
    },
  };
}
