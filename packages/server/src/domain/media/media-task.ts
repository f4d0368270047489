import { familyOf, type Operation, targetVariables } from '@millrace/process';
import { DomainError, isDomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type {
  DocumentLook,
  FilmLook,
  FilmVariant,
  MediaEngines,
  MediaFamily,
  MediaOutput,
  MediaSummary,
} from '../ports/media-engine.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { forbidsOverwrite } from '../settings/overwrite.ts';
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts';
import { TASK_SECRET } from '../tasks/task-secret.ts';
import { type MasterPlaylist, masterText } from './master-playlist.ts';
import {
  cloudEvent,
  type MediaTaskResult,
  type NotificationFacts,
  notificationBody,
  type TaskTarget,
} from './notification.ts';
import { notificationBody2017, officeFailure2017 } from './office-2017.ts';
import { outputBody } from './output-body.ts';
import { type MediaSettings, mediaDefaults } from './settings.ts';
import { ObjectSource } from './source.ts';
import { sourceValues, targetKey } from './target-key.ts';
import { mediaTaskFailure } from './task-failure.ts';

/** Documents as the API of 2017 asks for them: with codes and notifications of their own. */
export const OFFICE_CONVERSION_2017 = 'office-conversion-2017';
export const OFFICE_CONVERSION = 'office-conversion';
export const MEDIA_CONVERT = 'media-convert';

/** What an accepted media task says about its work. Rights and names were checked when it was accepted. */
export interface MediaTaskPayload {
  operation: Operation;
  /** The source as the request named it. The version that was current when the task was accepted is pinned to the task. */
  source: { bucket: string; key: string; versionId?: string };
  /** Where the other objects are that the operation names, by the name it has for each. */
  operands?: { o: string; bucket: string; key: string }[];
  /** Other files that are needed: subtitles, marks, sound that is laid under it. */
  helpers?: { o: string; bucket: string; key: string }[];
  /** Playlists of the playlists that some of the steps make, by the numbers of those. */
  masters?: MasterPlaylist[];
  /** `key` is a target name with variables, `bucket` a plain name. */
  target: MediaTarget;
  /** What else is made of the same source, one after another. */
  more?: { operation: Operation; target: MediaTarget; film?: FilmLook }[];
  film?: FilmLook;
  document?: DocumentLook;
  /** The names of whoever asked for it, whom rules about overwriting may name; absent, it was the account. */
  caller?: string[];
  project: string;
  about?: TaskAbout;
}

export interface MediaTarget {
  bucket: string;
  key: string;
  /** Instead of `key` for the pieces of a film, each told by its `piece`. */
  pieceKey?: string;
  /** Instead of `key` for outputs that belong to a sheet, whose pages are then counted by themselves. */
  sheetKey?: string;
}

/** What whoever asked said about a task, to be told again. */
export interface TaskAbout {
  userData?: string;
  tags?: Record<string, string>;
  /** The request as it came, as JSON. */
  definition?: string;
  /** What answers of 2017 repeat. */
  asked?: { source: string; target: string; targetType: string; topic?: string; endpoint?: string };
}

export interface MediaTaskDependencies {
  reads: Reads;
  objects: ObjectService;
  engines: MediaEngines;
  settings: Partial<MediaSettings> & Pick<MediaSettings, 'temporaryFolder'>;
  /** Opens the passwords of documents, where there are such. */
  box?: SecretBox;
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
      name: OFFICE_CONVERSION_2017,
      concurrency: settings.officeConcurrency,
      deadlineMs: settings.officeDeadlineMs,
      ...shared('OfficeConversion'),
      failure: officeFailure2017,
      notification: notificationBody2017,
    },
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
  const { operation, source, operands = [], project, about } = readPayload(task.payload);
  const { userData = '' } = about ?? {};
  return { region, project, taskType, operation: operation.name, source, operands, endedMs, userData };
}

/** Passwords are sealed in records. */
const unsealed = ({ password, ...look }: DocumentLook, box: SecretBox | undefined): DocumentLook => {
  const open = password === undefined ? undefined : box?.open(password, TASK_SECRET);
  return { ...look, ...(open !== undefined && { password: open }) };
};

