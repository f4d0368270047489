import { ProcessError } from './process-error.ts';

/** Variables known when a task is accepted: of the source, of its upload, of the task. */
export const sourceVariables = [
  'bucket',
  'key',
  'dirname',
  'basename',
  'barename',
  'ext',
  'year',
  'mon',
  'day',
  'hour',
  'min',
  'sec',
  't_year',
  't_mon',
  't_day',
  't_hour',
  't_min',
  't_sec',
] as const;

/** Variables that differ from output to output, by family. */
export const outputVariables = {
  doc: ['index', 'sheetname', 'autoext'],
  video: ['index', 'streamindex', 'resolution', 'autoext'],
  audio: ['index', 'streamindex', 'autoext'],
  image: ['index', 'autoext'],
} as const satisfies Record<string, readonly string[]>;

export type TargetPiece = { text: string } | { variable: string };

/** A target name taken apart: literal text and variables. */
export type TargetName = readonly TargetPiece[];

/**
 * Reads a target name: `{name}` is a variable, `{{` and `}}` are literal braces. Unknown variables and braces without a
 * partner are refused at submission, before anything is queued.
 */
export function parseTargetName(text: string, parameter: string, variables: readonly string[]): TargetName {
  const refuse = (reason: string): ProcessError =>
    new ProcessError({ kind: 'invalid', operation: 'sys/saveas', parameter, value: text, reason });
  const pieces: TargetPiece[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character !== '{' && character !== '}') {
      literal += character;
      at += 1;
    } else if (text.charAt(at + 1) === character) {
      literal += character;
      at += 2;
    } else {
      const close = text.indexOf('}', at);
      if (character === '}' || close < 0) {
        throw refuse(`The brace at character ${at + 1} has no partner; a literal brace is written twice.`);
      }
      const variable = text.slice(at + 1, close);
      if (!variables.includes(variable)) {
        throw refuse(
          `There is no variable {${variable}} here; there are ${variables.map((name) => `{${name}}`).join(' ')}.`,
        );
      }
      if (literal !== '') pieces.push({ text: literal });
      literal = '';
      pieces.push({ variable });
      at = close + 1;
    }
  }
  if (literal !== '') pieces.push({ text: literal });
  return pieces;
}

/** Fills the variables in. One that an output does not have (the sheet name of a letter) becomes empty text. */
export function renderTargetName(name: TargetName, values: Readonly<Record<string, string>>): string {
  return name
    .map((piece) => {
      if ('text' in piece) return piece.text;
      const value = values[piece.variable] ?? '';
      return piece.variable === 'sheetname' ? sanitiseSheetName(value) : value;
    })
    .join('');
}

/** Whether the name has a variable that tells outputs of one task apart. */
export function distinguishesOutputs(name: TargetName): boolean {
  return name.some((piece) => 'variable' in piece && ['index', 'streamindex', 'sheetname'].includes(piece.variable));
}

/**
 * A sheet title is chosen by whoever wrote the document. It must not create a prefix of its own, climb out of one, or
 * hide control characters in a key: those characters become `_`, and a title of dots only does too.
 */
export function sanitiseSheetName(title: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
  const plain = title.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\]/g, '_').replace(/\p{Surrogate}/gu, '_');
  return /^\.+$/.test(plain) ? '_'.repeat(plain.length) : plain;
}
