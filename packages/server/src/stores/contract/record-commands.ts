import { DomainError } from '../../domain/errors.ts';
import type { CommitEvent, RecordStore, Transaction } from '../../domain/ports/record-store.ts';

type Tables = Omit<Transaction, 'announce'>;
type Method<T> = Extract<keyof T, string>;
type MethodOf<T, M extends keyof T> = T[M] extends (...args: infer Args) => infer Result ? [Args, Result] : never;

/** One statement of a transaction, as data: table, method, arguments. */
export type Step = {
  [T in Method<Tables>]: {
    [M in Method<Tables[T]>]: readonly [T, M, ...MethodOf<Tables[T], M>[0]];
  }[Method<Tables[T]>];
}[Method<Tables>];

/** What a step gives, and so what `run` gives for each. */
export type ResultOf<S> = S extends readonly [infer T extends Method<Tables>, infer M, ...unknown[]]
  ? M extends Method<Tables[T]>
    ? Awaited<MethodOf<Tables[T], M>[1]>
    : never
  : never;

interface Script {
  steps: readonly Step[];
  announce?: CommitEvent[];
  /** Ends the command, after all steps, by a refusal or by a defect. */
  fail?: 'refusal' | 'defect';
}

async function script(tx: Transaction, input: Script): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const [table, method, ...args] of input.steps) {
    const statements = tx[table] as unknown as Record<string, (...args: unknown[]) => unknown>;
    results.push(await statements[method]?.(...args));
  }
  for (const event of input.announce ?? []) tx.announce(event);
  if (input.fail === 'refusal') throw new DomainError('ObjectExists', { key: 'a\0\u{1F600}' });
  if (input.fail === 'defect') throw new RangeError('a defect');
  return results;
}

/** What a store under test runs in place of the domain's commands. */
export const commands = { script };

export const contractCommandsUrl = new URL(import.meta.url);

/** Runs steps in one transaction and gives their results, in order. */
export async function run<const Steps extends readonly Step[]>(
  store: RecordStore,
  steps: Steps,
  more: Omit<Script, 'steps'> = {},
): Promise<{ -readonly [I in keyof Steps]: ResultOf<Steps[I]> }> {
  const transact = store.transact.bind(store) as unknown as (name: string, input: Script) => Promise<unknown>;
  return (await transact('script', { steps, ...more })) as { -readonly [I in keyof Steps]: ResultOf<Steps[I]> };
}
