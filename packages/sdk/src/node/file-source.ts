import { open, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Crc64 } from '@millrace/crc64';
import type { ByteSource } from '../core/byte-source.ts';
import type { SourceIdentity } from '../transfer/checkpoint.ts';
import type { PartSource } from '../transfer/uploader.ts';

/** As much is read at once; several parts are read at the same time. */
const READ_BYTES = 128 * 1024;

/** A file, as a body that can be sent again. */
export async function fileBody(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return rangeOf(path, 0, size);
}

/** A file as a source of parts, for `Uploader.upload`; `uploadFile` makes one by itself. */
export async function fileSource(path: string): Promise<PartSource> {
  const file = resolve(path);
  const identity = await identityOf(file);
  return {
    size: identity.size,
    identity,
    read: (from, size) => rangeOf(file, from, size),
    // What is read at once anyway goes with the head of its request, and again without another look at the file.
    whole: () => (identity.size <= READ_BYTES ? readFile(file) : rangeOf(file, 0, identity.size)),
    check: () => identityOf(file),
  };
}

/** How a file is called in records. */
export const fileName = (path: string): string => `file ${resolve(path)}`;

async function identityOf(file: string): Promise<SourceIdentity> {
  const { size, mtimeMs, ino, dev } = await stat(file);
  return { name: fileName(file), size, modified: mtimeMs, identity: `${dev}:${ino}` };
}

const rangeOf = (file: string, from: number, size: number): ByteSource => ({
  length: size,
  once: false,
  async *open() {
    await using handle = await open(file, 'r');
    let at = from;
    const end = from + size;
    // One for all pieces: new ones for each would wait for the collector, some fifty megabytes of them.
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size));
    while (at < end) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was read.`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  },
});

/** What the service would say of an object with the bytes of this file. */
export async function crc64OfFile(path: string): Promise<string> {
  const crc = new Crc64();
  for await (const piece of (await fileBody(path)).open()) crc.update(piece);
  return crc.digest();
}
