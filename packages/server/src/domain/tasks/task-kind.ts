import type { NewEvent } from '../events/event-commands.ts';
import type { VersionReference } from '../objects/versions.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { TaskEnd } from './commands.ts';

/** What running work gets besides its payload. */
export interface TaskContext {
  /** The task as it was claimed. */
  readonly task: TaskRow;
  /** Aborted at the deadline, when the lease is lost, and when the server stops. */
  readonly signal: AbortSignal;
  /** Whole percent; recorded within about a second. */
  progress(percent: number): void;
}

/**
 * Whether another attempt could go better. `never`: the same would happen. `once`: it may have been bad luck, but an input
 * that kills engines twice is left alone. `again`: as often as the runner tries anything. `later`: the work was not begun
 * for want of room, so this was no attempt.
 */
export type Retry = 'never' | 'once' | 'again' | 'later';

/** How a failed attempt is to be told, and whether there is to be another. */
export interface TaskFailure {
  code: string;
  message: string;
  retry: Retry;
}

/**
 * A kind of work that is accepted first and done later. It runs at least once, so `run` is written to be repeated: the
 * same outputs under the same names.
 */
export interface TaskKind {
  readonly name: string;
  /** How many run at once in one process. */
  readonly concurrency: number;
  /** Time for one attempt, in milliseconds, counted from when work begins: waiting for its turn does not count. */
  readonly deadlineMs: number;
  /** Does the work; resolves with the result that goes into the task's record. */
  run(payload: unknown, context: TaskContext): Promise<unknown>;
  /** What an error thrown by `run` means to whoever asked for the work. */
  failure(error: unknown): TaskFailure;
  /** The object version the work is about, to be pinned again when an ended task is begun anew. Absent: there is none. */
  source?(payload: unknown): Promise<VersionReference>;
  /** The text published to the task's topic. Only asked for when the task names one. */
  notification(task: TaskRow, end: TaskEnd, endedMs: number): string;
  /** What the webhook is told, if anything, under an id made for it. Only asked for where there is a webhook. */
  event?(task: TaskRow, end: TaskEnd, endedMs: number, id: string): NewEvent;
}
