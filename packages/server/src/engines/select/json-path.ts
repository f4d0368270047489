/** One step into a JSON value: a member, an element, or all elements. */
export type Step = { key: string } | { index: number } | 'all';

/** Numbers that a double would change are kept as they stand in the object. */
const exactJson = JSON as typeof JSON & {
  rawJSON(text: string): { rawJSON: string };
  isRawJSON(value: unknown): value is { rawJSON: string };
};

/** Fewer digits than this always survive a double. */
const LONG_NUMBER = /[\d.]{16}/;

/** `allExact`: every number is kept as it stands. Throws `SyntaxError`. */
export function parseJson(text: string, allExact: boolean): unknown {
  if (!allExact && !LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    if (typeof value !== 'number') return value;
    const source = context?.source ?? String(value);
    return !allExact && String(value) === source ? value : exactJson.rawJSON(source);
  });
}

/** The text of a number that `parseJson` kept exactly. */
export const rawNumber = (value: unknown): string | undefined =>
  exactJson.isRawJSON(value) ? value.rawJSON : undefined;

/** What a path leads to; undefined where there is nothing. A step over all elements gives the list of what follows it. */
export function resolve(value: unknown, path: readonly Step[], from = 0): unknown {
  let at = value;
  for (let index = from; index < path.length; index++) {
    const step = path[index];
    if (step === undefined || typeof at !== 'object' || at === null) return undefined;
    if (step === 'all') {
      if (!Array.isArray(at)) return undefined;
      return at.map((element) => resolve(element, path, index + 1) ?? null);
    }
    if ('index' in step) at = Array.isArray(at) ? at[step.index] : undefined;
    else at = Object.hasOwn(at, step.key) ? (at as Record<string, unknown>)[step.key] : undefined;
  }
  return at;
}

/** The values that a path leads to, one for each element where it steps over all of them. */
export function* expand(value: unknown, path: readonly Step[]): Generator<unknown, void, undefined> {
  const all = path.indexOf('all');
  const found = resolve(value, all < 0 ? path : path.slice(0, all));
  if (all < 0) {
    if (found !== undefined) yield found;
  } else if (Array.isArray(found)) {
    for (const element of found) yield* expand(element, path.slice(all + 1));
  }
}
