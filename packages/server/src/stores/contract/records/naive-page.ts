import fc from 'fast-check';
import type { ObjectPage } from '../../../domain/ports/object-records.ts';

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The definition of a page, on a list in memory. */
export function naivePage(
  keys: readonly string[],
  query: { prefix: string; delimiter: string; after: string; limit: number },
): { names: string[]; truncated: boolean } {
  const { prefix, delimiter, after, limit } = query;
  const names: string[] = [];
  for (const key of [...keys].sort(byBytes)) {
    if (!key.startsWith(prefix) || byBytes(key, after) <= 0) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = at < 0 ? key : key.slice(0, at + delimiter.length);
    if (at >= 0 && (byBytes(name, after) <= 0 || names.at(-1) === `${name}*`)) continue;
    names.push(at < 0 ? key : `${name}*`);
  }
  return { names: names.slice(0, limit), truncated: limit > 0 && names.length > limit };
}

/** Entries as text: a common prefix has a star. */
export const namesOf = (entries: ({ key: string } | { prefix: string })[]): string[] =>
  entries.map((entry) => ('prefix' in entry ? `${entry.prefix}*` : entry.key));

export const objectNames = (page: ObjectPage): string[] =>
  namesOf(page.entries.map((entry) => ('object' in entry ? entry.object : entry)));

/** Keys made of few letters, so that they share prefixes, with all that is awkward: NUL, last code points, delimiters. */
export const awkwardKey = fc
  .array(fc.constantFrom('a', 'b', '/', '\0', 'é', '\uFFFD', '\u{1F600}', '\u{10FFFF}', '%', '_', "'"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((letters) => letters.join(''));
