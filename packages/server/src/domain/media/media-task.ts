import { familyOf, type Operation, targetVariables } from '@millrace/process';
import { DomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { MediaEngines } from '../ports/media-engine.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { forbidsOverwrite } from '../settings/overwrite.ts';
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts';
import {
  cloudEvent,
  type MediaTaskResult,
  type NotificationFacts,
  notificationBody,
  type TaskTarget,
} from './notification.ts';
import { outputBody } from './output-body.ts';
import { type MediaSettings, mediaDefaults } from './settings.ts';
import { ObjectSource } from './source.ts';
import { sourceValues, targetKey } from './target-key.ts';
import { mediaTaskFailure } from './task-failure.ts';

export const OFFICE_CONVERSION = 'office-conversion';
export const MEDIA_CONVERT = 'media-convert';

/** What an accepted media task says about its work. Rights and names were checked when it was accepted. */
export interface MediaTaskPayload {
  operation: Operation;
  /** The source as the request named it. The version that was current when the task was accepted is pinned to the task. */
  source: { bucket: string; key: string; versionId?: string };
  /** Where the other objects are that the operation names, by the name it has for each. */
  operands?: { o: string; bucket: string; key: string }[];
  /** `key` is a target name with variables, `bucket` a plain name. */
  target: { bucket: string; key: string };
  /** The names of whoever asked for it, whom rules about overwriting may name; absent, it was the account. */
  caller?: string[];
  project: string;
}

export interface MediaTaskDependencies {
  reads: Reads;
  objects: ObjectService;
  engines: MediaEngines;
  settings: Partial<MediaSettings> & Pick<MediaSettings, 'temporaryFolder'>;
}

/** More than this many outputs are counted in the task's record and not listed. */
const LISTED_TARGETS = 1_000;

/** The task kinds of documents and of video and audio: the same work, each with its own concurrency and deadline. */
export function mediaTaskKinds(dependencies: MediaTaskDependencies): TaskKind[] {
  const settings: MediaSettings = { ...mediaDefaults, ...dependencies.settings };
  const shared = (
    taskType: 'OfficeConversion' | 'MediaConvert',
  ): Pick<TaskKind, 'run' | 'failure' | 'source' | 'notification' | 'event'> => ({
    run: (payload, context) => runMediaTask(readPayload(payload), context, dependencies, settings),
    failure: mediaTaskFailure,
    async source(payload) {
      const { bucket, key, versionId } = readPayload(payload).source;
      const { id: bucketId } = await bucketNamed(dependencies.reads, bucket);
      return { bucketId, key, versionId };
    },
    notification: (task, end, endedMs) => notificationBody(task, end, factsOf(task, endedMs, taskType, settings)),
    event: (task, end, endedMs, id) => cloudEvent(task, end, factsOf(task, endedMs, taskType, settings), id),
  });
  return [
    {
      name: OFFICE_CONVERSION,
      concurrency: settings.officeConcurrency,
      deadlineMs: settings.officeDeadlineMs,
      ...shared('OfficeConversion'),
    },
    {
      name: MEDIA_CONVERT,
      concurrency: settings.mediaConcurrency,
      deadlineMs: settings.mediaDeadlineMs,
      ...shared('MediaConvert'),
    },
  ];
}

/** The payload as `MediaService` wrote it: the record store gives back the JSON it was given. */
const readPayload = (payload: unknown): MediaTaskPayload => payload as MediaTaskPayload;

function factsOf(
  task: TaskRow,
  endedMs: number,
  taskType: NotificationFacts['taskType'],
  { region }: MediaSettings,
): NotificationFacts {
  const { operation, source, operands = [], project } = readPayload(task.payload);
  return { region, project, taskType, operation: operation.name, source, operands, endedMs };
}

/** Written to be repeated: the same outputs go to the same keys, each whole and at once. */
async function runMediaTask(
  payload: MediaTaskPayload,
  context: TaskContext,
  { reads, objects, engines }: MediaTaskDependencies,
  settings: MediaSettings,
): Promise<MediaTaskResult> {
  const { operation, source, target, operands = [], caller = [context.task.accountId] } = payload;
  const { signal, task } = context;
  const targetBucket = await bucketNamed(reads, target.bucket);
  const row = await reads.tasks.pinned(task.id);
  if (row === undefined) throw new Error(`Task ${task.id} was accepted without its source.`);
  const family = familyOf(operation);
  const variables = targetVariables(operation);
  const values = sourceValues({
    bucket: source.bucket,
    key: source.key,
    lastModifiedMs: row.lastModifiedMs,
    taskMs: task.createdMs,
  });
  const { overwrite } = await reads.settings.of(targetBucket.id);
  const written = new Map<string, TaskTarget>();
  await using opened = new ObjectSource(objects, row, {
    temporaryFolder: settings.temporaryFolder,
    signal,
    verify: true,
  });
  await using stack = new AsyncDisposableStack();
  const inputs = new Map<string, ObjectSource>();
  for (const operand of operands) {
    const { temporaryFolder } = settings;
    const other = await operandObject(reads, objects, operand);
    inputs.set(operand.o, stack.use(new ObjectSource(objects, other, { temporaryFolder, signal, verify: true })));
  }
  const verified = async (): Promise<void> => {
    for (const each of [opened, ...inputs.values()]) await each.verified();
  };
  const work = engines[family].run({
    source: opened,
    operations: [operation],
    inputs,
    signal,
    progress: context.progress,
    async emit(output) {
      await verified();
      // Nothing is to be written once the task is no longer this one's to do.
      signal.throwIfAborted();
      const key = targetKey(target.key, variables, values, output, family);
      const headers = { contentType: output.contentType };
      // What this task has written itself, now or before a restart, is its own to write again.
      const own = task.attempts > 1 || written.has(key);
      const { size } = await objects.put({
        bucket: targetBucket,
        key,
        forbidOverwrite: !own && forbidsOverwrite(overwrite, key, caller),
        body: await outputBody(output),
        headers,
        signal,
      });
      written.set(key, { bucket: target.bucket, key, size });
    },
  });
  const summary = await work.catch(async (error: unknown) => {
    // What an engine says of bytes that were damaged here is not the caller's doing.
    await verified();
    throw error;
  });
  if (written.size === 0) throw new DomainError('MediaUnreadable', { reason: 'The source gave nothing to write.' });
  return { targets: [...written.values()].slice(0, LISTED_TARGETS), targetCount: written.size, ...summary };
}

async function bucketNamed(reads: Reads, name: string): Promise<BucketRow> {
  const bucket = await reads.buckets.byName(name);
  if (bucket === undefined) throw new DomainError('BucketMissing', { bucket: name });
  return bucket;
}

/** An object that is joined with the source, as it is when the work begins. A link was followed when the task was accepted. */
async function operandObject(
  reads: Reads,
  objects: ObjectService,
  operand: { bucket: string; key: string },
): Promise<ObjectRow> {
  const row = await objects.get(await bucketNamed(reads, operand.bucket), operand.key);
  if (row.type === 'Symlink') throw new DomainError('ObjectMissing', { key: operand.key });
  return row;
}
