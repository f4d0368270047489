import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DomainError } from '../../domain/errors.ts';
import { CHUNK_BYTES, releaseChunk, takeChunk, trimChunk } from '../../domain/objects/shared-chunks.ts';
import type { BlobId, BlobStore, TransferOptions } from '../../domain/ports/blob-store.ts';
import { DirectorySync, type SyncDirectory, syncDirectory } from './directory-sync.ts';

/** Bytes gathered before they are written: a socket delivers them in pieces too small to be worth a call each. */
const WRITE_BYTES = CHUNK_BYTES;

/** So much of a long body is brought to the disk while more arrives, so that little is left to wait for at its end. */
const SYNC_BYTES = 8 * 1024 * 1024;

/** A disk that is slower than the sender holds it up once so much waits for it. */
const UNSYNCED_BYTES = 64 * 1024 * 1024;

/** Pieces that are with a digest, which takes them one after another and should not have to wait for the next. */
const DIGESTED_AT_ONCE = 3;

/** Chunks of a read that are on their way while the consumer has one. */
const READS_AHEAD = 2;

/** Bytes of a read for which no chunk of shared memory is to be had, or which are too few for one. */
const SMALL_READ_BYTES = 64 * 1024;

/** An empty directory this old will not be written to again: ids start with the time. */
const EMPTY_DIRECTORY_MS = 24 * 3_600_000;

/** How bytes and names reach the disk, and stable storage. Replaced in tests of failing disks. */
export interface FileDisk {
  /** Writes at the end of the file. Without a digest, which takes in all of it, it may take less at a time than it was given. */
  write(
    handle: FileHandle,
    pieces: readonly Uint8Array[],
    digest?: TransferOptions['digest'],
  ): Promise<{ bytesWritten: number }>;
  syncFile(handle: FileHandle): Promise<void>;
  syncDirectory: SyncDirectory;
}

export const fileDisk: FileDisk = {
  async write(handle, pieces, digest) {
    if (!digest) return handle.writev([...pieces]);
    await Promise.all(pieces.map((piece) => digest.write(handle, piece)));
    return { bytesWritten: pieces.reduce((sum, { length }) => sum + length, 0) };
  },
  syncFile: (handle) => handle.datasync(),
  syncDirectory,
};

export interface FileBlobStoreOptions {
  /** Made when missing. */
  folder: string;
  disk?: FileDisk;
}

/** Opens a folder of blobs, one file each. */
export async function openFileBlobStore(options: FileBlobStoreOptions): Promise<FileBlobStore> {
  const folder = resolve(options.folder);
  const disk = options.disk ?? fileDisk;
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) {
    for (let path = folder; path.length >= made.length; path = dirname(path)) await disk.syncDirectory(dirname(path));
  }
  return new FileBlobStore(folder, disk);
}

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(String(error.code));

/**
 * Steps of a source, given up when the signal fires. Each step is a promise of its own: racing them all against one
 * promise of the abort would make that one hold on to every chunk for as long as the write takes.
 */
class AbortableSteps {
  #signal: AbortSignal | undefined;
  #giveUp: (reason: unknown) => void = () => {};
  #onAbort = (): void => this.#giveUp(this.#signal?.reason);

