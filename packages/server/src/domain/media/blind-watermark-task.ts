import type { Operation } from '@millrace/process';
import { DomainError } from '../errors.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { TaskContext, TaskKind } from '../tasks/task-kind.ts';
import type { MediaTaskDependencies, TaskAbout } from './media-task.ts';
import { cloudEvent, type MediaTaskResult, type NotificationFacts, notificationBody } from './notification.ts';
import { type MediaSettings, mediaDefaults } from './settings.ts';
import { ObjectSource } from './source.ts';
import { mediaTaskFailure } from './task-failure.ts';

/** Reads the text that was hidden in a picture. It stores nothing: the text is its result. */
export const DECODE_BLIND_WATERMARK = 'decode-blind-watermark';

/** What an accepted task of this kind says about its work. Rights and names were checked when it was accepted. */
export interface BlindWatermarkPayload {
  operation: Operation;
  source: { bucket: string; key: string; versionId?: string };
  project: string;
  about?: TaskAbout;
}

/** The payload as `MediaService` wrote it: the record store gives back the JSON it was given. */
const readPayload = (payload: unknown): BlindWatermarkPayload => payload as BlindWatermarkPayload;

/** One picture a worker is at work for about a second. */
const CONCURRENCY = 1;

export function blindWatermarkTaskKind(dependencies: MediaTaskDependencies): TaskKind {
  const settings: MediaSettings = { ...mediaDefaults, ...dependencies.settings };
  const factsOf = (task: TaskRow, endedMs: number): NotificationFacts => {
    const { operation, source, project, about } = readPayload(task.payload);
    const { userData = '' } = about ?? {};
    const { region } = settings;
    return {
      ...{ region, project, taskType: 'DecodeBlindWatermark', operation: operation.name, source, endedMs, userData },
    };
  };
  return {
    name: DECODE_BLIND_WATERMARK,
    concurrency: CONCURRENCY,
    deadlineMs: settings.syncDeadlineMs,
    run: (payload, context) => findText(readPayload(payload), context, dependencies, settings),
    failure: mediaTaskFailure,
    async source(payload) {
      const { bucket: name, key, versionId } = readPayload(payload).source;
      const bucket = await dependencies.reads.buckets.byName(name);
      if (bucket === undefined) throw new DomainError('BucketMissing', { bucket: name });
      return { bucketId: bucket.id, key, versionId };
    },
    notification: (task, end, endedMs) => notificationBody(task, end, factsOf(task, endedMs)),
    event: (task, end, endedMs, id) => cloudEvent(task, end, factsOf(task, endedMs), id),
  };
}

async function findText(
  { operation }: BlindWatermarkPayload,
  { task, signal }: TaskContext,
  { reads, objects, engines }: MediaTaskDependencies,
  { temporaryFolder }: MediaSettings,
): Promise<MediaTaskResult> {
  const row = await reads.tasks.pinned(task.id);
  if (row === undefined) throw new Error(`Task ${task.id} was accepted without its source.`);
  const encrypted = await objects.isSealed(row);
  await using source = new ObjectSource(objects, row, { temporaryFolder, signal, verify: true, encrypted });
  const emit = () => Promise.resolve();
  const { text = '' } = await engines.image
    .run({ source, operations: [operation], signal, emit })
    .catch(async (error: unknown) => {
      // What an engine says of bytes that were damaged here is not the caller's doing.
      await source.verified();
      throw error;
    });
  return { targets: [], targetCount: 0, text };
}
