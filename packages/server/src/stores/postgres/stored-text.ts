/**
 * PostgreSQL's text holds every character but NUL, and a key may hold that one too. It is kept as U+0001 twice, and U+0001
 * itself as U+0001 U+0002, which leaves texts in the order that they had.
 */
const ESCAPE = '\u0001';
const ESCAPED_NUL = '\u0001\u0001';
const ESCAPED_ESCAPE = '\u0001\u0002';

export const toStoredText = (text: string): string =>
  // Looked for first: hardly any text has one.
  text.includes('\0') || text.includes(ESCAPE)
    ? text.replaceAll(ESCAPE, ESCAPED_ESCAPE).replaceAll('\0', ESCAPED_NUL)
    : text;

export const fromStoredText = (text: string): string =>
  text.includes(ESCAPE) ? text.replaceAll(ESCAPED_NUL, '\0').replaceAll(ESCAPED_ESCAPE, ESCAPE) : text;
