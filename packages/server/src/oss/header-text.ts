import type { IncomingHttpHeaders } from 'node:http';

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text that node read from a header or URL as Latin-1, read as UTF-8; undefined when it is not UTF-8. */
export function toUtf8(latin1: string): string | undefined {
  if (ASCII.test(latin1)) return latin1;
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

/** The way back: what node must be given so that UTF-8 goes out. */
export function toLatin1(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Header values as text; those that came several times, joined. */
export function readHeaders(raw: IncomingHttpHeaders): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    const text = typeof value === 'string' ? value : value?.join(',');
    headers[name] = text === undefined ? undefined : (toUtf8(text) ?? text);
  }
  return headers;
}
