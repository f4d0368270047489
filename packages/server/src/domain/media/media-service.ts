import type { Process } from '@millrace/process';
import type { AccessService } from '../access/access-service.ts';
import type { Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import { checkObjectKey } from '../objects/names.ts';
import { once } from '../objects/object-bytes.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaEngines } from '../ports/media-engine.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { chooseFormats, dependsOnAccept } from './accepted-format.ts';
import type { LivePlaylists } from './live-playlist.ts';
import { MediaObjects } from './media-objects.ts';
import { PlaylistRequests } from './playlist-requests.ts';
import { isOfImm, ProcessResults } from './process-results.ts';
import type { ProcessedRead, ProcessRequest, ProcessService } from './process-service.ts';
import { readProcess, saveasFault } from './process-text.ts';
import type { ResultCache } from './result-cache.ts';
import { type MediaSettings, mediaDefaults } from './settings.ts';
import { resolveStyles } from './style.ts';
import { type HiddenTextRequest, type MediaTaskRequest, TaskSubmission } from './task-submission.ts';

/** A chunk of an answer: small enough for backpressure to be felt. */
const CHUNK_BYTES = 256 * 1024;

/** The door from process strings to engines: checks everything that can be checked, then runs now or accepts for later. */
export class MediaService implements ProcessService {
  #records: RecordStore;
  #objects: ObjectService;
  #access: AccessService;
  #touched: MediaObjects;
  #results: ProcessResults;
  #tasks: TaskSubmission;
  #playlists: PlaylistRequests;

  constructor(dependencies: {
    records: RecordStore;
    objects: ObjectService;
    access: AccessService;
    engines: MediaEngines;
    cache: ResultCache;
    clock: Clock;
    identities: Identities;
    playlists: LivePlaylists;
    settings: Partial<MediaSettings> & Pick<MediaSettings, 'temporaryFolder'>;
  }) {
    const settings = { ...mediaDefaults, ...dependencies.settings };
    const touched = new MediaObjects({ ...dependencies, settings });
    const shared = { ...dependencies, settings, touched };
    this.#records = dependencies.records;
    this.#objects = dependencies.objects;
    this.#access = dependencies.access;
    this.#touched = touched;
    this.#results = new ProcessResults(shared);
    this.#tasks = new TaskSubmission(shared);
    this.#playlists = new PlaylistRequests(shared);
  }

  /**
   * Throws `ProcessInvalid` or `MediaUnsupported` for the string, `ObjectMissing`, `AccessDenied`, and what engines
   * refuse (`MediaUnreadable`, `MediaTooLarge`, `EngineFailed`). `BindingMissing` for what only IMM does.
   */
  async read(request: ProcessRequest & { signal: AbortSignal }): Promise<ProcessedRead> {
    return this.#read(request, (bucket) => this.#touched.projectOf(bucket));
  }

  async #read(
    request: ProcessRequest & { signal: AbortSignal },
    requireProject: (bucket: BucketRow) => Promise<unknown>,
  ): Promise<ProcessedRead> {
    const { principal, bucket, key, versionId, signal } = request;
    const action = versionId === undefined ? 'oss:GetObject' : 'oss:GetObjectVersion';
    await this.#access.require(principal, action, { bucket, key, versionId });
    const process = readProcess(await resolveStyles(request.process, bucket.id, this.#records.reads), 'sync');
    if (process.save !== undefined) {
      throw saveasFault('sys/saveas', 'A read does not store anything: POST the string as x-oss-process instead.');
    }
    refuseHls(process);
    refuseMark(process);
    if (process.stages.some(isOfImm)) await requireProject(bucket);
    const byAccept = dependsOnAccept(process.stages);
    if (byAccept) process.stages = chooseFormats(process.stages, request.accept);
    const { source, result, hit } = await this.#results.produce(request, process, signal);
    const { cacheControl, expires } = source.headers;
    return {
      contentType: result.contentType,
      size: result.bytes.byteLength,
      // "ETag: of the source object — identical for every process string".
      etag: source.etag,
      lastModifiedMs: source.lastModifiedMs,
      cacheControl,
      expires,
      byAccept,
      cache: hit ? 'hit' : 'miss',
      bytes: (range) =>
        inPieces(range ? result.bytes.subarray(range.offset, range.offset + range.length) : result.bytes),
    };
  }

  /** Throws what `read` throws, and `BucketMissing` or `AccessDenied` for the target. */
  async save(
    request: ProcessRequest & { signal: AbortSignal },
  ): Promise<{ bucket: string; key: string; fileSize: number; status: 'OK' }> {
    const { principal, bucket, key, signal } = request;
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    await this.#access.require(principal, 'oss:PostProcessTask', { bucket, key });
    const process = readProcess(await resolveStyles(request.process, bucket.id, this.#records.reads), 'sync');
    const { save } = process;
    if (save === undefined)
      throw saveasFault('', 'The string must end in |sys/saveas,o_… with the key to store under.');
    const [[playlist] = []] = process.stages;
    if (playlist?.name === 'hls/m3u8') return await this.#playlists.save(request, playlist.params, save);
    refuseHls(process);
    const target = await this.#touched.target(principal, bucket, save.bucket, save.key);
    if (process.stages.some(isOfImm)) await this.#touched.projectOf(bucket);
    const { result } = await this.#results.produce(request, process, signal);
    const { size } = await this.#objects.put({
      bucket: target,
      key: save.key,
      forbidOverwrite: await this.#touched.forbidsOverwrite(principal, target, save.key),
      body: { bytes: chunks(result.bytes), length: result.bytes.byteLength },
      headers: { contentType: result.contentType },
      signal,
    });
    return { bucket: save.bucket ?? '', key: save.key, fileSize: size, status: 'OK' };
  }

  /** Stores a playlist of a source that is described without a process string. Throws what `save` throws. */
  playlist(request: Parameters<PlaylistRequests['store']>[0]): ReturnType<PlaylistRequests['store']> {
    return this.#playlists.store(request);
  }

  /** Throws `ObjectMissing` where nothing says how to make it. The right to read it was checked. */
  fill(request: ProcessRequest): Promise<void> {
    return this.#playlists.fill(request);
  }

  /** Throws `AccessDenied`, `ObjectMissing`, `BucketMissing`, `ProcessInvalid`, `MediaTooLarge`. */
  submit(request: ProcessRequest): Promise<{ eventId: string; requestId: string; taskId: string }> {
    return this.#tasks.submit(request);
  }

  /** Accepts work that is described without a process string. Throws what `submit` throws. */
  accept(request: MediaTaskRequest): Promise<TaskRow> {
    return this.#tasks.accept(request);
  }

  /** Accepts that a text is looked for which `image/blindwatermark` has hidden. Throws what `submit` throws. */
  findHiddenText(request: HiddenTextRequest): Promise<TaskRow> {
    return this.#tasks.findHiddenText(request);
  }

  /** What a container says of itself and its streams. Throws what `read` throws. */
  async facts(request: { principal: Principal; source: { bucket: string; key: string } }): Promise<object> {
    const { principal, source } = request;
    const bucket = await this.#touched.bucket(source.bucket);
    checkObjectKey(source.key);
    const signal = new AbortController().signal;
    const process = 'video/info';
    // The request names its project itself; the bucket need not belong to one.
    const { bytes } = await this.#read({ principal, bucket, key: source.key, process, signal }, async () => {});
    const parts: Uint8Array[] = [];
    for await (const part of bytes()) parts.push(part);
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  }
}

/** A picture with a text hidden in it is an object: its mandatory end is sys/saveas. */
function refuseMark({ stages }: Process): void {
  const found = stages.flat().find(({ name }) => name === 'image/blindwatermark');
  if (found === undefined) return;
  const reason = 'It is stored: POST it as x-oss-process with sys/saveas.';
  throw new DomainError('ProcessInvalid', { operation: found.name, parameter: 'process', value: found.name, reason });
}

/** What is done to playlists stands alone, each in the one place it belongs to. */
function refuseHls({ stages }: Process): void {
  const found = stages.flat().find(({ name }) => name.startsWith('hls/'));
  if (found === undefined) return;
  const reason =
    found.name === 'hls/m3u8'
      ? 'It is stored: POST it as x-oss-process with sys/saveas.'
      : 'It stands alone: hls/sign, or if_status_eq_404{hls/ts,from_…}.';
  throw new DomainError('ProcessInvalid', { operation: found.name, parameter: 'process', value: found.name, reason });
}

/** What fits into one chunk is handed over as such: it goes out together with the head. */
const inPieces = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
  bytes.byteLength <= CHUNK_BYTES ? once(bytes) : chunks(bytes);

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
