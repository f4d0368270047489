/** Most rows have none, and need not be parsed for it. */
const NONE = '{}';

export const writeTraits = (traits: object): string => {
  for (const _ in traits) return JSON.stringify(traits);
  return NONE;
};

export const readTraits = <T extends object>(text: string): T => (text === NONE ? {} : JSON.parse(text)) as T;
