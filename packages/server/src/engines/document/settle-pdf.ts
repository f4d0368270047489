import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { settleFonts } from './settle-fonts.ts';

/** LibreOffice writes what it knows of a document, and the trailer, last. */
const TAIL_BYTES = 16 * 1024;

const MOMENT = /\/CreationDate\(D:[^)]{0,40}\)/g;
const IDENTITY = /(\/ID\s*\[\s*<|\/DocChecksum\s*\/|^<)([0-9A-F]{32})(?=>|\s)/gm;

/**
 * Takes the moment at which a PDF was made out of it, and puts a digest of the file where LibreOffice puts a random number,
 * so that the same document gives the same bytes. Nothing moves by that: each is replaced by as much.
 */
export async function settlePdf(path: string): Promise<void> {
  await settleFonts(path);
  await using file = await open(path, 'r+');
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const read = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const tail = read.buffer.subarray(0, read.bytesRead).toString('latin1');
  const blank = tail
    .replace(MOMENT, (text) => ' '.repeat(text.length))
    .replace(IDENTITY, (_, before: string) => before + '0'.repeat(32));
  if (blank === tail) return;
  const hash = createHash('md5');
  if (from > 0) for await (const chunk of createReadStream(path, { end: from - 1 })) hash.update(chunk as Buffer);
  const digest = hash.update(blank, 'latin1').digest('hex').toUpperCase();
  const settled = blank.replace(IDENTITY, (_, before: string) => before + digest);
  await file.write(Buffer.from(settled, 'latin1'), 0, settled.length, from);
}