/** Written to be repeated: the same outputs go to the same keys, each whole and at once. */
async function runMediaTask(
  payload: MediaTaskPayload,
  context: TaskContext,
  { reads, objects, engines, box }: MediaTaskDependencies,
  settings: MediaSettings,
): Promise<MediaTaskResult> {
  const { source, operands = [], helpers = [], caller = [context.task.accountId], more = [], masters = [] } = payload;
  const { signal, task } = context;
  const { operation: first, target: firstTarget, film: firstFilm } = payload;
  const steps = [{ operation: first, target: firstTarget, ...(firstFilm && { film: firstFilm }) }, ...more];
  const row = await reads.tasks.pinned(task.id);
  if (row === undefined) throw new Error(`Task ${task.id} was accepted without its source.`);
  const values = sourceValues({
    bucket: source.bucket,
    key: source.key,
    lastModifiedMs: row.lastModifiedMs,
    taskMs: task.createdMs,
  });
  const written = new Map<string, TaskTarget>();
  await using opened = new ObjectSource(objects, row, {
    temporaryFolder: settings.temporaryFolder,
    signal,
    verify: true,
    encrypted: await objects.isSealed(row),
  });
  await using stack = new AsyncDisposableStack();
  const inputs = new Map<string, ObjectSource>();
  for (const operand of [...operands, ...helpers]) {
    if (inputs.has(operand.o)) continue;
    const { temporaryFolder } = settings;
    const other = await operandObject(reads, objects, operand);
    const encrypted = await objects.isSealed(other);
    const options = { temporaryFolder, signal, verify: true, encrypted };
    inputs.set(operand.o, stack.use(new ObjectSource(objects, other, options)));
  }
  const verified = async (): Promise<void> => {
    for (const each of [opened, ...inputs.values()]) await each.verified();
  };
  /** What an attempt before this one left where nothing can be written again, whole and the same. */
  const ownOutput = async (error: unknown, bucket: BucketRow, key: string): Promise<ObjectRow | undefined> => {
    if (!isDomainError(error, 'ObjectRetained')) return undefined;
    const existing = await objects.get(bucket, key).catch(() => undefined);
    return existing?.traits.madeBy === task.id ? existing : undefined;
  };
  const store = async (bucket: BucketRow, key: string, output: Pick<MediaOutput, 'contentType' | 'body'>) => {
    await verified();
    // Nothing is to be written once the task is no longer this one's to do.
    signal.throwIfAborted();
    const { overwrite } = await reads.settings.of(bucket.id);
    const forbidOverwrite = forbidsOverwrite(overwrite, key, caller);
    // What this task has written itself, now or before a restart, is its own to write again.
    const guarded = forbidOverwrite || bucket.retention !== undefined;
    const { size } = await objects
      .put({
        bucket,
        key,
        forbidOverwrite,
        ...(guarded && { madeBy: task.id }),
        body: await outputBody(output),
        headers: { contentType: output.contentType },
        signal,
      })
      .catch(async (error: unknown) => {
        const known = written.has(`${bucket.name}/${key}`) ? undefined : await ownOutput(error, bucket, key);
        if (known === undefined) throw error;
        return known;
      });
    written.set(`${bucket.name}/${key}`, { bucket: bucket.name, key, size });
  };
  let summary: MediaSummary = {};
  const variants = new Map<number, FilmVariant>();
  for (const [done, { operation, target, film }] of steps.entries()) {
    const targetBucket = await bucketNamed(reads, target.bucket);
    const family = familyOf(operation);
    const variables = targetVariables(operation);
    const work = engines[family].run({
      source: opened,
      operations: [operation],
      inputs,
      ...(payload.document && { document: unsealed(payload.document, box) }),
      ...(film && { film }),
      signal,
      progress: (percent) => context.progress((100 * done + percent) / steps.length),
      emit: (output) => store(targetBucket, keyOf(target, variables, values, output, family), output),
    });
    const { variant, ...told } = await work.catch(async (error: unknown) => {
      // What an engine says of bytes that were damaged here is not the caller's doing.
      await verified();
      throw error;
    });
    if (variant) variants.set(done, variant);
    summary = { ...summary, ...told };
  }
  // Last, so that whoever finds one finds all that it names.
  for (const master of masters) {
    const { bucket, key } = master.target;
    const bytes = Buffer.from(masterText(master, variants));
    await store(await bucketNamed(reads, bucket), key, {
      contentType: 'application/vnd.apple.mpegurl',
      body: { bytes },
    });
  }
  if (written.size === 0) throw new DomainError('MediaUnreadable', { reason: 'The source gave nothing to write.' });
  return { targets: [...written.values()].slice(0, LISTED_TARGETS), targetCount: written.size, ...summary };
}

function keyOf(
  { key, sheetKey, pieceKey }: MediaTarget,
  variables: readonly string[],
  values: Readonly<Record<string, string>>,
  output: MediaOutput,
  family: MediaFamily,
): string {
  const { sheetname, index, piece } = output.variables;
  if (pieceKey !== undefined && piece !== undefined) return `${pieceKey}${piece}.${output.extension}`;
  if (sheetKey === undefined || sheetname === undefined || index === undefined) {
    return targetKey(key, variables, values, output, family);
  }
  const page = index.slice(index.indexOf('_') + 1);
  const ofSheet = { ...output, variables: { ...output.variables, index: page } };
  return targetKey(sheetKey, variables, values, ofSheet, family);
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
