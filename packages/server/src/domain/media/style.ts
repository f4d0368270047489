import { builtInStyles, decode, ProcessError } from '@millrace/process';
import { DomainError } from '../errors.ts';
import type { Reads } from '../ports/record-store.ts';

const PREFIX = 'style/';

/** Puts styles in the places of their names: the bucket's own, else those that every bucket has. Throws `StyleMissing`. */
export async function resolveStyles(process: string, bucketId: number, { items }: Reads): Promise<string> {
  if (!process.includes(PREFIX)) return process;
  const stages: string[] = [];
  for (const stage of process.split('|')) {
    const name = stage.trim();
    if (!name.startsWith(PREFIX)) {
      stages.push(stage);
      continue;
    }
    const called = name.slice(PREFIX.length);
    const content = (await items.get(bucketId, 'style', called))?.value.content ?? builtInStyles.get(called);
    if (content === undefined) throw new DomainError('StyleMissing', { name: called });
    stages.push(content);
  }
  return stages.join('|');
}

/**
 * Refuses a style that no process string could ever use, with `ProcessInvalid`. One that asks for what this server does not
 * do is kept: it says so when it is used, and clients that bring their styles along can.
 */
export function checkStyle(content: string): void {
  const invalid = (value: string, reason: string): DomainError =>
    new DomainError('ProcessInvalid', { operation: 'style', parameter: 'Content', value, reason });
  const stages = content.split('|');
  for (const stage of stages) {
    if (/^\s*(style|sys)\//.test(stage)) throw invalid(stage, 'A style holds operations only, no style/… or sys/….');
  }
  const refusals = (['sync', 'async'] as const).map((door) => {
    // A task must say where its result goes, which a style does not.
    const text = door === 'async' ? `${content}|sys/saveas,o_YQ` : content;
    try {
      decode(text, door);
      return undefined;
    } catch (error) {
      if (error instanceof ProcessError) return error;
      throw error;
    }
  });
  const [refusal] = refusals;
  if (refusals.some((error) => error === undefined || error.kind === 'unsupported') || refusal === undefined) return;
  throw invalid(content.slice(0, 128), refusal.message);
}
