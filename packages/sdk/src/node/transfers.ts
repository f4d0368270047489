import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Crc64, combine, crc64 } from '@millrace/crc64';
import type { Served } from '@millrace/protocol/oss';
import { InconsistentError, ServiceError } from '../core/errors.ts';
import type { OssBase } from '../oss/oss.ts';
import type { RequestOf, ResultOf } from '../oss/types.ts';
import { type CheckpointStore, type DownloadRecord, MemoryCheckpoints } from '../transfer/checkpoint.ts';
import { type Part, partSizeFor, partsOf } from '../transfer/part-size.ts';
import {
  ATTEMPTS_OVER,
  bandwidthOf,
  limitOf,
  Meter,
  Serial,
  SourceChangedError,
  type TransferOptions,
  UploaderBase,
  type UploadRequest,
  type UploadResult,
} from '../transfer/uploader.ts';
import { eachOf } from '../transfer/workers.ts';
import { FileCheckpoints } from './file-checkpoints.ts';
import { fileName, fileSource } from './file-source.ts';

/** `TransferOptions`, and a folder instead of a store. */
export interface FileTransferOptions extends TransferOptions {
  /** A folder to keep records in; short for `checkpoints: new FileCheckpoints(folder)`. */
  checkpointDir?: string;
}

const withStore = ({ checkpointDir, ...options }: FileTransferOptions): TransferOptions =>
  checkpointDir === undefined ? options : { checkpoints: new FileCheckpoints(checkpointDir), ...options };

/** Uploads files and streams of any size. */
export class Uploader extends UploaderBase {
  constructor(oss: OssBase, defaults: FileTransferOptions = {}) {
    super(oss, withStore(defaults));
  }

  /** Uploads a file. One that changes meanwhile is sent again, up to three times. */
  async uploadFile(request: UploadRequest, path: string, options: FileTransferOptions = {}): Promise<UploadResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.upload(request, await fileSource(path), withStore(options));
      } catch (error) {
        // It may be done by now with whoever wrote to the file.
        if (!(error instanceof SourceChangedError) || attempt >= ATTEMPTS_OVER) throw error;
      }
    }
  }

  /** Gives up: forgets the record of this file and what the server keeps of the upload. */
  async abortFile(request: UploadRequest, path: string, options: FileTransferOptions = {}): Promise<void> {
    await this.abort(request, { identity: { name: fileName(path) } }, withStore(options));
  }
}

/** The object to download, or one version of it. */
export type DownloadRequest = Pick<RequestOf<Served['GetObject']>, 'bucket' | 'key' | 'versionId' | 'trafficLimit'>;

/** The object that was downloaded, as it was then. */
export interface DownloadResult {
  etag: string | undefined;
  crc64: string;
  versionId: string | undefined;
  size: number;
  /** Milliseconds since the epoch. */
  lastModified: number | undefined;
}

type Head = ResultOf<Served['HeadObject']>;

/** So much is asked for before it is known how long an object is. */
const SMALL = 64 * 1024;
const shared = new MemoryCheckpoints();

/** What is there is not one object from end to end: it changed meanwhile, or arrived damaged. The download starts again. */
class Torn extends InconsistentError {}

/** Downloads objects into files: in parts, checked, and seen under their name only when whole. */
export class Downloader {
  readonly oss: OssBase;
  readonly defaults: FileTransferOptions;
  constructor(oss: OssBase, defaults: FileTransferOptions = {}) {
    this.oss = oss;
    this.defaults = defaults;
  }

