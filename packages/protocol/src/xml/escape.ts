// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must be caught
const SPECIAL = /[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/;

/**
 * Escapes text for use between tags. Characters that XML 1.0 cannot carry in any form (controls, lone surrogates) become
 * U+FFFD, so that one odd object key cannot make a whole listing unreadable; clients that need such keys exactly ask for
 * `encoding-type=url`. A carriage return is written as a reference, because parsers turn a raw one into a line feed.
 */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text;
  let escaped = '';
  for (const character of text) {
    switch (character) {
      case '&':
        escaped += '&amp;';
        break;
      case '<':
        escaped += '&lt;';
        break;
      case '>':
        escaped += '&gt;';
        break;
      case '\r':
        escaped += '&#13;';
        break;
      case '\t':
      case '\n':
        escaped += character;
        break;
      default:
        escaped += allowed(character.codePointAt(0) ?? 0) ? character : '\ufffd';
    }
  }
  return escaped;
}

/** XML 1.0, production 2: the characters a document may contain. */
function allowed(codePoint: number): boolean {
  return (
    (codePoint >= 0x20 && codePoint <= 0xd7ff) ||
    (codePoint >= 0xe000 && codePoint <= 0xfffd) ||
    (codePoint >= 0x10000 && codePoint <= 0x10ffff)
  );
}
