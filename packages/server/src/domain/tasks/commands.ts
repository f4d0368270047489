import { DomainError } from '../errors.ts';
import { type NewEvent, recordEvent } from '../events/event-commands.ts';
import { findObject, type VersionReference } from '../objects/versions.ts';
import type { Transaction } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { publish } from '../queues/topic-commands.ts';

/** What an accepted task is made of; the rest of its row begins empty. */
export type NewTask = Pick<
  TaskRow,
  'id' | 'kind' | 'payload' | 'accountId' | 'requestId' | 'eventId' | 'notifyTopic' | 'createdMs'
> &
  Partial<Pick<TaskRow, 'tenant' | 'priority'>>;

/** A lease as its holder knows it. The token is what counts: a later claim makes a greater one. */
export interface Lease {
  taskId: string;
  token: number;
}

/** How work ended. */
export type TaskEnd = { result: unknown } & (
  | { state: 'Succeeded' }
  | { state: 'Failed'; code: string; message: string }
);

/** What the task's topic is told, with the identities the message will bear. */
export interface EndNotification {
  body: string;
  messageId: string;
  /** 16 hex digits. */
  token: string;
}

/** An end with what is told of it, all in one transaction. */
export interface Ending {
  end: TaskEnd;
  nowMs: number;
  notification?: EndNotification;
  /** For the webhook. */
  event?: NewEvent;
}

/**
 * The work is durable once this has committed. `pin` names the object it works on: the version that is current then is
 * noted and its bytes are kept until the task ends, whatever becomes of the object. Throws `ObjectMissing`.
 */
async function submitTask(tx: Transaction, input: NewTask & { pin?: VersionReference }): Promise<TaskRow> {
  const { pin, ...task } = input;
  if (pin !== undefined) await pinObject(tx, task.id, pin);
  const row: TaskRow = {
    tenant: '',
    priority: 0,
    ...task,
    state: 'Running',
    startedMs: 0,
    endedMs: 0,
    attempts: 0,
    crashes: 0,
    progress: 0,
    code: '',
    message: '',
    result: null,
    leaseToken: 0,
    leaseOwner: '',
    leaseUntilMs: 0,
    notBeforeMs: input.createdMs,
  };
  await tx.tasks.insert(row);
  tx.announce({ type: 'task-added', kind: row.kind });
  return row;
}

async function pinObject(tx: Transaction, taskId: string, pin: VersionReference): Promise<void> {
  const object = await findObject(tx, pin);
  await tx.blobs.retain(object.segments);
  await tx.tasks.pin(taskId, object);
}

/**
 * Leases up to `limit` tasks of a kind. A task whose last lease ran out was in the hands of a process that died, and
 * that is counted; unless it is one of `holding`, which the claimer itself still works on: after a machine has slept, all
 * leases have run out at once, and those are renewed. Also says when the next task of the kind will be claimable, if it is
 * known now.
 */
async function claimTasks(
  tx: Transaction,
  input: { kind: string; owner: string; holding: string[]; limit: number; leaseMs: number; nowMs: number },
): Promise<{ tasks: TaskRow[]; nextMs: number | undefined }> {
  const { kind, owner, limit, leaseMs, nowMs } = input;
  const tasks: TaskRow[] = [];
  const holding = new Set(input.holding);
  const begun = await tx.tasks.turn(kind);
  let tenant = begun;
  for (let looks = limit + holding.size; looks > 0 && tasks.length < limit; looks--) {
    const row = await tx.tasks.claimable({ kind, nowMs, tenant });
    if (row === undefined) break;
    if (row.leaseOwner === owner && holding.has(row.id)) {
      await tx.tasks.update({ ...row, leaseUntilMs: nowMs + leaseMs });
      continue;
    }
    const claimed: TaskRow = {
      ...row,
      crashes: row.crashes + (row.leaseOwner === '' ? 0 : 1),
      attempts: row.attempts + 1,
      progress: 0,
      startedMs: nowMs,
      leaseToken: row.leaseToken + 1,
      leaseOwner: owner,
      leaseUntilMs: nowMs + leaseMs,
    };
    await tx.tasks.update(claimed);
    tasks.push(claimed);
    tenant = row.tenant;
  }
  if (tenant !== begun) await tx.tasks.setTurn(kind, tenant);
  return { tasks, nextMs: await tx.tasks.nextClaimableMs(kind) };
}

/** The task, provided that the lease is still the current one. Throws `LeaseLost` or `TaskMissing`. */
async function held(tx: Transaction, { taskId, token }: Lease): Promise<TaskRow> {
  const row = await taskNamed(tx, taskId);
  if (row.state !== 'Running' || row.leaseOwner === '' || row.leaseToken !== token) {
    throw new DomainError('LeaseLost', { taskId });
  }
  return row;
}

/** Keeps a lease and records how far the work has come. Throws `LeaseLost`. */
async function renewTask(
  tx: Transaction,
  input: Lease & { progress: number; leaseMs: number; nowMs: number },
): Promise<void> {
  const row = await held(tx, input);
  await tx.tasks.update({ ...row, progress: input.progress, leaseUntilMs: input.nowMs + input.leaseMs });
}

/**
 * Ends a task, once: its state, the announcement and the message to its topic commit together. Throws `LeaseLost` when
 * the task is somebody else's by now or has ended.
 */
async function finishTask(tx: Transaction, input: Lease & Ending): Promise<{ notified: boolean }> {
  return conclude(tx, await held(tx, input), input);
}

