import { Crc64, combine, crc64 } from '@millrace/crc64';
import type { Served } from '@millrace/protocol/oss';
import { type Body, type ByteSource, byteSource, concatenate, crc64Of } from '../core/byte-source.ts';
import { InconsistentError, InvalidRequestError, NetworkError, ServiceError } from '../core/errors.ts';
import type { OssBase } from '../oss/oss.ts';
import { listPartsPages } from '../oss/pages.ts';
import type { RequestOf } from '../oss/types.ts';
import { type CheckpointStore, MemoryCheckpoints, type SourceIdentity, type UploadRecord } from './checkpoint.ts';
import { type Part, partSizeFor, partsOf } from './part-size.ts';
import { AdaptiveConcurrency, Bandwidth, eachOf, type Pause, type Progress } from './workers.ts';

/** Where parts are read from, any of them, any number of times. */
export interface PartSource {
  size: number;
  /** As it was when the source was made. */
  identity: SourceIdentity;
  /** Some of it; several at once. */
  read(from: number, size: number): ByteSource;
  /** As it is now: a source that changed while it was sent must not become an object. */
  check(): Promise<SourceIdentity>;
  /** The whole in one go keeps what is known of it, for browsers. */
  whole(): Body | Promise<Body>;
  close?(): Promise<void>;
}

/** How files are moved: given to a `Uploader`, `Downloader` or `Copier`, or to a single transfer. */
export interface TransferOptions {
  /** From this size on a file goes in parts; the part size by default. */
  threshold?: number;
  /** 100 KiB to 5 GiB; chosen by the size of the source when not given. */
  partSize?: number;
  /** Parts at once. A number fixes it; without, it adapts to what the link gives, up to 8. */
  concurrency?: number;
  /** Keeps what is done for a process that comes after; without one it is kept as long as this client. */
  checkpoints?: CheckpointStore;
  /** Ends the transfer; what is done is kept for the next run. */
  signal?: AbortSignal;
  /** Lets the transfer rest, and go on. */
  pause?: Pause;
  /** Bytes a second that all parts together may take; a `Bandwidth` that several transfers share. */
  bandwidth?: number | Bandwidth;
  /** Told whenever bytes went or came; with every piece of a part, so it should be quick. */
  onProgress?(progress: Progress): void;
}

/** Where to upload to, and what else `putObject` takes: `contentType`, `meta`, `acl`, `tagging`, … */
export type UploadRequest = Omit<RequestOf<Served['PutObject']>, 'body' | 'contentMd5'>;

/** The object that came of an upload. */
export interface UploadResult {
  etag: string | undefined;
  crc64: string;
  versionId: string | undefined;
  size: number;
  /** Undefined when it went in one request. */
  uploadId: string | undefined;
  requestId: string;
}

export const ATTEMPTS_OVER = 3;
const START_CONCURRENCY = 4;
const MOST_CONCURRENCY = 8;
const shared = new MemoryCheckpoints();

/** What was sent is not what is there now: a file that somebody writes to. */
export class SourceChangedError extends InconsistentError {
  constructor(sent: number, now: number) {
    super('The source changed while it was sent', `${sent} bytes as they were`, `${now} bytes, or others`);
  }
}

/** The upload on the server, or its source, is not what the record says: the upload starts again. */
class StartAgain extends Error {}

/** Uploads files and streams of any size, in parts where they are large, and goes on where an earlier run ended. */
export class UploaderBase {
  readonly oss: OssBase;
  readonly defaults: TransferOptions;
  constructor(oss: OssBase, defaults: TransferOptions = {}) {
    this.oss = oss;
    this.defaults = defaults;
  }

