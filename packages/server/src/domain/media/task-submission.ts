import { familyOf, type Operation, type OperationNamed, type Process, targetVariables } from '@millrace/process';
import { type AccessService, namesOf } from '../access/access-service.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import { checkObjectKey } from '../objects/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { DocumentLook, FilmLook } from '../ports/media-engine.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { type BlindWatermarkPayload, DECODE_BLIND_WATERMARK } from './blind-watermark-task.ts';
import { checkDocument } from './document-source.ts';
import type { MediaObjects } from './media-objects.ts';
import {
  MEDIA_CONVERT,
  type MediaTarget,
  type MediaTaskPayload,
  OFFICE_CONVERSION,
  type TaskAbout,
} from './media-task.ts';
import type { ProcessRequest } from './process-service.ts';
import { readProcess, saveasFault } from './process-text.ts';
import type { MediaSettings } from './settings.ts';
import { resolveStyles } from './style.ts';
import { sourceValues, targetBucket, targetKey } from './target-key.ts';

/** Accepts media work for later: what is wrong with it is refused before it is a task, and every right is asked for. */
export class TaskSubmission {
  #records: RecordStore;
  #access: AccessService;
  #touched: MediaObjects;
  #clock: Clock;
  #identities: Identities;
  #settings: MediaSettings;

  constructor(dependencies: {
    records: RecordStore;
    access: AccessService;
    touched: MediaObjects;
    clock: Clock;
    identities: Identities;
    settings: MediaSettings;
  }) {
    this.#records = dependencies.records;
    this.#access = dependencies.access;
    this.#touched = dependencies.touched;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#settings = dependencies.settings;
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
    const project = await this.#touched.projectOf(bucket);
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
    const source = await this.#touched.source(principal, request);
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
    const bucket = await this.#touched.bucket(request.source.bucket);
    const read = { principal, bucket, key: request.source.key, process: '' };
    checkObjectKey(read.key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key: read.key });
    const source = await this.#touched.source(principal, read);
    const operands = await Promise.all((request.operands ?? []).map((operand) => this.#operand(principal, operand)));
    const createdMs = this.#clock.now();
    const [first, ...more] = await Promise.all(
      steps.map(async ({ operation, target, film }) => {
        if (target.pieceKey !== undefined) {
          await this.#touched.target(principal, bucket, target.bucket, `${target.pieceKey}*`);
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
    const bucket = await this.#touched.bucket(name);
    checkObjectKey(key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const found = await this.#touched.source(principal, { bucket, key });
    return { o, bucket: name, key: found.key };
  }

  /** Accepts that a text is looked for which `image/blindwatermark` has hidden. Throws what `submit` throws. */
  async findHiddenText(request: HiddenTextRequest): Promise<TaskRow> {
    const { principal, operation, topic = '', project, about, requestId } = request;
    await this.#access.require(principal, 'imm:CreateDecodeBlindWatermarkTask');
    if (topic !== '')
      await this.#access.require(principal, 'mns:PublishMessage', { name: `/topics/${topic}/messages` });
    const bucket = await this.#touched.bucket(request.source.bucket);
    const { key } = request.source;
    checkObjectKey(key);
    await this.#access.require(principal, 'oss:GetObject', { bucket, key });
    const source = await this.#touched.source(principal, { bucket, key });
    this.#touched.checkPicture(source);
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
      const found = await this.#touched.source(principal, { bucket, key: o }).catch((error: unknown) => {
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

  /** As `MediaObjects.target`, for names with variables: what differs from output to output stands as `*` in the key that is checked. */
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
    return this.#touched.target(principal, bucket, name, targets);
  }
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
