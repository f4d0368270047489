import { createWriteStream, linkSync, statSync, unlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { MediaSource } from '../ports/media-engine.ts';
import type { ObjectRow } from '../ports/object-records.ts';

/** The last part of the key's last segment, lower case, without the dot; '' when it has none. */
export function extensionOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** Names the bytes of an object: blobs never change, and their ids are never used again. */
export function versionOf({ segments }: Pick<ObjectRow, 'segments'>): string {
  return segments.map(({ blob, offset, length }) => `${blob} ${offset} ${length}`).join(',');
}

/** More files than this are not handed out one by one: a sandbox would need a mount for each. */
const MOST_FILES = 200;

/** A source that may have to put its bytes on disk: to be disposed of when the work is over. */
abstract class TemporarySource implements MediaSource, AsyncDisposable {
  readonly name: string;
  readonly size: number;
  #parent: string;
  #folder: Promise<string> | undefined;
  #file: Promise<string> | undefined;
  constructor(name: string, size: number, parent: string) {
    this.name = name;
    this.size = size;
    this.#parent = parent;
  }

  protected abstract read(): Promise<Uint8Array>;
  protected abstract place(path: string): Promise<void>;
  /** Resolves when nothing is put into the folder any more. */
  protected async settled(): Promise<void> {}

  async bytes(limit: number): Promise<Uint8Array> {
    if (this.size > limit) {
      throw new DomainError('MediaTooLarge', {
        limit: 'source size',
        reason: `The source has ${this.size} bytes; at most ${limit} are taken.`,
      });
    }
    return this.read();
  }

  file(): Promise<string> {
    this.#file ??= this.#place();
    return this.#file;
  }

  /** A folder for what is put on disk, made when it is first needed. */
  protected folder(): Promise<string> {
    this.#folder ??= mkdir(this.#parent, { recursive: true }).then(() => mkdtemp(join(this.#parent, 'source-')));
    return this.#folder;
  }

  async #place(): Promise<string> {
    // The key is never a file name, and neither is its extension: whoever needs one has it from `name`.
    const path = join(await this.folder(), 'source');
    await this.place(path);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.catch(() => undefined);
    await this.settled();
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** An object as it was when its record was read. Bytes are immutable, so that stays readable if it is overwritten meanwhile. */
export class ObjectSource extends TemporarySource {
  readonly version: string;
  readonly encrypted: boolean;
  #objects: ObjectService;
  #row: ObjectRow;
  #signal: AbortSignal;
  #verify: boolean;
  #verification: Promise<void> = Promise.resolve();
  #files: Promise<readonly string[] | undefined> | undefined;

  /**
   * `verify` reads the whole object once against its checksum while a tool works on its file: `verified` says when that is
   * done, and nothing made of the file may be kept before. Without it a tool that only looks at parts of a large file
   * makes nobody read all of it, as with a ranged read.
   */
  constructor(
    objects: ObjectService,
    row: ObjectRow,
    options: { temporaryFolder: string; signal: AbortSignal; verify: boolean; encrypted: boolean },
  ) {
    super(row.key, row.size, options.temporaryFolder);
    this.version = versionOf(row);
    this.encrypted = options.encrypted;
    this.#objects = objects;
    this.#row = row;
    this.#signal = options.signal;
    this.#verify = options.verify;
  }

  protected override async read(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#stream()) chunks.push(chunk);
    const [only] = chunks;
    return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
  }

  protected override async place(path: string): Promise<void> {
    if ((await this.share(path)) === undefined) {
      await pipeline(Readable.from(await this.#stream()), createWriteStream(path), { signal: this.#signal });
    } else if (this.#verify) {
      this.#verifyAll();
    }
  }

  #verifyAll(): void {
    this.#verification = this.#readThrough();
    // Reported to who waits for it; until then it must not count as unhandled.
    this.#verification.catch(() => {});
  }

  /** Resolves once every byte handed out so far has been compared with its checksum. Rejects with `BlobDamaged`. */
  verified(): Promise<void> {
    return this.#verification;
  }

  protected override async settled(): Promise<void> {
    await this.#files?.catch(() => undefined);
  }

  async #readThrough(): Promise<void> {
    for await (const _ of await this.#stream());
  }

  async head(length: number): Promise<Uint8Array> {
    const range = { offset: 0, length: Math.min(length, this.size) };
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#objects.read(this.#row, range, this.#signal)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  /** A second name for the blob keeps its bytes for as long as the work lasts, even if the collector removes the first. */
  async share(path: string): Promise<string | undefined> {
    const [blob, ...others] = (await this.#objects.localPaths(this.#row)) ?? [];
    if (blob === undefined || others.length > 0) return undefined;
    return linkWhole(blob, path) ? this.#row.crc64 : undefined;
  }

  /** Several blobs get such names, too. */
  files(): Promise<readonly string[] | undefined> {
    this.#files ??= this.#placeAll();
    return this.#files;
  }

  async #placeAll(): Promise<readonly string[] | undefined> {
    const { length } = this.#row.segments;
    if (length < 2 || length > MOST_FILES) return undefined;
    const blobs = await this.#objects.localPaths(this.#row);
    if (blobs === undefined) return undefined;
    const folder = await this.folder();
    const paths: string[] = [];
    for (const [number, blob] of blobs.entries()) {
      const path = join(folder, `source-${number}`);
      if (!linkWhole(blob, path)) return undefined;
      paths.push(path);
    }
    if (this.#verify) this.#verifyAll();
    return paths;
  }

  #stream(): Promise<AsyncIterable<Uint8Array>> {
    return this.#objects.read(this.#row, undefined, this.#signal);
  }
}

/**
 * Gives a blob one more name, if the file holds those bytes and no others. Not so on another volume, on a file system without
 * links, or where there is no file: whoever reads it then says what is wrong.
 *
 * Every picture waits for this. Two calls that look at no byte take some ten microseconds; by way of the thread pool, where
 * every core decodes a picture, a hundred times that.
 */
function linkWhole(blob: { path: string; length: number }, path: string): boolean {
  try {
    linkSync(blob.path, path);
    if (statSync(path).size === blob.length) return true;
    unlinkSync(path);
  } catch {
    // As above.
  }
  return false;
}

/** What one stage produced, as the source of the next. */
export class BytesSource extends TemporarySource {
  #bytes: Uint8Array;
  constructor(name: string, bytes: Uint8Array, temporaryFolder: string) {
    super(name, bytes.byteLength, temporaryFolder);
    this.#bytes = bytes;
  }
  protected override async read(): Promise<Uint8Array> {
    return this.#bytes;
  }
  protected override place(path: string): Promise<void> {
    return writeFile(path, this.#bytes);
  }
}