  /** Uploads a source that can be read anywhere. Throws `SourceChangedError` when it is another one at the end. */
  async upload(request: UploadRequest, source: PartSource, options: TransferOptions = {}): Promise<UploadResult> {
    const all = { ...this.defaults, ...options };
    const partSize = partSizeFor(source.size, all.partSize);
    if (source.size === 0 || source.size < (all.threshold ?? partSize)) return await this.#once(request, source, all);
    const store = all.checkpoints ?? shared;
    const name = `${targetOf(this.oss, request)}\n${source.identity.name}`;
    const held = await store.hold(name);
    const keep = held ? store : undefined;
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#inParts(request, source, partSize, keep, name, all);
        } catch (error) {
          // Whatever was kept is of no use any more, and no failure of the caller's.
          if (!(error instanceof StartAgain) || attempt >= ATTEMPTS_OVER) throw error;
          await keep?.remove(name);
        }
      }
    } finally {
      await held?.release();
    }
  }

  /** Uploads a stream whose length need not be known. It can be read once, so nothing is kept of it. */
  async uploadFrom(request: UploadRequest, body: Body, options: TransferOptions = {}): Promise<UploadResult> {
    const all = { ...this.defaults, ...options };
    const source = byteSource(body);
    const partSize = partSizeFor(source.length, all.partSize);
    const parts = partsFrom(source.open(), partSize)[Symbol.asyncIterator]();
    const first = await parts.next();
    const bytes = first.done ? new Uint8Array() : first.value.bytes;
    if (bytes.length < partSize) {
      const put = await this.oss.putObject({ ...request, body: bytes }, { signal: all.signal });
      all.onProgress?.({ transferred: bytes.length, total: bytes.length, moved: bytes.length });
      return resultOf(put, put.crc64 ?? crc64(bytes), bytes.length, undefined);
    }
    const uploadId = await this.#initiate(request, all);
    const { bucket, key } = request;
    const done: UploadRecord['parts'] = [];
    const meter = new Meter(source.length, all);
    const concurrency = limitOf(all, this.oss);
    try {
      const every = (async function* () {
        yield { number: 1, bytes };
        for (;;) {
          const next = await parts.next();
          if (next.done) return;
          yield next.value;
        }
      })();
      await eachOf(
        every,
        () => concurrency.current,
        all.signal,
        async (part, signal) => {
          await all.pause?.wait(signal);
          done.push(await this.#part(request, uploadId, part.number, byteSource(part.bytes), signal, meter));
          concurrency.moved(part.bytes.length);
        },
      );
      return await this.#complete(request, uploadId, done, all);
    } catch (error) {
      // Nobody can resume a stream: its parts are only in the way.
      await this.oss.abortMultipartUpload({ bucket, key, uploadId }).catch(() => undefined);
      throw error;
    } finally {
      await parts.return?.(undefined);
    }
  }

  /** Gives up: forgets the record and what the server keeps of the upload. */
  async abort(
    request: UploadRequest,
    source: { identity: Pick<SourceIdentity, 'name'> },
    options: TransferOptions = {},
  ): Promise<void> {
    const store = options.checkpoints ?? this.defaults.checkpoints ?? shared;
    const name = `${targetOf(this.oss, request)}\n${source.identity.name}`;
    const record = await store.load(name);
    await store.remove(name);
    if (record?.kind !== 'upload') return;
    const { bucket, key } = request;
    await this.oss.abortMultipartUpload({ bucket, key, uploadId: record.uploadId }).catch(ignoreDropped);
  }

  async #once(request: UploadRequest, source: PartSource, all: TransferOptions): Promise<UploadResult> {
    await all.pause?.wait(all.signal ?? new AbortController().signal);
    const meter = new Meter(source.size, all);
    const limited = all.bandwidth !== undefined && source.size > 0;
    const body = limited ? meter.counted(source.read(0, source.size), all.signal) : await source.whole();
    const put = await this.oss.putObject({ ...request, body }, { signal: all.signal });
    if (!limited) meter.step(source.size);
    await unchanged(source);
    return resultOf(put, put.crc64 ?? '', source.size, undefined);
  }

  async #inParts(
    request: UploadRequest,
    source: PartSource,
    partSize: number,
    store: CheckpointStore | undefined,
    name: string,
    all: TransferOptions,
  ): Promise<UploadResult> {
    const record = await this.#resume(request, source, partSize, store, name, all);
    const known = new Map(record.parts.map((part) => [part.number, part]));
    const todo = partsOf(source.size, record.partSize).filter(({ number }) => !known.has(number));
    const meter = new Meter(source.size, all);
    meter.found(record.parts.reduce((sum, { size }) => sum + size, 0));
    const concurrency = limitOf(all, this.oss);
    const writing = new Serial();
    const one = async (part: Part, signal: AbortSignal): Promise<void> => {
      await all.pause?.wait(signal);
      try {
        const body = source.read(part.from, part.size);
        record.parts.push(await this.#part(request, record.uploadId, part.number, body, signal, meter));
        concurrency.moved(part.size);
      } catch (error) {
        if (dropped(error)) throw new StartAgain('The server has dropped the upload.', { cause: error });
        concurrency.failed();
        throw error;
      }
      await writing.run(async () => store?.save(name, record));
    };
    await eachOf(todo, () => concurrency.current, all.signal, one);
    if (!same(await source.check(), source.identity)) {
      await this.oss.abortMultipartUpload({ ...address(request), uploadId: record.uploadId }).catch(ignoreDropped);
      source.identity = await source.check();
      if (source.identity.size !== source.size) {
        await store?.remove(name);
        throw new SourceChangedError(source.size, source.identity.size);
      }
      throw new StartAgain('The source changed while it was sent.');
    }
    const result = await this.#complete(request, record.uploadId, record.parts, all);
    await store?.remove(name);
    return result;
  }

  /** What an earlier run left, as far as the server has it; otherwise a new upload. */
  async #resume(
    request: UploadRequest,
    source: PartSource,
    partSize: number,
    store: CheckpointStore | undefined,
    name: string,
    all: TransferOptions,
  ): Promise<UploadRecord> {
    const target = targetOf(this.oss, request);
    const found = await store?.load(name);
    if (found?.kind === 'upload' && found.target === target) {
      const usable = same(found.source, source.identity);
      const record = usable ? await this.#verified(request, found, source.size, all) : undefined;
      if (record) return record;
      // The parts of a file that is no more would stand on the server for ever.
      if (!usable) {
        const { uploadId } = found;
        await this.oss.abortMultipartUpload({ ...address(request), uploadId }).catch(() => undefined);
      }
    }
    const uploadId = await this.#initiate(request, all);
    const record: UploadRecord = { kind: 'upload', target, source: source.identity, uploadId, partSize, parts: [] };
    await store?.save(name, record);
    return record;
  }

  async #initiate(request: UploadRequest, all: TransferOptions): Promise<string> {
    const { trafficLimit: _, callbackHeader: _h, callbackQuery: _q, ...rest } = request;
    return (await this.oss.initiateMultipartUpload(rest, { signal: all.signal })).UploadId;
  }

  /** The parts of a record that the server has as well; undefined when the server has no such upload. */
  async #verified(
    request: UploadRequest,
    found: UploadRecord,
    size: number,
    all: TransferOptions,
  ): Promise<UploadRecord | undefined> {
    const stored = new Map<number, { size: number; etag: string; crc64: string }>();
    try {
      const question = { ...address(request), uploadId: found.uploadId };
      for await (const page of listPartsPages(this.oss, question, { signal: all.signal })) {
        for (const { PartNumber, Size, ETag, HashCrc64ecma } of page.Part) {
          stored.set(PartNumber, { size: Size, etag: bare(ETag), crc64: HashCrc64ecma });
        }
      }
    } catch (error) {
      if (dropped(error)) return undefined;
      throw error;
    }
    const wanted = new Map(partsOf(size, found.partSize).map((part) => [part.number, part.size]));
    const parts = found.parts.filter(({ number, size: length, etag, crc64: crc }) => {
      const there = stored.get(number);
      const intact = there?.size === length && length === wanted.get(number) && there.etag === bare(etag);
      return intact && (there?.crc64 === '' || there?.crc64 === crc);
    });
    return { ...found, parts };
  }

  async #part(
    request: UploadRequest,
    uploadId: string,
    number: number,
    body: ByteSource,
    signal: AbortSignal,
    meter: Meter,
  ): Promise<UploadRecord['parts'][number]> {
    let crc = new Crc64();
    let size = 0;
    const counted: ByteSource = {
      length: body.length,
      once: body.once,
      open() {
        meter.back(size);
        crc = new Crc64();
        size = 0;
        return meter.throttled(body.open(), signal, (piece) => {
          crc.update(piece);
          size += piece.length;
        });
      },
      ...(body.blob ? { blob: body.blob } : {}),
    };
    const { trafficLimit } = request;
    const question = { ...address(request), uploadId, partNumber: number, trafficLimit, body: counted };
    try {
      const answer = await this.oss.uploadPart(question, { signal });
      const length = body.length ?? size;
      const { etag } = answer;
      if (etag === undefined) {
        throw new InvalidRequestError(
          'The ETag of a part cannot be read: have the CORS rules of the bucket expose ETag.',
        );
      }
      if (size > 0) return { number, size: length, crc64: crc.digest(), etag };
      // What a browser sent as a blob went past unseen. The client has checked the service's word, where it may read it.
      meter.step(length);
      const seen = answer.crc64 ?? (body.blob ? await crc64Of(body.blob) : '0');
      return { number, size: length, crc64: seen, etag };
    } catch (error) {
      meter.back(size);
      throw error;
    }
  }

  async #complete(
    request: UploadRequest,
    uploadId: string,
    parts: UploadRecord['parts'],
    all: TransferOptions,
  ): Promise<UploadResult> {
    const sorted = parts.toSorted((a, b) => a.number - b.number);
    const size = sorted.reduce((sum, part) => sum + part.size, 0);
    const whole = sorted.reduce((crc, part) => combine(crc, part.crc64, part.size), '0');
    const { acl, forbidOverwrite, callbackHeader, callbackVarHeader } = request;
    const body = { Part: sorted.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${bare(etag)}"` })) };
    try {
      const question = { ...address(request), uploadId, acl, forbidOverwrite, callbackHeader, callbackVarHeader, body };
      const answer = await this.oss.completeMultipartUpload(question, { signal: all.signal });
      if (answer.crc64 !== undefined && answer.crc64 !== whole) {
        throw new InconsistentError('The CRC-64 of the whole object differs', whole, answer.crc64);
      }
      return resultOf(answer, whole, size, uploadId);
    } catch (error) {
      if (!dropped(error)) throw error;
      // The answer to an earlier attempt may have been lost: then the object is there, with just these bytes.
      const there = await this.oss.headObject(address(request), { signal: all.signal }).catch(() => undefined);
      if (there?.crc64 === whole && there.size === size) return resultOf(there, whole, size, uploadId);
      throw new StartAgain('The server has dropped the upload.', { cause: error });
    }
  }
}

