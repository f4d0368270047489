import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

/** How plain text is written. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030';

/**
 * Plain text says nothing of its encoding, except by the mark that Windows programs put before it: UTF-8 if it can be, else
 * the Chinese national one. Undefined for what is no text.
 */
export function textEncoding(sample: Uint8Array): TextEncoding | undefined {
  const [first, second] = sample;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (sample.includes(0)) return undefined;
  try {
    // A character may be cut in half where the sample ends.
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return 'utf-8';
  } catch {
    return 'gb18030';
  }
}

/** Writes a text as UTF-8 with the mark before it, by which programs know it as that. */
export async function writeAsUtf8(source: string, encoding: TextEncoding, into: string): Promise<void> {
  const decoder = new TextDecoder(encoding);
  await pipeline(
    createReadStream(source),
    async function* (chunks: AsyncIterable<Buffer>) {
      yield '\ufeff';
      for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    },
    createWriteStream(into, { encoding: 'utf8', mode: 0o600 }),
  );
}
