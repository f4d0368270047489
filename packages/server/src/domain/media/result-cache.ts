import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ResultFiles } from '../ports/result-files.ts';

/** A finished result, whole. */
export interface Result {
  contentType: string;
  /** Without the dot. */
  extension: string;
  bytes: Uint8Array;
}

export interface ResultCacheSettings {
  folder: string;
  files: ResultFiles;
  /** What the folder may hold, in bytes of disk. */
  maxBytes: number;
  /** Told of files that could not be written or read; the result is produced all the same. */
  trouble?(error: unknown): void;
}

interface Flight {
  result: Promise<Result>;
  controller: AbortController;
  waiting: number;
  /** The result is there; what goes on is its way to the disk. */
  produced: boolean;
}

/** A file takes whole blocks. */
const BLOCK = 4096;
const MAGIC = 'MRC1';
const PREFIX_BYTES = 8;
const SCAN_WIDTH = 32;
/** Of what was asked for again, so much is held in memory as well, in bytes altogether and each: a file costs four trips to the thread pool. */
const HOT_BYTES = 32 * 1024 * 1024;
const HOT_RESULT_BYTES = 512 * 1024;
const NAME = /^[0-9a-f]{64}$/;

/**
 * Results of synchronous processing on disk, the least recently used leaving first. Processing is a pure function of the
 * key, so an entry can never be wrong, only absent: files appear whole under their name (written elsewhere, then renamed),
 * nothing is flushed, and one that does not match its checksum after a crash is dropped as if it had not been there.
 */
export class ResultCache {
  #settings: ResultCacheSettings;
  /** Disk bytes by name, least recently used first. */
  #entries = new Map<string, number>();
  #bytes = 0;
  /** What is in memory, by key, least recently used first. */
  #hot = new Map<string, { result: Result; name: string }>();
  #hotBytes = 0;
  #flights = new Map<string, Flight>();
  #storing = new Set<Promise<void>>();
  /** In the names of files that are half written: another server may have left some of the same results. */
  readonly #mark = randomBytes(4).toString('hex');
  #ready: Promise<void>;
  #scanned = false;

  constructor(settings: ResultCacheSettings) {
    this.#settings = settings;
    // Entries are found by their name, so that serving need not wait for the scan; only eviction does.
    this.#ready = this.#scan().catch((error: unknown) => this.#settings.trouble?.(error));
  }

