import {
  canonical,
  familyOf,
  type Operation,
  type OperationNamed,
  type Process,
  targetVariables,
} from '@millrace/process';
import { type AccessService, namesOf } from '../access/access-service.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import { checkBucketName, checkObjectKey } from '../objects/names.ts';
import { once } from '../objects/object-bytes.ts';
import type { ObjectService } from '../objects/object-service.ts';
import { readableObject } from '../objects/open-object.ts';
import type { Clock } from '../ports/clock.ts';
import type { DocumentLook, FilmLook, MediaEngines, MediaFamily } from '../ports/media-engine.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { forbidsOverwrite } from '../settings/overwrite.ts';
import { chooseFormats, dependsOnAccept } from './accepted-format.ts';
import { type BlindWatermarkPayload, DECODE_BLIND_WATERMARK } from './blind-watermark-task.ts';
import { checkDocument } from './document-source.ts';
import type { LivePlaylists } from './live-playlist.ts';
import type { MasterPlaylist } from './master-playlist.ts';
import {
  MEDIA_CONVERT,
  type MediaTarget,
  type MediaTaskPayload,
  OFFICE_CONVERSION,
  type TaskAbout,
} from './media-task.ts';
import { runStages } from './pipeline.ts';
import type { ProcessedRead, ProcessRequest, ProcessService } from './process-service.ts';
import { familyOfStage, readProcess } from './process-text.ts';
import type { Result, ResultCache } from './result-cache.ts';
import { type MediaSettings, mediaDefaults } from './settings.ts';
import { extensionOf, ObjectSource, versionOf } from './source.ts';
import { resolveStyles } from './style.ts';
import { sourceValues, targetBucket, targetKey } from './target-key.ts';
import { watermarkKeys, watermarkPictures } from './watermark-pictures.ts';

/** A chunk of an answer: small enough for backpressure to be felt. */
const CHUNK_BYTES = 256 * 1024;

