import { type KeptPrincipal, principalOf } from '../access/kept-principal.ts';
import type { TaskAbout } from '../media/media-task.ts';
import { cloudEvent, type MediaTaskResult, notificationBody } from '../media/notification.ts';
import { mediaTaskFailure } from '../media/task-failure.ts';
import { once } from '../objects/object-bytes.ts';
import type { PictureBoard } from '../ports/picture-board.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { TaskKind } from '../tasks/task-kind.ts';
import { TASK_SECRET } from '../tasks/task-secret.ts';
import { type Place, TaskFiles, type TaskFilesServices } from './task-files.ts';

/** What running work is given. */
export interface WorkJob {
  files: TaskFiles;
  signal: AbortSignal;
  /** Whole percent. */
  progress(percent: number): void;
  /** When the work was asked for. */
  askedMs: number;
  board: PictureBoard;
  /** What `ProjectTaskService.seal` made unreadable for records and messages. */
  secret(sealed: string): string | undefined;
}

/** Work of a project that reads and writes any number of objects and is no process string. */
export interface ProjectWork<W> {
  /** Of its `TaskKind`. */
  name: string;
  /** As the wire calls it; ids begin with it. */
  taskType: string;
  /** What its end is called in messages, where that is no task's. */
  eventType?(work: W): string;
  concurrency: number;
  deadlineMs: number;
  /** The outputs are what it writes; what it returns is told besides. Written to be repeated. */
  run(work: W, job: WorkJob): Promise<WorkOutcome>;
  /** What notifications say of it; the vendor documents little of this, so the names are ours, in its style. */
  told(work: W, uris: readonly string[], facts: Readonly<Record<string, unknown>>): object;
}

export interface WorkOutcome {
  /** Few and short: they are kept in the task's record and go into messages. */
  facts: Record<string, unknown>;
  /** What is written where the request asks for more than fits into a message; the facts, if absent. */
  detail?: object;
}

export interface WorkServices extends TaskFilesServices {
  region: string;
  box: SecretBox;
  board: PictureBoard;
}

/** What an accepted task says about its work. */
export interface ProjectTaskPayload {
  work: unknown;
  asker: KeptPrincipal;
  project: string;
  about?: TaskAbout;
  /** Gets the whole result as JSON. */
  extended?: Place;
}

/** The payload as it was written when the task was accepted. */
export const readProjectPayload = (payload: unknown): ProjectTaskPayload => payload as ProjectTaskPayload;

/** Work as the task runner knows it. */
export function projectTaskKind<W>(work: ProjectWork<W>, services: WorkServices): TaskKind {
  const { name, taskType, concurrency, deadlineMs } = work;
  // Written by `ProjectTaskService.accept`, which takes the work and what it is to do together.
  const workOf = (payload: unknown): W => readProjectPayload(payload).work as W;
  const factsOf = (task: TaskRow, endedMs: number) => {
    const { project, about } = readProjectPayload(task.payload);
    const members = (uris: readonly string[], result: MediaTaskResult | undefined): object =>
      work.told(workOf(task.payload), uris, result?.facts ?? {});
    const source = { bucket: '', key: '' };
    const { region } = services;
    const told = {
      region,
      project,
      taskType,
      operation: '',
      source,
      endedMs,
      userData: about?.userData ?? '',
      members,
    };
    const eventType = work.eventType?.(workOf(task.payload));
    return eventType === undefined ? told : { ...told, eventType };
  };
  return {
    ...{ name, concurrency, deadlineMs },
    async run(payload, { task, signal, progress }): Promise<MediaTaskResult> {
      const { asker, extended } = readProjectPayload(payload);
      const principal = principalOf(asker);
      await using files = new TaskFiles(services, { principal, signal, madeBy: task.id });
      const { board } = services;
      const secret = (sealed: string) => services.box.open(sealed, TASK_SECRET);
      const job: WorkJob = { files, signal, progress, askedMs: task.createdMs, board, secret };
      const { facts, detail } = await work.run(workOf(payload), job);
      if (extended !== undefined) {
        const text = JSON.stringify(detail ?? facts);
        await files.write(extended, 'application/json', { bytes: once(Buffer.from(text)) });
      }
      return { ...files.written, facts };
    },
    failure: mediaTaskFailure,
    notification: (task, end, endedMs) => notificationBody(task, end, factsOf(task, endedMs)),
    event: (task, end, endedMs, id) => cloudEvent(task, end, factsOf(task, endedMs), id),
  };
}