  /** Downloads an object into a file, which is replaced only when all is there and right. */
  async downloadFile(
    request: DownloadRequest,
    path: string,
    options: FileTransferOptions = {},
  ): Promise<DownloadResult> {
    const all = this.#allOf(options);
    const file = resolve(path);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#whole(request, file, all);
      } catch (error) {
        if (!(error instanceof Torn) || attempt >= ATTEMPTS_OVER) throw error;
      }
    }
  }

  /** Gives up: forgets the record, and removes what arrived. */
  async abort(request: DownloadRequest, path: string, options: FileTransferOptions = {}): Promise<void> {
    const { checkpoints: store = shared } = this.#allOf(options);
    const name = this.#nameOf(request, resolve(path));
    const record = await store.load(name);
    await store.remove(name);
    if (record?.kind === 'download') await rm(record.temporary, { force: true });
  }

  #allOf(options: FileTransferOptions): TransferOptions {
    return withStore({ ...this.defaults, ...options });
  }

  #nameOf({ bucket, key, versionId = '' }: DownloadRequest, file: string): string {
    return `download ${this.oss.endpoint.origin} oss://${bucket}/${key}\n${versionId}\n${file}`;
  }

  async #whole(request: DownloadRequest, file: string, all: TransferOptions): Promise<DownloadResult> {
    await all.pause?.wait(all.signal ?? new AbortController().signal);
    const small = await this.#small(request, file, all);
    if (small) return small;
    const { bucket, key, versionId } = request;
    const head = await this.oss.headObject({ bucket, key, versionId }, { signal: all.signal });
    // What comes in one request is not worth a record: a run that fails begins anew.
    if (head.size < (all.threshold ?? partSizeFor(head.size, all.partSize))) {
      return await this.#download(request, head, file, '', undefined, all);
    }
    const name = this.#nameOf(request, file);
    const store = all.checkpoints ?? shared;
    const held = await store.hold(name);
    try {
      return await this.#download(request, head, file, name, held ? store : undefined, all);
    } finally {
      await held?.release();
    }
  }

  /**
   * Asks for the first bytes, which are mostly all of a small object: one request where there were two. Undefined when
   * there is more, or when they did not come whole.
   */
  async #small(request: DownloadRequest, file: string, all: TransferOptions): Promise<DownloadResult | undefined> {
    const asked = { ...request, range: `bytes=0-${SMALL - 1}` };
    const answer = await this.oss.getObject(asked, { signal: all.signal });
    const { body, contentRange, etag, lastModified, versionId } = answer;
    if ((body.length ?? SMALL + 1) > SMALL) {
      await body.cancel();
      return undefined;
    }
    const bytes = await body.bytes().catch((error) => {
      if (all.signal?.aborted || !this.oss.settings.retry.retryable(error)) throw error;
      return undefined;
    });
    const size = Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? bytes?.length);
    if (bytes?.length !== size) return undefined;
    const whole = crc64(bytes);
    if (answer.crc64 !== undefined && answer.crc64 !== whole) return undefined;
    const temporary = `${file}.${randomUUID()}.part`;
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    all.onProgress?.({ transferred: size, total: size, moved: size });
    await bandwidthOf(all)?.take(size, all.signal);
    return { etag, crc64: whole, versionId, size, lastModified };
  }

  async #download(
    request: DownloadRequest,
    head: Head,
    file: string,
    name: string,
    store: CheckpointStore | undefined,
    all: TransferOptions,
  ): Promise<DownloadResult> {
    const { bucket, key, versionId } = request;
    const target = `oss://${bucket}/${key}`;
    const found = await store?.load(name);
    const record = await this.#resumed(found, head, target, versionId, file, all);
    const known = new Set(record.parts.map(({ number }) => number));
    const meter = new Meter(head.size, all);
    meter.found(record.parts.reduce((sum, { size }) => sum + size, 0));
    await store?.save(name, record);
    try {
      await this.#fetch(request, record, known, meter, all, async (handle) => {
        // What the record says is there must be there after a power cut.
        if (store) await handle.datasync();
        await store?.save(name, record);
      });
      const sorted = record.parts.toSorted((a, b) => a.number - b.number);
      const whole = sorted.reduce((crc, part) => combine(crc, part.crc64, part.size), '0');
      if (head.crc64 !== undefined && head.crc64 !== whole) {
        throw new Torn('The CRC-64 of the file differs', head.crc64, whole);
      }
      await rename(record.temporary, file);
      await store?.remove(name);
      const { etag, size, lastModified } = head;
      return { etag, crc64: whole, versionId: head.versionId, size, lastModified };
    } catch (error) {
      if (!store || record.parts.length === 0 || error instanceof Torn) {
        await rm(record.temporary, { force: true });
        await store?.remove(name);
      }
      throw error;
    }
  }

  /** Brings the parts that are not there yet; `keep` is called after each, one call after the other. */
  async #fetch(
    request: DownloadRequest,
    record: DownloadRecord,
    known: ReadonlySet<number>,
    meter: Meter,
    all: TransferOptions,
    keep: (handle: FileHandle) => Promise<void>,
  ): Promise<void> {
    await using handle = await open(record.temporary, known.size > 0 ? 'r+' : 'w', 0o666);
    const todo = partsOf(record.size, record.partSize).filter(({ number }) => !known.has(number));
    const limit = limitOf(all, this.oss);
    const keeping = new Serial();
    await eachOf(
      todo,
      () => limit.current,
      all.signal,
      async (part, signal) => {
        await all.pause?.wait(signal);
        record.parts.push(await this.#part(request, record, part, handle, signal, meter));
        limit.moved(part.size);
        await keeping.run(() => keep(handle));
      },
    );
    if (todo.length > 1) await handle.datasync();
  }

  async #resumed(
    found: unknown,
    head: Head,
    target: string,
    versionId: string | undefined,
    file: string,
    all: TransferOptions,
  ): Promise<DownloadRecord> {
    const old = found as DownloadRecord | undefined;
    if (old?.kind === 'download') {
      const sameObject = old.etag === head.etag && old.size === head.size && old.target === target;
      const there = sameObject && (await intact(old));
      if (there) return { ...old, parts: there };
      await rm(old.temporary, { force: true });
    }
    const etag = head.etag ?? '';
    const partSize = partSizeFor(head.size, all.partSize);
    return {
      kind: 'download',
      target,
      temporary: `${file}.${randomUUID()}.part`,
      etag,
      size: head.size,
      versionId,
      partSize,
      parts: [],
    };
  }

  async #part(
    request: DownloadRequest,
    record: DownloadRecord,
    part: Part,
    handle: FileHandle,
    signal: AbortSignal,
    meter: Meter,
  ): Promise<DownloadRecord['parts'][number]> {
    const { platform, retry } = this.oss.settings;
    let crc = new Crc64();
    let at = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        const range = `bytes=${part.from + at}-${part.from + part.size - 1}`;
        const answer = await this.oss.getObject(
          { ...request, range, rangeBehavior: 'standard', ifMatch: record.etag },
          { signal },
        );
        const expected = `bytes ${part.from + at}-${part.from + part.size - 1}/${record.size}`;
        if (answer.status !== 206 || answer.contentRange !== expected) {
          await answer.body.cancel();
          throw new Torn('Another range was sent', expected, answer.contentRange ?? `${answer.status}`);
        }
        for await (const piece of meter.throttled(answer.body, signal, () => undefined)) {
          await handle.write(piece, 0, piece.length, part.from + at);
          crc.update(piece);
          at += piece.length;
          // What came counts as progress: a link that breaks often still gets there.
          attempt = 1;
        }
        if (at !== part.size) throw new InconsistentError('A part has another length', `${part.size}`, `${at}`);
        return { number: part.number, size: part.size, crc64: crc.digest() };
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof ServiceError && error.code === 'PreconditionFailed') {
          throw new Torn('The object changed while it was read', record.etag, 'another');
        }
        if (at > part.size) {
          meter.back(at);
          crc = new Crc64();
          at = 0;
        }
        if (attempt >= retry.attempts || !retry.retryable(error)) throw error;
        await platform.sleep(retry.delay(attempt + 1, platform.random), signal);
      }
    }
  }
}

/** The parts of a record whose bytes are still in the temporary file, read and compared. */
async function intact(record: DownloadRecord): Promise<DownloadRecord['parts'] | undefined> {
  const there = await stat(record.temporary).catch(() => undefined);
  if (!there) return undefined;
  await using handle = await open(record.temporary, 'r');
  const good: DownloadRecord['parts'] = [];
  const buffer = Buffer.alloc(1024 * 1024);
  for (const part of record.parts) {
    const crc = new Crc64();
    const from = (part.number - 1) * record.partSize;
    for (let at = 0; at < part.size; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, part.size - at), from + at);
      if (bytesRead === 0) break;
      crc.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    if (crc.digest() === part.crc64) good.push(part);
  }
  return good;
}
