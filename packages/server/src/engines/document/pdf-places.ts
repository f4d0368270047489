import type { FileHandle } from 'node:fs/promises';

/** The end of a file, of so many bytes at most, and where it begins. */
export async function readTail(file: FileHandle, most: number): Promise<{ tail: Buffer; from: number }> {
  const { size } = await file.stat();
  const from = Math.max(0, size - most);
  const tail = Buffer.alloc(size - from);
  for (let at = 0; at < tail.length; ) {
    const { bytesRead } = await file.read(tail, at, tail.length - at, from + at);
    if (bytesRead === 0) throw new Error('A file became shorter while it was read');
    at += bytesRead;
  }
  return { tail, from };
}

/** The one table of places that LibreOffice writes: where it is in the text, and the places themselves by object. */
export function placesIn(text: string, from: number) {
  const end = /startxref\n(\d+)\n%%EOF\s*$/.exec(text.slice(-64));
  if (end === null) return undefined;
  const table = Number(end[1]) - from;
  const head = /^xref\n0 \d+\n/.exec(text.slice(Math.max(0, table), table + 32));
  if (table < 0 || head === null) return undefined;
  const begin = table + head[0].length;
  const to = text.indexOf('trailer', begin);
  if (to < 0) return undefined;
  const lines = text.slice(begin, to).split('\n').slice(0, -1);
  const offsets = lines.map((line) => (line.slice(11).startsWith('00000 n') ? Number(line.slice(0, 10)) : undefined));
  const digits = text.length - 64 + end.index + 'startxref\n'.length;
  return { from: begin, to, table, offsets, start: { from: digits, to: digits + (end[1] ?? '').length } };
}
