import { type Flag, UsageError } from './verb.ts';

/** Taken by every verb. */
export const commonFlags: readonly Flag[] = [
  { name: 'endpoint', short: 'e', value: 'URL', summary: 'Where to go; without, the vendor in the region.' },
  { name: 'region', value: 'ID', summary: 'The region to sign for, such as cn-hangzhou.' },
  {
    name: 'access-key-id',
    short: 'i',
    value: 'ID',
    summary: 'The key to sign with; better in the environment or a file.',
  },
  { name: 'access-key-secret', short: 'k', value: 'SECRET', summary: 'Its secret.' },
  { name: 'sts-token', short: 't', value: 'TOKEN', summary: 'The token of temporary keys.' },
  { name: 'config-file', short: 'c', value: 'FILE', summary: 'A file of ossutil; ~/.ossutilconfig by default.' },
  { name: 'profile', value: 'NAME', summary: 'The section of that file to use.' },
  { name: 'sign-version', value: 'v1|v4', summary: 'The signature; v4 by default.' },
  { name: 'proxy', value: 'URL', summary: 'A proxy that all requests go through.' },
  { name: 'retry-times', value: 'N', summary: 'How often a request is tried; 10 by default.' },
  { name: 'json', summary: 'Results as JSON, one object a line.' },
  { name: 'quiet', short: 'q', summary: 'Says nothing but errors.' },
  { name: 'help', short: 'h', summary: 'Explains the verb.' },
];

export interface Parsed {
  operands: string[];
  values: Map<string, string[]>;
}

/** Reads the words of a verb: `--name value`, `--name=value`, `-r`, and `--` before operands that begin with a hyphen. */
export function parseWords(words: readonly string[], flags: readonly Flag[]): Parsed {
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (!/^-./.test(word)) {
      operands.push(word);
      continue;
    }
    const [, long, short, inline] = /^(?:--([^=]+)|-([A-Za-z])(?==|$))(?:=(.*))?$/s.exec(word) ?? [];
    const flag = flags.find((known) => (long === undefined ? known.short === short : known.name === long));
    if (!flag) throw new UsageError(`There is no option ${word}.`);
    if (flag.value === undefined) {
      if (inline !== undefined) throw new UsageError(`--${flag.name} takes no value.`);
      values.set(flag.name, ['true']);
      continue;
    }
    const value = inline ?? words[++at];
    if (value === undefined) throw new UsageError(`--${flag.name} needs a value: ${flag.value}.`);
    values.set(flag.name, [...(flag.repeated ? (values.get(flag.name) ?? []) : []), value]);
  }
  return { operands, values };
}

const LIMITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `8388608`, `8M`, `1.5GiB`. */
export function sizeOf(text: string, name: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const factor = LIMITS[unit.toLowerCase()];
  if (number === undefined || factor === undefined)
    throw new UsageError(`--${name} must be a size such as 8M, not ${text}.`);
  return Math.round(Number(number) * factor);
}