/** The door from process strings to engines: checks everything that can be checked, then runs now or accepts for later. */
export class MediaService implements ProcessService {
  #records: RecordStore;
  #objects: ObjectService;
  #access: AccessService;
  #engines: MediaEngines;
  #cache: ResultCache;
  #clock: Clock;
  #identities: Identities;
  #settings: MediaSettings;
  #playlists: LivePlaylists;
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
    this.#playlists = dependencies.playlists;
    this.#records = dependencies.records;
    this.#objects = dependencies.objects;
    this.#access = dependencies.access;
    this.#engines = dependencies.engines;
    this.#cache = dependencies.cache;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#settings = { ...mediaDefaults, ...dependencies.settings };
  }

  /**
   * Throws `ProcessInvalid` or `MediaUnsupported` for the string, `ObjectMissing`, `AccessDenied`, and what engines
   * refuse (`MediaUnreadable`, `MediaTooLarge`, `EngineFailed`). `BindingMissing` for what only IMM does.
   */
  async read(request: ProcessRequest & { signal: AbortSignal }): Promise<ProcessedRead> {
    return this.#read(request, (bucket) => this.#projectOf(bucket));
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
    const { source, result, hit } = await this.#produce(request, process, signal);
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
    if (playlist?.name === 'hls/m3u8') return await this.#savePlaylist(request, playlist.params, save);
    refuseHls(process);
    const target = await this.#target(principal, bucket, save.bucket, save.key);
    if (process.stages.some(isOfImm)) await this.#projectOf(bucket);
    const { result } = await this.#produce(request, process, signal);
    const { size } = await this.#objects.put({
      bucket: target,
      key: save.key,
      forbidOverwrite: await this.#forbidsOverwrite(principal, target, save.key),
      body: { bytes: chunks(result.bytes), length: result.bytes.byteLength },
      headers: { contentType: result.contentType },
      signal,
    });
    return { bucket: save.bucket ?? '', key: save.key, fileSize: size, status: 'OK' };
  }

  async #savePlaylist(
    request: ProcessRequest & { signal: AbortSignal },
    params: OperationNamed<'hls/m3u8'>['params'],
    save: NonNullable<Process['save']>,
  ): Promise<{ bucket: string; key: string; fileSize: number; status: 'OK' }> {
    const { principal, bucket, signal } = request;
    await this.#access.require(principal, 'oss:ProcessImm', { bucket, key: request.key });
    await this.#projectOf(bucket);
    const key = this.#playlists.keyOf(save.key);
    const target = await this.#target(principal, bucket, save.bucket, key);
    // Segments are made later, by the right that is asked for now.
    await this.#access.require(principal, 'oss:PutObject', { bucket: target, key: `${key.slice(0, -5)}-*` });
    const source = { bucket, row: await this.#source(request) };
    const forbidOverwrite = await this.#forbidsOverwrite(principal, target, key);
    const { size } = await this.#playlists.store({ source, target, key, params, forbidOverwrite, signal });
    return { bucket: save.bucket ?? '', key, fileSize: size, status: 'OK' };
  }

  /** Stores a playlist of a source that is described without a process string. Throws what `save` throws. */
  async playlist(request: {
    principal: Principal & KnownPrincipal;
    source: { bucket: string; key: string };
    target: { bucket: string; key: string };
    operation: string;
    signal: AbortSignal;
  }): Promise<{ key: string; token: string; lengthMs: number }> {
    const { principal, signal } = request;
    const [[operation] = []] = readProcess(request.operation, 'sync').stages;
    if (operation?.name !== 'hls/m3u8') throw saveasFault(request.operation, 'It is no playlist.');
    const bucket = await this.#bucket(request.source.bucket);
    const { key } = request.source;
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const name = this.#playlists.keyOf(request.target.key);
    const target = await this.#target(principal, bucket, request.target.bucket, name);
    await this.#access.require(principal, 'oss:PutObject', { bucket: target, key: `${name.slice(0, -5)}-*` });
    const source = { bucket, row: await this.#source({ principal, bucket, key }) };
    const forbidOverwrite = await this.#forbidsOverwrite(principal, target, name);
    const { params } = operation;
    const made = await this.#playlists.store({ source, target, key: name, params, forbidOverwrite, signal });
    return { key: name, ...made };
  }

  /** Throws `ObjectMissing` where nothing says how to make it. The right to read it was checked. */
  async fill({ bucket, key, process }: ProcessRequest): Promise<void> {
    const [[operation] = []] = readProcess(process, 'sync').stages;
    if (operation?.name !== 'hls/ts') {
      const reason = 'Only hls/ts can be done where an object is missing.';
      throw new DomainError('ProcessInvalid', { operation: process, parameter: 'process', value: process, reason });
    }
    await this.#playlists.fill(bucket, key, operation.params.from);
  }

  async #forbidsOverwrite(principal: Principal, bucket: BucketRow, key: string): Promise<boolean> {
    const { overwrite } = await this.#records.reads.settings.of(bucket.id);
    return forbidsOverwrite(overwrite, key, principal.kind === 'anonymous' ? [] : namesOf(principal));
  }

  /** Accepts a task once it is on disk. Throws `AccessDenied`, `ObjectMissing`, `BucketMissing`, `ProcessInvalid`, `MediaTooLarge`. */
  async submit(request: ProcessRequest): Promise<{ eventId: string; requestId: string; taskId: string }> {
    const { principal, bucket, key } = request;
    // "Anonymous: always refused, even on public-read-write buckets."
    if (principal.kind === 'anonymous') {
      throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
    }
    for (const action of ['oss:GetObject', 'oss:ProcessImm', 'oss:PostProcessTask']) {
      await this.#access.require(principal, action, { bucket, key });
    }
    const project = await this.#projectOf(bucket);
    const process = readProcess(await resolveStyles(request.process, bucket.id, this.#records.reads), 'async');
    const operation = process.stages[0]?.[0];
    const { save, notify } = process;
    if (operation?.name === 'image/deblindwatermark') {
      const requestId = this.#identities.uuid().toUpperCase();
      const { eventId, id } = await this.findHiddenText({
        ...{ principal, source: { bucket: bucket.name, key }, operation, project, requestId },
        ...(notify?.topic !== undefined && { topic: notify.topic }),
      });
      return { eventId, requestId, taskId: id };
    }
    if (operation === undefined || save === undefined) throw saveasFault('', 'The string must end in |sys/saveas,o_….');
    const document = familyOf(operation) === 'doc';
    await this.#access.require(principal, document ? 'imm:CreateOfficeConversionTask' : 'imm:CreateMediaConvertTask');
    if (notify?.topic !== undefined) {
      await this.#access.require(principal, 'mns:PublishMessage', { name: `/topics/${notify.topic}/messages` });
    }
    const source = await this.#source(request);
    const checked = this.#checkSource(operation, source);
    const createdMs = this.#clock.now();
    const target = await this.#asyncTarget(request, source, { operation, save, createdMs });
    const operands = await this.#operands(request, operation);
    const requestId = this.#identities.uuid().toUpperCase();
    const payload: MediaTaskPayload = {
      operation: checked,
      source: { bucket: bucket.name, key, versionId: source.versionId },
      ...(operands.length === 0 ? {} : { operands }),
      target: { bucket: target.name, key: save.key },
      caller: namesOf(principal),
      project,
    };
    const task = await this.#records.transact('submitTask', {
      id: this.#identities.task(document ? 'formatconvert' : 'MediaConvert'),
      kind: document ? OFFICE_CONVERSION : MEDIA_CONVERT,
      tenant: bucket.name,
      payload,
      accountId: principal.accountId,
      requestId,
      eventId: this.#identities.event(principal.accountId),
      notifyTopic: notify?.topic ?? '',
      createdMs,
      pin: { bucketId: bucket.id, key: source.key, versionId: source.versionId },
    });
    return { eventId: task.eventId, requestId, taskId: task.id };
  }

  /**
   * Accepts work that is described without a process string. The rights to read the source, to write the targets and to tell
   * the topic are checked. Throws what `submit` throws.
   */
  async accept(request: MediaTaskRequest): Promise<TaskRow> {
    const { principal, steps, topic = '', project, document, about, priority, requestId } = request;
    if (topic !== '')
      await this.#access.require(principal, 'mns:PublishMessage', { name: `/topics/${topic}/messages` });
    const bucket = await this.#bucket(request.source.bucket);
    const read = { principal, bucket, key: request.source.key, process: '' };
    checkObjectKey(read.key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key: read.key });
    const source = await this.#source(read);
    const operands = await Promise.all((request.operands ?? []).map((operand) => this.#operand(principal, operand)));
    const helpers = await Promise.all((request.helpers ?? []).map((helper) => this.#operand(principal, helper)));
    const masters = request.masters ?? [];
    for (const { target } of masters) await this.#target(principal, bucket, target.bucket, target.key);
    const createdMs = this.#clock.now();
    const [first, ...more] = await Promise.all(
      steps.map(async ({ operation, target, film }) => {
        if (target.pieceKey !== undefined) {
          await this.#target(principal, bucket, target.bucket, `${target.pieceKey}*`);
        }
        for (const key of target.sheetKey === undefined ? [target.key] : [target.key, target.sheetKey]) {
          await this.#asyncTarget(read, source, { operation, save: { bucket: target.bucket, key }, createdMs });
        }
        return { operation: this.#checkSource(operation, source), target, ...(film && { film }) };
      }),
    );
    if (first === undefined) throw saveasFault('', 'There is nothing to be made.');
    const office = familyOf(first.operation) === 'doc';
    const payload: MediaTaskPayload = {
      ...first,
      source: { bucket: bucket.name, key: read.key, versionId: source.versionId },
      ...(more.length === 0 ? {} : { more }),
      ...(operands.length === 0 ? {} : { operands }),
      ...(helpers.length === 0 ? {} : { helpers }),
      ...(masters.length === 0 ? {} : { masters }),
      ...(document && { document }),
      caller: namesOf(principal),
      project,
      about,
    };
    return this.#records.transact('submitTask', {
      id: request.id ?? this.#identities.task(office ? 'formatconvert' : 'MediaConvert'),
      once: request.id !== undefined,
      kind: request.kind ?? (office ? OFFICE_CONVERSION : MEDIA_CONVERT),
      tenant: bucket.name,
      ...(priority === undefined ? {} : { priority }),
      payload,
      accountId: principal.accountId,
      requestId,
      eventId: this.#identities.event(principal.accountId),
      notifyTopic: topic,
      createdMs,
      pin: { bucketId: bucket.id, key: source.key, versionId: source.versionId },
    });
  }

  /** Another object that is worked on: the right to read it is checked, and a link is followed now. */
  async #operand(
    principal: Principal,
    { o, bucket: name, key }: { o: string; bucket: string; key: string },
  ): Promise<{ o: string; bucket: string; key: string }> {
    const bucket = await this.#bucket(name);
    checkObjectKey(key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const found = await this.#source({ principal, bucket, key });
    return { o, bucket: name, key: found.key };
  }

  /** Accepts that a text is looked for which `image/blindwatermark` has hidden. Throws what `submit` throws. */
  async findHiddenText(request: HiddenTextRequest): Promise<TaskRow> {
    const { principal, operation, topic = '', project, about, requestId } = request;
    await this.#access.require(principal, 'imm:CreateDecodeBlindWatermarkTask');
    if (topic !== '')
      await this.#access.require(principal, 'mns:PublishMessage', { name: `/topics/${topic}/messages` });
    const bucket = await this.#bucket(request.source.bucket);
    const { key } = request.source;
    checkObjectKey(key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const source = await this.#source({ principal, bucket, key });
    this.#checkPicture(source);
    const payload: BlindWatermarkPayload = {
      operation,
      source: { bucket: bucket.name, key, versionId: source.versionId },
      project,
      ...(about && { about }),
    };
    return this.#records.transact('submitTask', {
      id: request.id ?? this.#identities.task('DecodeBlindWatermark'),
      once: request.id !== undefined,
      kind: DECODE_BLIND_WATERMARK,
      tenant: bucket.name,
      payload,
      accountId: principal.accountId,
      requestId,
      eventId: this.#identities.event(principal.accountId),
      notifyTopic: topic,
      createdMs: this.#clock.now(),
      pin: { bucketId: bucket.id, key: source.key, versionId: source.versionId },
    });
  }

  #checkPicture({ size }: ObjectRow): void {
    const { imageBytes } = this.#settings;
    if (size <= imageBytes) return;
    const reason = `The picture has ${size} bytes; at most ${imageBytes} are taken.`;
    throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
  }

  /** What a container says of itself and its streams. Throws what `read` throws. */
  async facts(request: { principal: Principal; source: { bucket: string; key: string } }): Promise<object> {
    const { principal, source } = request;
    const bucket = await this.#bucket(source.bucket);
    checkObjectKey(source.key);
    const signal = new AbortController().signal;
    const process = 'video/info';
    // The request names its project itself; the bucket need not belong to one.
    const { bytes } = await this.#read({ principal, bucket, key: source.key, process, signal }, async () => {});
    const parts: Uint8Array[] = [];
    for await (const part of bytes()) parts.push(part);
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  }

  async #bucket(name: string): Promise<BucketRow> {
    checkBucketName(name);
    const found = await this.#records.reads.buckets.byName(name);
    if (found === undefined) throw new DomainError('BucketMissing', { bucket: name });
    return found;
  }

  /** The project that a bucket belongs to. Throws `BindingMissing` where it has to be attached to one first and is not. */
  async #projectOf(bucket: BucketRow): Promise<string> {
    const bound = await this.#records.reads.bindings.get(bucket.id);
    if (bound !== undefined) return bound.project;
    if (this.#settings.binding === 'strict') throw new DomainError('BindingMissing', { bucket: bucket.name });
    return this.#settings.project;
  }

  /** The object whose bytes are worked on: what a symbolic link points at, if the key names one. */
  #source({ principal, bucket, key, versionId }: Omit<ProcessRequest, 'process'>): Promise<ObjectRow> {
    return readableObject(this.#services(), principal, { bucket, key, versionId });
  }

  #services() {
    const { settings } = this.#records.reads;
    return { objects: this.#objects, access: this.#access, clock: this.#clock, settings };
  }

  /**
   * The other objects that an operation names: the right to read each is checked, and links are followed now. One that is
   * not there fails the task and not the submission, for it may come until then.
   */
  async #operands({ principal, bucket }: ProcessRequest, operation: Operation) {
    if (operation.name !== 'video/concat' && operation.name !== 'audio/concat') return [];
    const { pre, sur } = operation.params;
    const operands: NonNullable<MediaTaskPayload['operands']> = [];
    for (const o of new Set([...pre, ...sur].map((operand) => operand.o))) {
      checkObjectKey(o);
      await this.#access.require(principal, 'oss:GetObject', { bucket, key: o });
      const found = await this.#source({ principal, bucket, key: o }).catch((error: unknown) => {
        if (isDomainError(error, 'ObjectMissing')) return undefined;
        throw error;
      });
      operands.push({ o, bucket: bucket.name, key: found?.key ?? o });
    }
    return operands;
  }

  /** What can be told of the source without opening it. Returns the operation with what the source decides filled in. */
  #checkSource(operation: Operation, source: ObjectRow): Operation {
    return checkDocument(operation, source, this.#settings.documentBytes);
  }

  /** The bucket to store in; its name, the key and the right to write there are checked. */
  async #target(principal: Principal, source: BucketRow, name: string | undefined, key: string): Promise<BucketRow> {
    checkObjectKey(key);
    let target = source;
    if (name !== undefined && name !== source.name) {
      checkBucketName(name);
      const found = await this.#records.reads.buckets.byName(name);
      if (found === undefined) throw new DomainError('BucketMissing', { bucket: name });
      target = found;
    }
    await this.#access.require(principal, 'oss:PutObject', { bucket: target, key });
    return target;
  }

  /** As `#target`, for names with variables: what differs from output to output stands as `*` in the key that is checked. */
  #asyncTarget(
    { principal, bucket, key }: ProcessRequest,
    { lastModifiedMs }: ObjectRow,
    task: { operation: Operation; save: NonNullable<Process['save']>; createdMs: number },
  ): Promise<BucketRow> {
    const { operation, save, createdMs } = task;
    const values = sourceValues({ bucket: bucket.name, key, lastModifiedMs, taskMs: createdMs });
    const name = save.bucket === undefined ? undefined : targetBucket(save.bucket, values);
    const any = { index: '*', streamindex: '*', sheetname: '*', resolution: '*' };
    const output = { extension: '*', variables: any };
    const targets = targetKey(save.key, targetVariables(operation), values, output, familyOf(operation));
    return this.#target(principal, bucket, name, targets);
  }

  async #produce(
    request: ProcessRequest,
    process: Process,
    signal: AbortSignal,
  ): Promise<{ source: ObjectRow; result: Result; hit: boolean }> {
    const { principal, bucket, key } = request;
    const { stages } = process;
    const families = stages.map(familyOfStage);
    // A frame is a feature of the storage itself; reading out a container is one of IMM.
    if (stages.some(isOfImm)) await this.#access.require(principal, 'oss:ProcessImm', { bucket, key });
    const source = await this.#source(request);
    const { imageBytes } = this.#settings;
    if (families[0] === 'image') this.#checkPicture(source);
    const keys = watermarkKeys(stages);
    const pictures = await watermarkPictures(this.#services(), principal, bucket, keys, imageBytes);
    const rows = { source, pictures };
    const cacheKey = this.#cacheKey(rows, stages, families);
    const kept = await this.#cache.find(cacheKey);
    if (kept !== undefined) return { source, result: kept, hit: true };
    // The cache is on disk, and holds plaintext: what is made of sealed bytes is never in it.
    const sealed = await Promise.all([source, ...pictures.values()].map((row) => this.#objects.isSealed(row)));
    if (sealed.includes(true)) {
      return { source, result: await this.#run(rows, process, signal, true), hit: false };
    }
    const { result, hit } = await this.#cache.use(
      cacheKey,
      (shared) => this.#run(rows, process, shared, false),
      signal,
    );
    return { source, result, hit };
  }

  /** Everything the bytes depend on: nothing else may decide about them. */
  #cacheKey({ source, pictures }: Rows, stages: readonly Operation[][], families: readonly MediaFamily[]): string {
    const { key } = source;
    const engines = [...new Set(families)].map((family) => `${family} ${this.#engines[family].version}`);
    // Digests alone could be made to agree for different bytes.
    const facts: unknown[] = [versionOf(source), extensionOf(key), canonical(stages), engines];
    if (pictures.size > 0) facts.push([...pictures.values()].map(versionOf));
    return JSON.stringify(facts);
  }

  async #run(rows: Rows, process: Process, signal: AbortSignal, encrypted: boolean): Promise<Result> {
    const { syncDeadlineMs, resultBytes, temporaryFolder } = this.#settings;
    const deadline = new AbortController();
    const cancel = this.#clock.schedule(syncDeadlineMs, () => {
      const reason = `The work was stopped after ${Math.round(syncDeadlineMs / 1000)} seconds.`;
      deadline.abort(new DomainError('MediaTooLarge', { limit: 'time', reason }));
    });
    const both = AbortSignal.any([signal, deadline.signal]);
    try {
      await using opened = new AsyncDisposableStack();
      const open = (row: ObjectRow): ObjectSource =>
        opened.use(new ObjectSource(this.#objects, row, { temporaryFolder, signal: both, verify: false, encrypted }));
      const inputs = new Map([...rows.pictures].map(([name, row]) => [name, open(row)]));
      const options = { resultBytes, temporaryFolder, signal: both, ...(inputs.size > 0 && { inputs }) };
      return await runStages(this.#engines, open(rows.source), process.stages, options);
    } catch (error) {
      // Engines reject with what they noticed first; the caller is told why they were stopped.
      both.throwIfAborted();
      throw error;
    } finally {
      cancel();
    }
  }
}

/** What a bucket has to be bound to a project for, and whoever asks has to be allowed. */
const IMM_OPERATIONS: ReadonlySet<Operation['name']> = new Set(['video/info', 'audio/info', 'image/blindwatermark']);

const isOfImm = (operations: readonly Operation[]): boolean => operations.some(({ name }) => IMM_OPERATIONS.has(name));

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

/** Work as clients describe it who speak of URIs and targets. */
export interface MediaTaskRequest {
  principal: Principal & KnownPrincipal;
  /** Of the request that asks for it. */
  requestId: string;
  source: { bucket: string; key: string };
  steps: { operation: Operation; target: MediaTarget; film?: FilmLook }[];
  /** Where the other objects are that the operations name, by the name they have for each. */
  operands?: { o: string; bucket: string; key: string }[];
  /** And those that what is asked for besides operations needs. */
  helpers?: { o: string; bucket: string; key: string }[];
  masters?: MasterPlaylist[];
  document?: DocumentLook;
  topic?: string;
  project: string;
  about: TaskAbout;
  kind?: string;
  priority?: number;
  /** Asked for again under the same id, it is the same task. */
  id?: string;
}

/** Who looks for a hidden text, and where. */
export interface HiddenTextRequest
  extends Pick<MediaTaskRequest, 'principal' | 'requestId' | 'source' | 'topic' | 'project' | 'id'> {
  operation: OperationNamed<'image/deblindwatermark'>;
  about?: TaskAbout;
}

/** The objects that a process string works on: the one that was named, and those that it names, by key. */
interface Rows {
  source: ObjectRow;
  pictures: ReadonlyMap<string, ObjectRow>;
}

function saveasFault(value: string, reason: string): DomainError {
  return new DomainError('ProcessInvalid', { operation: 'sys/saveas', parameter: 'process', value, reason });
}

/** What fits into one chunk is handed over as such: it goes out together with the head. */
const inPieces = (bytes: Uint8Array): AsyncIterable<Uint8Array> =>
  bytes.byteLength <= CHUNK_BYTES ? once(bytes) : chunks(bytes);

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}