const bare = (etag: string): string => etag.replaceAll('"', '');
const address = ({ bucket, key }: { bucket: string; key: string }) => ({ bucket, key });
const targetOf = (oss: OssBase, { bucket, key }: { bucket: string; key: string }): string =>
  `${oss.endpoint.origin} oss://${bucket}/${key}`;

export const same = (a: SourceIdentity, b: SourceIdentity): boolean =>
  a.name === b.name && a.size === b.size && a.modified === b.modified && a.identity === b.identity;

const dropped = (error: unknown): boolean =>
  error instanceof ServiceError && (error.code === 'NoSuchUpload' || error.code === 'InvalidPart');

function ignoreDropped(error: unknown): void {
  if (!dropped(error) && !(error instanceof NetworkError)) throw error;
}

async function unchanged(source: PartSource): Promise<void> {
  const now = await source.check();
  if (!same(now, source.identity)) {
    throw new SourceChangedError(source.size, now.size);
  }
}

export const limitOf = ({ concurrency }: TransferOptions, oss: OssBase): AdaptiveConcurrency =>
  concurrency === undefined
    ? new AdaptiveConcurrency(START_CONCURRENCY, MOST_CONCURRENCY, oss.settings.platform.now)
    : new AdaptiveConcurrency(concurrency, concurrency, oss.settings.platform.now);

