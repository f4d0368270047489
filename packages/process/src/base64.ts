const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const sextets = new Map<string, number>();
for (const alphabet of [STANDARD, URL_SAFE]) {
  for (const [value, letter] of [...alphabet].entries()) sextets.set(letter, value);
}

/**
 * Decodes base64 of UTF-8 text in every variant clients send: standard or URL-safe alphabet, with or without padding,
 * with white space. Returns undefined for anything else: other characters, an impossible length, bytes that are not
 * UTF-8.
 */
export function decodeBase64(text: string): string | undefined {
  const letters = text.replace(/[\t\n\r ]+/g, '').replace(/={1,2}$/, '');
  if (letters.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((letters.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let length = 0;
  for (const letter of letters) {
    const sextet = sextets.get(letter);
    if (sextet === undefined) return undefined;
    held = ((held << 6) | sextet) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (held >> bits) & 0xff;
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** URL-safe base64 of the text's UTF-8, without padding: the form the vendor documents for process strings. */
export function encodeBase64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let encoded = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0x3fff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      encoded += URL_SAFE.charAt((held >> bits) & 0x3f);
    }
  }
  if (bits > 0) encoded += URL_SAFE.charAt((held << (6 - bits)) & 0x3f);
  return encoded;
}