  /** Resolves once the folder's content is known. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves once what has been produced so far is on disk, or has failed to be. */
  async settled(): Promise<void> {
    await Promise.all(this.#storing);
  }

  /** Disk bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The result of a key, if it is there. */
  async find(key: string): Promise<Result | undefined> {
    const hot = this.#recall(key);
    if (hot !== undefined) return hot;
    const name = nameOf(key);
    if (this.#flights.has(name)) return undefined;
    const result = await this.#load(name);
    if (result !== undefined) this.#keepHot(key, name, result);
    return result;
  }

  /**
   * The result of a key, produced if it is not there. Callers with the same key share one production; it is aborted when
   * the last of them has gone.
   */
  async use(
    key: string,
    produce: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<{ result: Result; hit: boolean }> {
    signal.throwIfAborted();
    const found = await this.find(key);
    if (found !== undefined) return { result: found, hit: true };
    signal.throwIfAborted();
    const name = nameOf(key);
    const flight = this.#flights.get(name) ?? this.#begin(name, produce);
    // Finished, and only on its way to the disk.
    const hit = flight.produced;
    return { result: await wait(flight, signal), hit };
  }

  #recall(key: string): Result | undefined {
    const found = this.#hot.get(key);
    if (found === undefined) return undefined;
    this.#hot.delete(key);
    this.#hot.set(key, found);
    // Its file is as recently used.
    const bytes = this.#entries.get(found.name);
    if (bytes !== undefined) this.#remember(found.name, bytes);
    return found.result;
  }

  #keepHot(key: string, name: string, result: Result): void {
    if (result.bytes.byteLength > HOT_RESULT_BYTES || this.#hot.has(key)) return;
    this.#hot.set(key, { result, name });
    this.#hotBytes += heldFor(key, result);
    for (const [coldest, { result: leaving }] of this.#hot) {
      if (this.#hotBytes <= HOT_BYTES) return;
      this.#hot.delete(coldest);
      this.#hotBytes -= heldFor(coldest, leaving);
    }
  }

  #begin(name: string, produce: (signal: AbortSignal) => Promise<Result>): Flight {
    const controller = new AbortController();
    const result = produce(controller.signal).then((produced) => {
      flight.produced = true;
      return produced;
    });
    const flight: Flight = { result, controller, waiting: 0, produced: false };
    const drop = (): void => this.#drop(name, flight);
    // Whoever waits has the result before it is on disk; those who come in between join this flight. Everybody may have
    // left by the time it fails: then nobody else handles the rejection.
    const stored = result
      .then(afterAnswers)
      .then((produced) => this.#store(name, produced))
      .then(drop, drop)
      .then(() => void this.#storing.delete(stored));
    this.#storing.add(stored);
    // An aborted production must not be joined by those who come after.
    controller.signal.addEventListener('abort', drop);
    this.#flights.set(name, flight);
    return flight;
  }

  #drop(name: string, flight: Flight): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }

  async #load(name: string): Promise<Result | undefined> {
    if (this.#scanned && !this.#entries.has(name)) return undefined;
    const path = this.#path(name);
    let file: Buffer;
    try {
      file = await readFile(path);
    } catch (error) {
      if (!isMissing(error)) this.#settings.trouble?.(error);
      return undefined;
    }
    const result = decode(file);
    if (result === undefined) {
      await rm(path, { force: true });
      this.#forget(name);
      return undefined;
    }
    this.#remember(name, file.byteLength);
    return result;
  }

  async #store(name: string, result: Result): Promise<void> {
    const file = encode(result);
    // One result must not push out everything else.
    if (disk(file.byteLength) > this.#settings.maxBytes / 4) return;
    const temporary = join(this.#settings.folder, `.${name}.${this.#mark}`);
    const { byteLength } = file;
    try {
      await this.#settings.files.write({ path: this.#path(name), temporary, bytes: file });
      this.#remember(name, byteLength);
      await this.#evict();
    } catch (error) {
      this.#settings.trouble?.(error);
    }
  }

  #remember(name: string, bytes: number): void {
    this.#forget(name);
    this.#entries.set(name, disk(bytes));
    this.#bytes += disk(bytes);
  }

  #forget(name: string): void {
    this.#bytes -= this.#entries.get(name) ?? 0;
    this.#entries.delete(name);
  }

  async #evict(): Promise<void> {
    if (!this.#scanned) return;
    while (this.#bytes > this.#settings.maxBytes) {
      const [name] = this.#entries.keys();
      if (name === undefined) return;
      this.#forget(name);
      await rm(this.#path(name), { force: true });
    }
  }

  /** Learns what earlier runs left: entries in the order in which they were written, half-written files removed. */
  async #scan(): Promise<void> {
    const { folder } = this.#settings;
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const found: { name: string; bytes: number; atMs: number }[] = [];
    const files = names.filter((entry) => entry.isFile());
    const lookAt = async (): Promise<void> => {
      for (let entry = files.pop(); entry !== undefined; entry = files.pop()) {
        const path = join(entry.parentPath, entry.name);
        if (NAME.test(entry.name)) {
          const facts = await stat(path).catch(() => undefined);
          if (facts) found.push({ name: entry.name, bytes: disk(facts.size), atMs: facts.mtimeMs });
        } else if (!this.#isUnderWay(entry.name)) {
          await rm(path, { force: true });
        }
      }
    };
    await Promise.all(Array.from({ length: SCAN_WIDTH }, lookAt));
    found.sort((a, b) => a.atMs - b.atMs);
    const recent = this.#entries;
    this.#entries = new Map();
    for (const { name, bytes } of found) if (!recent.has(name)) this.#entries.set(name, bytes);
    for (const [name, bytes] of recent) this.#entries.set(name, bytes);
    this.#bytes = [...this.#entries.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#scanned = true;
    await this.#evict();
  }

  #isUnderWay(temporary: string): boolean {
    return this.#flights.has(temporary.slice(1, 65));
  }

  #path(name: string): string {
    return join(this.#settings.folder, name.slice(0, 2), name);
  }
}

/** Once those who wait have been answered. */
const afterAnswers = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(resolve, value));

/** Memory, about: results may be smaller than their keys. */
const heldFor = (key: string, { bytes }: Result): number => bytes.byteLength + 2 * key.length + 512;

const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const disk = (bytes: number): number => Math.ceil(bytes / BLOCK) * BLOCK;

/** The flight's result, or this caller's own abort. */
async function wait(flight: Flight, signal: AbortSignal): Promise<Result> {
  flight.waiting += 1;
  const { promise, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(signal.reason);
  signal.addEventListener('abort', leave);
  try {
    return await Promise.race([flight.result, promise]);
  } finally {
    signal.removeEventListener('abort', leave);
    flight.waiting -= 1;
    if (flight.waiting === 0 && !flight.produced) flight.controller.abort(signal.reason);
  }
}

/** `MRC1`, the length of the head, the head as JSON, the bytes. In memory of its own, to be given away. */
function encode({ contentType, extension, bytes }: Result): Uint8Array<ArrayBuffer> {
  const head = Buffer.from(JSON.stringify({ contentType, extension, size: bytes.byteLength, crc32: crc32(bytes) }));
  const file = Buffer.from(new ArrayBuffer(PREFIX_BYTES + head.byteLength + bytes.byteLength));
  file.write(MAGIC, 'latin1');
  file.writeUInt32BE(head.byteLength, MAGIC.length);
  file.set(head, PREFIX_BYTES);
  file.set(bytes, PREFIX_BYTES + head.byteLength);
  return file;
}

/** The result in a file; undefined when the file is not whole. */
function decode(file: Buffer): Result | undefined {
  if (file.byteLength < PREFIX_BYTES || file.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const start = PREFIX_BYTES + file.readUInt32BE(MAGIC.length);
  let head: unknown;
  try {
    head = JSON.parse(file.toString('utf8', PREFIX_BYTES, start));
  } catch {
    return undefined;
  }
  if (typeof head !== 'object' || head === null) return undefined;
  const { contentType, extension, size, crc32: sum } = head as Record<string, unknown>;
  const bytes = file.subarray(start);
  if (typeof contentType !== 'string' || typeof extension !== 'string') return undefined;
  return size === bytes.byteLength && sum === crc32(bytes) ? { contentType, extension, bytes } : undefined;
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
