import { crc32 } from 'node:zlib';
import { configure, ZipWriter } from '@zip.js/zip.js';
import type { ObjectRow } from '../ports/object-records.ts';
import type { TaskFiles } from '../projects/task-files.ts';
import { bytePipe } from './byte-pipe.ts';

// Threads of its own would not know when to stop, and there is nothing to be compressed.
configure({ useWebWorkers: false });

/** A file of an archive that is to be written. */
export interface ZipEntry {
  name: string;
  row: ObjectRow;
}

/** What is read twice otherwise, once for its checksum. */
const IN_MEMORY_BYTES = 1024 * 1024;

/**
 * The bytes of a ZIP archive whose files are packed and not compressed. Each is preceded by its size and checksum, so that
 * also readers can take it that never see its end; for that, larger files are read twice.
 */
export async function* zipBytes(
  entries: AsyncIterable<ZipEntry>,
  files: Pick<TaskFiles, 'read' | 'bytes'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable, fail } = bytePipe();
  const written = write(entries, files, writable).catch(fail);
  yield* readable;
  await written;
}

async function write(
  entries: AsyncIterable<ZipEntry>,
  files: Pick<TaskFiles, 'read' | 'bytes'>,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const zip = new ZipWriter(writable, { level: 0, passThrough: true, compressionMethod: 0 });
  for await (const { name, row } of entries) {
    const lastModDate = new Date(row.lastModifiedMs);
    if (name.endsWith('/')) {
      await zip.add(name, undefined, { directory: true, lastModDate, passThrough: false });
      continue;
    }
    const { size } = row;
    const small = size <= IN_MEMORY_BYTES ? await files.bytes(row, IN_MEMORY_BYTES) : undefined;
    const checksum = small ? crc32(small) : await checksumOf(await files.read(row));
    const chunks = small ? ReadableStream.from([small]) : ReadableStream.from(await files.read(row));
    const readable: ReadableStream<Uint8Array> = chunks;
    await zip.add(
      name,
      { readable, size },
      { uncompressedSize: size, crc32: checksum, dataDescriptor: false, lastModDate },
    );
  }
  await zip.close();
}

async function checksumOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let checksum = 0;
  for await (const chunk of chunks) checksum = crc32(chunk, checksum);
  return checksum;
}