  constructor(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  step<T>(next: Promise<T>): Promise<T> {
    if (this.#signal === undefined) return next;
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      next.then(resolve, reject);
      if (this.#signal?.aborted) reject(this.#signal.reason);
    });
  }

  /** Must be called, or the signal keeps this. */
  end(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

async function writeAll(
  disk: FileDisk,
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  digest: TransferOptions['digest'],
): Promise<void> {
  let rest = pieces;
  while (rest.length > 0) {
    let { bytesWritten } = await disk.write(handle, rest, digest);
    const left: Uint8Array[] = [];
    for (const piece of rest) {
      if (bytesWritten < piece.length) left.push(piece.subarray(bytesWritten));
      bytesWritten = Math.max(0, bytesWritten - piece.length);
    }
    rest = left;
  }
}

/**
 * Takes bytes into a file, gathering the next piece while up to `atOnce` are being written, and calls `sync` now and then.
 * Says how many there were; the last of them are not synced.
 */
async function copyInto(
  write: (pieces: readonly Uint8Array[]) => Promise<void>,
  bytes: AsyncIterable<Uint8Array>,
  sync: () => Promise<void>,
  atOnce: number,
  signal?: AbortSignal,
): Promise<number> {
  const steps = new AbortableSteps(signal);
  const iterator = bytes[Symbol.asyncIterator]();
  const writing: Promise<void>[] = [];
  let syncing: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let total = 0;
  let synced = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (writing.length === atOnce) await writing.shift();
    const pieces = gathered;
    const written = write(pieces).then(() => pieces.forEach(releaseChunk));
    written.catch(() => {});
    writing.push(written);
    gathered = [];
    size = 0;
  };
  let exhausted = false;
  try {
    for (;;) {
      const { done, value } = await steps.step(iterator.next());
      if (done === true) break;
      if (value.length === 0) continue;
      gathered.push(value);
      size += value.length;
      total += value.length;
      if (size >= WRITE_BYTES) await flush();
      if (total - synced >= UNSYNCED_BYTES) await syncing;
      if (failure) throw failure.error;
      if (total - synced < SYNC_BYTES || syncing) continue;
      synced = total;
      syncing = Promise.all(writing)
        .then(sync)
        .catch((error: unknown) => {
          failure = { error };
        })
        .then(() => {
          syncing = undefined;
        });
    }
    exhausted = true;
    if (gathered.length > 0) await flush();
    await Promise.all(writing);
    await syncing;
    if (failure) throw failure.error;
    return total;
  } finally {
    steps.end();
    // The file is about to be closed: no write may still be under way. A source that hangs is told, not waited for.
    await Promise.allSettled(writing);
    await syncing;
    if (!exhausted) iterator.return?.()?.catch(() => {});
  }
}

/**
 * Blobs as files, written in place under their own id, which no record names before the write has returned. Directories
 * follow the time in the id (`0mabc/d/…`: 17 hours, 28 minutes), so that blobs written together share the sync of one
 * directory.
 */
export class FileBlobStore implements BlobStore {
  #folder: string;
  #disk: FileDisk;
  #directorySync: DirectorySync;
  /** Directories known to be on stable storage, or on their way there. */
  #directories = new Map<string, Promise<void>>();
  /** Set by the first failed sync, for good: what the disk holds is unknown until the next start. */
  #failed: string | undefined;

  constructor(folder: string, disk: FileDisk) {
    this.#folder = folder;
    this.#disk = disk;
    this.#directorySync = new DirectorySync((path) => this.#orFail(() => disk.syncDirectory(path)));
  }

  async write(id: BlobId, bytes: AsyncIterable<Uint8Array>, { signal, digest }: TransferOptions = {}): Promise<number> {
    this.#refuseIfFailed();
    signal?.throwIfAborted();
    const path = this.localPath(id);
    const directory = dirname(path);
    try {
      const handle = await this.#create(path, directory);
      try {
        const write = (pieces: readonly Uint8Array[]): Promise<void> => writeAll(this.#disk, handle, pieces, digest);
        const sync = (): Promise<void> => this.#orFail(() => this.#disk.syncFile(handle));
        const length = await copyInto(write, bytes, sync, digest ? DIGESTED_AT_ONCE : 1, signal);
        await Promise.all([sync(), this.#directorySync.after(directory)]);
        this.#refuseIfFailed();
        signal?.throwIfAborted();
        return length;
      } catch (error) {
        await unlink(path).catch(() => {});
        throw error;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!isCode(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO')) throw error;
      throw new DomainError('StorageReadOnly', { reason: String(error) }, { cause: error });
    }
  }

  async *read(
    id: BlobId,
    range: { offset: number; length: number },
    { signal, digest }: TransferOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    signal?.throwIfAborted();
    const path = this.localPath(id);
    const damaged = (reason: string, cause?: unknown): Error =>
      new DomainError('BlobDamaged', { blob: id, reason }, { cause });
    const handle = await open(path, 'r').catch((error: unknown) => {
      throw isCode(error, 'ENOENT') ? damaged('The file is missing.', error) : error;
    });
    const ahead: Reading[] = [];
    try {
      const end = range.offset + range.length;
      let asked = range.offset;
      const readAhead = (): void => {
        while (asked < end && ahead.length < READS_AHEAD) {
          const reading = startReading(handle, asked, end - asked, digest);
          asked += reading.wanted;
          ahead.push(reading);
        }
      };
      readAhead();
      if (asked < end) {
        // Known before the first byte is answered, when it can still become an error.
        const { size } = await handle.stat();
        if (size < end) throw damaged(`The file has ${size} bytes; ${end} were written.`);
      }
      for (let [reading] = ahead; reading !== undefined; [reading] = ahead) {
        const chunk = await reading.bytes.catch((error: unknown) => {
          throw isCode(error, 'EIO', 'EISDIR') ? damaged(`The disk cannot read it: ${error}`, error) : error;
        });
        signal?.throwIfAborted();
        if (chunk.length < reading.wanted)
          throw damaged(`The file ends after ${reading.position + chunk.length} bytes; ${end} were written.`);
        ahead.shift();
        readAhead();
        yield chunk;
      }
    } finally {
      await Promise.all(ahead.map(({ bytes }) => bytes.then(releaseChunk, () => {})));
      // Nothing depends on when or whether closing a file that was read succeeds.
      handle.close().catch(() => {});
    }
  }

  async remove(id: BlobId): Promise<void> {
    try {
      await unlink(this.localPath(id));
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }

  async *list(): AsyncGenerator<{ id: BlobId; length: number; modifiedMs: number }, void, undefined> {
    yield* this.#listDirectory(this.#folder, 0);
  }

  localPath(id: BlobId): string {
    // Ids are made here, but a path must not depend on that.
    if (!/^[0-9a-z]{1,100}$/.test(id)) throw new TypeError(`Not a blob id: ${JSON.stringify(id)}`);
    const padded = id.padEnd(5, '0');
    return join(this.#folder, padded.slice(0, 4), padded.slice(4, 5), id);
  }

  async *#listDirectory(
    path: string,
    depth: number,
  ): AsyncGenerator<{ id: BlobId; length: number; modifiedMs: number }> {
    let empty = true;
    for await (const entry of await opendir(path, { bufferSize: 256 })) {
      empty = false;
      const child = join(path, entry.name);
      if (entry.isDirectory() && depth < 2) yield* this.#listDirectory(child, depth + 1);
      if (!entry.isFile() || depth < 2) continue;
      try {
        const { size, mtimeMs } = await stat(child);
        yield { id: entry.name, length: size, modifiedMs: Math.floor(mtimeMs) };
      } catch (error) {
        // Removed since the directory was read.
        if (!isCode(error, 'ENOENT')) throw error;
      }
    }
    if (empty && depth > 0) await this.#removeOldDirectory(path);
  }

  async #removeOldDirectory(path: string): Promise<void> {
    try {
      const { mtimeMs } = await stat(path);
      // The system clock, because that is what the file system sets times by.
      if (Date.now() - mtimeMs < EMPTY_DIRECTORY_MS) return;
      this.#directories.delete(path);
      await rmdir(path);
    } catch {
      // Not empty any more, or already gone: either is fine.
    }
  }

  async #create(path: string, directory: string): Promise<FileHandle> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    await this.#ensureDirectory(directory);
    try {
      return await open(path, flags, 0o600);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
    // Removed while it was empty.
    this.#directories.delete(directory);
    this.#directories.delete(dirname(directory));
    await this.#ensureDirectory(directory);
    return open(path, flags, 0o600);
  }

  /** Makes a directory below the folder, and its parents, and their names durable. */
  #ensureDirectory(path: string): Promise<void> {
    if (path === this.#folder) return Promise.resolve();
    let made = this.#directories.get(path);
    if (made === undefined) {
      made = this.#makeDirectory(path);
      this.#directories.set(path, made);
      made.catch(() => this.#directories.delete(path));
    }
    return made;
  }

  async #makeDirectory(path: string): Promise<void> {
    const parent = dirname(path);
    await this.#ensureDirectory(parent);
    try {
      await mkdir(path, 0o700);
    } catch (error) {
      // There since an earlier start, whose sync of it may never have finished.
      if (!isCode(error, 'EEXIST')) throw error;
    }
    await this.#directorySync.after(parent);
  }

  async #orFail(sync: () => Promise<void>): Promise<void> {
    this.#refuseIfFailed();
    try {
      await sync();
    } catch (error) {
      this.#failed ??= `A sync of ${this.#folder} failed (${error}); the volume is checked at the next start.`;
      throw new DomainError('StorageReadOnly', { reason: this.#failed }, { cause: error });
    }
  }

  #refuseIfFailed(): void {
    if (this.#failed !== undefined) throw new DomainError('StorageReadOnly', { reason: this.#failed });
  }
}

interface Reading {
  position: number;
  wanted: number;
  /** Fewer than `wanted` only at the end of the file. */
  bytes: Promise<Uint8Array>;
}

/** Begins to read up to `length` bytes, as many as there is memory for. */
function startReading(
  handle: FileHandle,
  position: number,
  length: number,
  digest: TransferOptions['digest'],
): Reading {
  const chunk = length > SMALL_READ_BYTES ? takeChunk() : undefined;
  const small = Math.min(length, SMALL_READ_BYTES);
  const buffer = chunk ?? (digest ? Buffer.from(new SharedArrayBuffer(small)) : Buffer.allocUnsafeSlow(small));
  const wanted = Math.min(length, buffer.length);
  const fill = async (): Promise<Uint8Array> => {
    if (digest) return trimChunk(buffer, await digest.read({ fd: handle.fd, position }, buffer.subarray(0, wanted)));
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await handle.read(buffer, filled, wanted - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return trimChunk(buffer, filled);
  };
  const bytes = fill();
  // Whoever waits for it is told.
  bytes.catch(() => {});
  return { position, wanted, bytes };
}
