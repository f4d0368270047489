import type { DomainErrorKind } from '../domain/errors.ts';
import { DomainError } from '../domain/errors.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import type { TaskRow, TaskState } from '../domain/ports/task-records.ts';
import type { TaskRunner } from '../domain/tasks/task-runner.ts';
import { type AdminAnswer, refusal } from './admin-answer.ts';

const STATES: readonly TaskState[] = ['Running', 'Succeeded', 'Failed'];
const MOST_LISTED = 1_000;
const USUALLY_LISTED = 100;
const MOST_PRIORITY = 100;

const missing: readonly DomainErrorKind[] = [
  'TaskMissing',
  'BucketMissing',
  'ObjectMissing',
  'VersionMissing',
  'VersionIsMarker',
];

/** `/-/tasks`: what operators see of tasks, and may do to them. */
export class TaskRoutes {
  #records: RecordStore;
  #tasks: Pick<TaskRunner, 'cancel' | 'retry'>;
  constructor(dependencies: { records: RecordStore; tasks: Pick<TaskRunner, 'cancel' | 'retry'> }) {
    this.#records = dependencies.records;
    this.#tasks = dependencies.tasks;
  }

  /** Answers a request whose path begins with `/-/tasks`. */
  async answer(method: string, path: string, query: URLSearchParams): Promise<AdminAnswer> {
    const [, id, verb] = /^\/-\/tasks(?:\/([^/]+))?(?:\/(cancel|retry|priority))?$/.exec(path) ?? [];
    const reads = method === 'GET' || method === 'HEAD';
    if (path === '/-/tasks') return reads ? this.#list(query) : refusal(405, 'Use GET.');
    if (id === undefined)
      return refusal(404, 'There is /-/tasks, /-/tasks/ID and POST /-/tasks/ID/cancel, /retry and /priority.');
    try {
      const taskId = decodeURIComponent(id);
      if (verb === undefined) return reads ? await this.#show(taskId) : refusal(405, 'Use GET.');
      return method === 'POST' ? await this.#act(taskId, verb, query) : refusal(405, 'Use POST.');
    } catch (error) {
      if (error instanceof URIError) return refusal(400, 'The id is not well encoded.');
      if (error instanceof DomainError && missing.includes(error.kind)) return refusal(404, telling(error));
      throw error;
    }
  }

  async #list(query: URLSearchParams): Promise<AdminAnswer> {
    const state = STATES.find((known) => known === query.get('state'));
    const kind = query.get('kind') ?? undefined;
    const beforeMs = Number(query.get('before') ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(query.get('limit') ?? USUALLY_LISTED);
    if (query.has('state') && state === undefined) return refusal(400, `state is one of ${STATES.join(', ')}.`);
    if (!Number.isSafeInteger(beforeMs)) return refusal(400, 'before is a time in milliseconds, as next gives it.');
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
      return refusal(400, `limit is 1 to ${MOST_LISTED}.`);
    const filter = { ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) };
    const rows = await this.#records.reads.tasks.page({ ...filter, beforeMs, limit });
    const listed = wholeMoments(rows, limit);
    const last = listed.at(-1);
    const next = rows.length === limit && last !== undefined ? { next: last.createdMs } : {};
    return { status: 200, body: { tasks: listed.map(shown), ...next } };
  }

  async #show(taskId: string): Promise<AdminAnswer> {
    const row = await this.#records.reads.tasks.get(taskId);
    return row === undefined ? refusal(404, `There is no task ${taskId}.`) : { status: 200, body: shown(row) };
  }

  async #act(taskId: string, verb: string, query: URLSearchParams): Promise<AdminAnswer> {
    if (verb === 'cancel' && !(await this.#tasks.cancel(taskId))) return refusal(409, 'The task has ended already.');
    if (verb === 'retry' && !(await this.#tasks.retry(taskId)))
      return refusal(409, 'Only failed tasks can be tried again.');
    if (verb === 'priority') {
      const priority = Number(query.get('value') ?? Number.NaN);
      if (!Number.isInteger(priority) || Math.abs(priority) > MOST_PRIORITY) {
        return refusal(400, `value is a whole number from ${-MOST_PRIORITY} to ${MOST_PRIORITY}.`);
      }
      await this.#records.transact('prioritiseTask', { taskId, priority });
    }
    return this.#show(taskId);
  }
}

/** Pages go by time: what was created in the same moment as the last of a full page, but did not fit, comes with the next. */
function wholeMoments(rows: readonly TaskRow[], limit: number): readonly TaskRow[] {
  const last = rows.at(-1)?.createdMs;
  if (rows.length < limit || rows[0]?.createdMs === last) return rows;
  return rows.filter(({ createdMs }) => createdMs !== last);
}

const telling = (error: DomainError): string =>
  error.kind === 'TaskMissing' ? 'There is no such task.' : 'What the task was accepted for is no longer there.';

/** A task as it is told; times as ISO 8601. */
function shown(row: TaskRow): object {
  const { createdMs, startedMs, endedMs, leaseUntilMs: _, leaseToken: __, notBeforeMs, leaseOwner, ...rest } = row;
  const at = (ms: number): string | undefined => (ms === 0 ? undefined : new Date(ms).toISOString());
  return {
    ...rest,
    waiting: row.state === 'Running' && leaseOwner === '',
    created: at(createdMs),
    started: at(startedMs),
    ended: at(endedMs),
    notBefore: row.state === 'Running' && leaseOwner === '' ? at(notBeforeMs) : undefined,
  };
}
