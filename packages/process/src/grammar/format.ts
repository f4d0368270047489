import type { ProcessText } from './parse.ts';

/** Writes a process string exactly as it was parsed. */
export function format(text: ProcessText): string {
  return text.stages
    .map(({ family, actions }) => {
      const written = actions.map((action) => [action.name, ...action.arguments].join(',')).join('/');
      return family === undefined ? written : `${family}/${written}`;
    })
    .join('|');
}
