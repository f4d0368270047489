/** Stands before a control character moved into the private use area, and before itself. */
const CARRIER = '\uf8ff';
const MOVED_TO = 0xf000;

const CARRIED =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must be caught
  /[\u0001-\u0008\u000b\u000c\u000e-\u001f]|\r(?!\n)|&#(?:0*(?:[1-9]|[12]\d|3[01])|x0*(?:[1-9a-f]|1[0-9a-f]));|\uf8ff/gi;

/**
 * Takes control characters through a parser. Object keys may hold them, and the vendor's clients write them into documents
 * raw or as references; XML 1.0 permits neither, and its parsers turn a lone carriage return into a line feed. So the
 * parser is given `document`, and what it finds there is made whole again by `restore`.
 */
export function carryControls(document: string): { document: string; restore(text: string): string } {
  const carried = document.replaceAll(CARRIED, (found) => {
    if (found === CARRIER) return CARRIER + CARRIER;
    const code = found.startsWith('&') ? Number(`0${found.slice(2, -1).toLowerCase()}`) : found.charCodeAt(0);
    return CARRIER + String.fromCharCode(MOVED_TO + code);
  });
  return {
    document: carried,
    restore: (text) =>
      text.replaceAll(/\uf8ff(.)/g, (_, moved: string) =>
        moved === CARRIER ? CARRIER : String.fromCharCode(moved.charCodeAt(0) - MOVED_TO),
      ),
  };
}
