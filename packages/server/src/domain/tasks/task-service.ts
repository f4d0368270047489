import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow, TaskSearch } from '../ports/task-records.ts';
import type { TaskRunner } from './task-runner.ts';

/** Tasks as whoever asked for them sees them. */
export class TaskService {
  #records: RecordStore;
  #runner: TaskRunner;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; runner: TaskRunner; clock: Clock }) {
    this.#records = dependencies.records;
    this.#runner = dependencies.runner;
    this.#clock = dependencies.clock;
  }

  /** A task of a project. Throws `TaskMissing`. */
  async get(accountId: string, project: string, taskId: string): Promise<TaskRow> {
    const row = await this.#records.reads.tasks.get(taskId);
    const payload = row?.payload as { project?: unknown } | undefined;
    if (row === undefined || row.accountId !== accountId || payload?.project !== project) {
      throw new DomainError('TaskMissing', { taskId });
    }
    return row;
  }

  async search(query: TaskSearch): Promise<TaskRow[]> {
    return this.#records.reads.tasks.search(query);
  }

  /** Forgets a task; one that is under way is cancelled first. */
  async remove(taskId: string): Promise<void> {
    const remove = () => this.#records.transact('removeTask', { taskId });
    if (await remove()) return;
    await this.#runner.cancel(taskId);
    await remove();
  }

  /** The task once it has ended, or as it is when the time is over. Throws `TaskMissing`. */
  async ended(taskId: string, waitMs: number): Promise<TaskRow> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopListening = this.#records.onCommit((event) => {
      if (event.type === 'task-ended' && event.taskId === taskId) resolve();
    });
    const stopWaiting = this.#clock.schedule(waitMs, () => resolve());
    try {
      const now = await this.#records.reads.tasks.get(taskId);
      if (now?.state === 'Running') await promise;
      const row = await this.#records.reads.tasks.get(taskId);
      if (row === undefined) throw new DomainError('TaskMissing', { taskId });
      return row;
    } finally {
      stopListening();
      stopWaiting();
    }
  }

  /** Ends a task that nobody waits for any more. False when it has ended already. */
  cancel(taskId: string): Promise<boolean> {
    return this.#runner.cancel(taskId);
  }
}