function resultOf(
  answer: { etag?: string | undefined; versionId?: string | undefined; requestId: string },
  crc: string,
  size: number,
  uploadId: string | undefined,
): UploadResult {
  const { etag, versionId, requestId } = answer;
  return { etag, versionId, requestId, crc64: crc, size, uploadId };
}

/** Cuts a stream into parts that are held in memory, one for each that is sent at once. */
async function* partsFrom(
  pieces: AsyncIterable<Uint8Array>,
  partSize: number,
): AsyncGenerator<{ number: number; bytes: Uint8Array }> {
  let number = 1;
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    let rest = piece;
    while (length + rest.length >= partSize) {
      held.push(rest.subarray(0, partSize - length));
      rest = rest.subarray(partSize - length);
      yield { number: number++, bytes: concatenate(held, partSize) };
      held = [];
      length = 0;
    }
    // The stream may use its buffer again.
    if (rest.length > 0) held.push(rest.slice());
    length += rest.length;
  }
  if (length > 0) yield { number, bytes: concatenate(held, length) };
}

export const bandwidthOf = ({ bandwidth }: TransferOptions): Bandwidth | undefined =>
  typeof bandwidth === 'number' ? new Bandwidth(bandwidth) : bandwidth;

/** Adds up bytes of all parts, tells of them, and holds them back to the bandwidth asked for. */
export class Meter {
  readonly #total: number | undefined;
  readonly #options: TransferOptions;
  readonly #bandwidth: Bandwidth | undefined;
  #transferred = 0;
  #moved = 0;
  constructor(total: number | undefined, options: TransferOptions) {
    this.#total = total;
    this.#options = options;
    this.#bandwidth = bandwidthOf(options);
  }
  found(bytes: number): void {
    this.#transferred += bytes;
    this.#tell();
  }
  step(bytes: number): void {
    this.#moved += bytes;
    this.found(bytes);
  }
  /** A part that is sent again does not count twice. */
  back(bytes: number): void {
    if (bytes > 0) this.found(-bytes);
  }
  /** A source whose bytes count as they are sent. */
  counted(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
    let size = 0;
    return {
      length: source.length,
      once: source.once,
      open: () => {
        this.back(size);
        size = 0;
        return this.throttled(source.open(), signal, (piece) => {
          size += piece.length;
        });
      },
    };
  }
  async *throttled(
    pieces: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
    see: (piece: Uint8Array) => void,
  ): AsyncIterable<Uint8Array> {
    for await (const piece of pieces) {
      // Before it goes: whoever has its answer does not come back for what stands behind the last piece.
      await this.#bandwidth?.take(piece.length, signal);
      see(piece);
      this.step(piece.length);
      yield piece;
    }
  }
  #tell(): void {
    this.#options.onProgress?.({ transferred: this.#transferred, total: this.#total, moved: this.#moved });
  }
}

/** One after the other: a record must not be overtaken by an older one. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();
  async run(work: () => Promise<unknown>): Promise<void> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    await mine;
  }
}