/** The one way to a terminal state. */
async function conclude(
  tx: Transaction,
  row: TaskRow,
  { end, nowMs, notification, event }: Ending,
): Promise<{ notified: boolean }> {
  const failure = end.state === 'Failed' ? { code: end.code, message: end.message } : { code: '', message: '' };
  await tx.tasks.update({
    ...row,
    ...failure,
    state: end.state,
    result: end.result,
    progress: end.state === 'Succeeded' ? 100 : row.progress,
    endedMs: nowMs,
    leaseOwner: '',
    leaseUntilMs: 0,
  });
  const pinned = await tx.tasks.pinned(row.id);
  if (pinned !== undefined) {
    await tx.blobs.release(pinned.segments, nowMs);
    await tx.tasks.unpin(row.id);
  }
  tx.announce({ type: 'task-ended', taskId: row.id });
  if (event !== undefined) await recordEvent(tx, event, nowMs);
  if (notification === undefined || row.notifyTopic === '') return { notified: false };
  const { accountId, notifyTopic: topic } = row;
  // A topic that is not there must not keep the task from ending: `publish` answers false then.
  const published = await publish(tx, { accountId, topic, ...notification, nowMs });
  return { notified: published !== false };
}

/**
 * Gives a task back to be run again, not before `notBeforeMs`. `attempted: false` takes the attempt back too: the server
 * stopped, and the task did nothing wrong.
 */
async function releaseTask(
  tx: Transaction,
  input: Lease & { attempted: boolean; notBeforeMs: number; message: string },
): Promise<void> {
  const row = await held(tx, input);
  await tx.tasks.update({
    ...row,
    attempts: row.attempts - (input.attempted ? 0 : 1),
    progress: 0,
    message: input.message,
    leaseOwner: '',
    leaseUntilMs: 0,
    notBeforeMs: input.notBeforeMs,
  });
  tx.announce({ type: 'task-added', kind: row.kind });
}

/**
 * Ends a task from outside, whoever works on it: its lease is taken away with the state. Says whether that ended it: one
 * that had ended before stays as it is. Throws `TaskMissing`.
 */
async function cancelTask(
  tx: Transaction,
  input: { taskId: string } & Ending,
): Promise<{ cancelled: boolean; notified: boolean }> {
  const row = await taskNamed(tx, input.taskId);
  if (row.state !== 'Running') return { cancelled: false, notified: false };
  const { notified } = await conclude(tx, row, input);
  return { cancelled: true, notified };
}

/**
 * Begins a failed task again, as if it had just been accepted; its object is looked up again. Says whether it was one.
 * Throws `TaskMissing`, and `ObjectMissing` when there is nothing left to work on.
 */
async function retryTask(
  tx: Transaction,
  input: { taskId: string; nowMs: number; pin?: VersionReference },
): Promise<{ retried: boolean }> {
  const { taskId, nowMs, pin } = input;
  const row = await taskNamed(tx, taskId);
  if (row.state !== 'Failed') return { retried: false };
  if (pin !== undefined) await pinObject(tx, taskId, pin);
  await tx.tasks.update({
    ...row,
    state: 'Running',
    startedMs: 0,
    endedMs: 0,
    attempts: 0,
    crashes: 0,
    progress: 0,
    code: '',
    message: '',
    result: null,
    notBeforeMs: nowMs,
  });
  tx.announce({ type: 'task-added', kind: row.kind });
  return { retried: true };
}

/** Lets a task that waits go before others, or after them. Throws `TaskMissing`. */
async function prioritiseTask(tx: Transaction, input: { taskId: string; priority: number }): Promise<void> {
  await tx.tasks.update({ ...(await taskNamed(tx, input.taskId)), priority: input.priority });
}

async function taskNamed(tx: Transaction, taskId: string): Promise<TaskRow> {
  const row = await tx.tasks.get(taskId);
  if (row === undefined) throw new DomainError('TaskMissing', { taskId });
  return row;
}

/** The longest pause before a task that was under way at several deaths. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * One death is bad luck, and the work goes on at once. After more, a pause that doubles: should the input be what kills
 * the process, then everything else gets done in between.
 */
const pauseAfterCrashes = (crashes: number): number =>
  crashes < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (crashes - 2));

/**
 * Takes back every lease of an owner that is known to be dead, without waiting for the leases to run out. Says how many.
 */
async function takeBackTasks(tx: Transaction, input: { owner: string; nowMs: number }): Promise<number> {
  const rows = await tx.tasks.leasedBy(input.owner);
  for (const row of rows) {
    await tx.tasks.update({
      ...row,
      crashes: row.crashes + 1,
      progress: 0,
      leaseOwner: '',
      leaseUntilMs: 0,
      notBeforeMs: input.nowMs + pauseAfterCrashes(row.crashes + 1),
    });
  }
  for (const kind of new Set(rows.map((row) => row.kind))) tx.announce({ type: 'task-added', kind });
  return rows.length;
}

/** Forgets ended tasks created before a time, at most `limit` in one go; says how many. */
async function removeEndedTasks(tx: Transaction, input: { beforeMs: number; limit: number }): Promise<number> {
  return tx.tasks.removeEnded(input.beforeMs, input.limit);
}

export const taskCommands = {
  submitTask,
  claimTasks,
  renewTask,
  finishTask,
  releaseTask,
  cancelTask,
  retryTask,
  prioritiseTask,
  takeBackTasks,
  removeEndedTasks,
};
