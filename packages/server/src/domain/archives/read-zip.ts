import { configure, type Entry, type FileEntry, Reader, ZipReader } from '@zip.js/zip.js';
import { DomainError } from '../errors.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import type { TaskFiles } from '../projects/task-files.ts';
import { bytePipe } from './byte-pipe.ts';
import { MOST_BYTES, MOST_FILES, MOST_GROWTH } from './limits.ts';

// Threads of its own would not know when to stop.
configure({ useWebWorkers: false });

export type ZipFile = FileEntry;

/** An object as the reader of archives asks for it: parts of it, never all of it at once. */
class ObjectReader extends Reader<ObjectRow> {
  #row: ObjectRow;
  #files: Pick<TaskFiles, 'read'>;

  constructor(row: ObjectRow, files: Pick<TaskFiles, 'read'>) {
    super(row);
    this.size = row.size;
    this.#row = row;
    this.#files = files;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    const range = { offset, length: Math.min(length, this.size - offset) };
    if (range.length <= 0) return new Uint8Array();
    for await (const chunk of await this.#files.read(this.#row, range)) chunks.push(chunk);
    return new Uint8Array(Buffer.concat(chunks));
  }

  override createReadable(range: { offset?: number; size?: number } = {}): ReadableStream<Uint8Array> {
    const { offset = 0, size = this.size - offset } = range;
    const [row, files] = [this.#row, this.#files];
    const bytes = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      if (size > 0) yield* await files.read(row, { offset, length: size });
    };
    return ReadableStream.from(bytes());
  }
}

const SIGNATURE_BYTES = 8;

/**
 * The files of a ZIP archive, by its directory. Throws `MediaUnsupported` for other archives, `MediaUnreadable` for what is
 * none or names files outside of itself, and `MediaTooLarge` for what would be more than may be unpacked.
 */
export async function* zipFiles(
  row: ObjectRow,
  files: Pick<TaskFiles, 'read'>,
): AsyncGenerator<ZipFile, void, undefined> {
  const reader = new ObjectReader(row, files);
  const head = Buffer.from(await reader.readUint8Array(0, SIGNATURE_BYTES)).toString('latin1');
  const other = head.startsWith('Rar!') ? 'RAR' : head.startsWith('7z\xbc\xaf\x27\x1c') ? '7z' : undefined;
  if (other) {
    const reason = `${other} archives cannot be read on this installation: pack the files as ZIP.`;
    throw new DomainError('MediaUnsupported', { reason });
  }
  const zip = new ZipReader(reader, { checkCrc32: true, checkOverlappingEntry: true });
  const promised = { files: 0, bytes: 0 };
  try {
    for await (const entry of zip.getEntriesGenerator()) {
      promised.files += 1;
      promised.bytes += entry.uncompressedSize;
      checkPromise(promised, row.size);
      if (isFile(entry)) yield entry;
    }
  } catch (error) {
    throw asRefusal(error);
  } finally {
    await zip.close();
  }
}

const isFile = (entry: Entry): entry is FileEntry => !entry.directory;

function checkPromise({ files, bytes }: { files: number; bytes: number }, size: number): void {
  const tooLarge = (reason: string): DomainError => new DomainError('MediaTooLarge', { limit: 'archive', reason });
  if (files > MOST_FILES) throw tooLarge(`The archive has more than ${MOST_FILES} files.`);
  if (bytes > MOST_BYTES) throw tooLarge(`The archive holds more than ${MOST_BYTES} bytes.`);
  if (bytes > size * MOST_GROWTH) {
    throw tooLarge(`The archive of ${size} bytes promises ${bytes}, which no compression of ZIP can hold.`);
  }
}

/** The bytes of one file, never more than the directory says. Throws what `zipFiles` does. */
export async function* unzipped(
  entry: ZipFile,
  password: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (entry.encrypted && !password) {
    throw new DomainError('MediaUnreadable', { reason: `${entry.filename} is encrypted: give its Password.` });
  }
  const { readable, writable, fail } = bytePipe();
  const read = entry.getData(writable, { signal, ...(password && { password }) }).catch(fail);
  let size = 0;
  try {
    for await (const chunk of readable) {
      size += chunk.byteLength;
      if (size > entry.uncompressedSize) {
        throw new DomainError('MediaUnreadable', { reason: `${entry.filename} is longer than the archive says.` });
      }
      yield chunk;
    }
    await read;
  } catch (error) {
    throw asRefusal(error);
  }
}

/** What the reader says of an archive is about the archive; what storage says is not. */
function asRefusal(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  if (error.name === 'AbortError') return error;
  const { filename } = error as Error & { filename?: unknown };
  const of = typeof filename === 'string' ? ` (${filename.slice(0, 200)})` : '';
  const message = /password/i.test(error.message) ? 'The Password is not that of the archive' : error.message;
  return new DomainError(
    'MediaUnreadable',
    { reason: `The archive cannot be read: ${message}${of}.` },
    { cause: error },
  );
}
