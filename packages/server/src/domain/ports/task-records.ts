import type { ObjectRow } from './object-records.ts';
import type { Awaitable } from './record-store.ts';

export type TaskState = 'Running' | 'Succeeded' | 'Failed';

/**
 * A piece of accepted work. `Running` covers waiting too, as the vendor's word does: a task that waits has no lease.
 * Exactly one transition to a terminal state ever commits, by the holder of the current lease token.
 */
export interface TaskRow {
  id: string;
  /** The name of its `TaskKind`. */
  kind: string;
  /** Whose turn it takes: a bucket's name. Those who wait for a kind take turns, whatever each has waiting. */
  tenant: string;
  /** Those of a higher number come first, whoever waits. */
  priority: number;
  /** What the kind's `run` is given; JSON. */
  payload: unknown;
  state: TaskState;
  accountId: string;
  requestId: string;
  eventId: string;
  /** Topic told of the end, or '' for none. */
  notifyTopic: string;
  createdMs: number;
  /** When work last began; 0 before that. */
  startedMs: number;
  endedMs: number;
  /** How many times work began. */
  attempts: number;
  /** How many of them ended because the process that held the lease died: after several the input is suspect. */
  crashes: number;
  /** Whole percent, 0–100. */
  progress: number;
  code: string;
  message: string;
  /** What the work produced; JSON, set at the end. */
  result: unknown;
  /** Fencing token of the current lease: grows with every claim, so that a late worker is refused. */
  leaseToken: number;
  /** The process that holds the lease; '' when waiting. */
  leaseOwner: string;
  leaseUntilMs: number;
  /** Not to be claimed before this time: back-off between attempts. */
  notBeforeMs: number;
}

export interface TaskSearch {
  accountId: string;
  project: string;
  kinds?: readonly string[];
  state?: TaskState;
  /** One of the tags of its payload. */
  tag?: { key: string; value: string };
  created?: { fromMs: number; toMs: number };
  ended?: { fromMs: number; toMs: number };
  sort: 'id' | 'created' | 'ended';
  order: 'asc' | 'desc';
  /** What it is sorted by there, and its id. */
  after?: { value: number | string; id: string };
  limit: number;
}

export interface TaskRecords {
  get(id: string): Awaitable<TaskRow | undefined>;
  /** Newest first. */
  page(query: { state?: TaskState; kind?: string; beforeMs: number; limit: number }): Awaitable<TaskRow[]>;
  /** How many tasks wait, run and ended, by kind. */
  counts(): Awaitable<{ kind: string; waiting: number; running: number; succeeded: number; failed: number }[]>;
  /** Since when the task of each kind waits that was created first; kinds with none are left out. */
  waitingSince(): Awaitable<{ kind: string; createdMs: number }[]>;
  /** Those of a project that fit, in the order asked for; `after` is the one that the page before ended with. */
  search(query: TaskSearch): Awaitable<TaskRow[]>;
  insert(row: TaskRow): Awaitable<void>;
  update(row: TaskRow): Awaitable<void>;
  /**
   * A running-state task of a kind whose lease ended (or that never had one) and whose time has come: of those with the
   * highest priority, the oldest of the tenant who comes next after `tenant`, in the order of their names and round again.
   */
  claimable(query: { kind: string; nowMs: number; tenant: string }): Awaitable<TaskRow | undefined>;
  /** Whose task of a kind was claimed last; '' when none was. */
  turn(kind: string): Awaitable<string>;
  setTurn(kind: string, tenant: string): Awaitable<void>;
  /** Running-state tasks leased by an owner. */
  leasedBy(owner: string): Awaitable<TaskRow[]>;
  /** The earliest time at which any waiting or leased task of a kind becomes claimable; undefined when there is none. */
  nextClaimableMs(kind: string): Awaitable<number | undefined>;
  /** Notes the object version a task works on. Retaining its bytes is the command's part. */
  pin(taskId: string, object: ObjectRow): Awaitable<void>;
  pinned(taskId: string): Awaitable<ObjectRow | undefined>;
  unpin(taskId: string): Awaitable<void>;
  remove(id: string): Awaitable<void>;
  /** Removes ended tasks created before a time; says how many. */
  removeEnded(beforeMs: number, limit: number): Awaitable<number>;
}
