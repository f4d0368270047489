import type { ObjectRow } from '../../domain/ports/object-records.ts';
import type { Awaitable } from '../../domain/ports/record-store.ts';
import type { TaskRecords, TaskRow, TaskSearch } from '../../domain/ports/task-records.ts';
import type { Database } from './database.ts';
import { found, mapped, steps, then, wait } from './steps.ts';

type Stored = Omit<TaskRow, 'payload' | 'result'> & {
  payload: string;
  result: string;
  phase: number;
  ready: number;
  dueMs: number;
};

const columns = `id, kind, tenant, priority, state, account_id AS accountId, request_id AS requestId, event_id AS eventId,
  notify_topic AS notifyTopic, created_ms AS createdMs, started_ms AS startedMs, ended_ms AS endedMs, attempts, crashes, progress,
  code, message, lease_token AS leaseToken, lease_owner AS leaseOwner, lease_until_ms AS leaseUntilMs,
  not_before_ms AS notBeforeMs, payload, result`;

/** Tasks made ready by one look: more wait for the next, so that no look takes long. */
const READIED_AT_ONCE = 1000;

function toStored(row: TaskRow): Stored {
  const leased = row.leaseOwner !== '';
  const dueMs = Math.max(leased ? row.leaseUntilMs : 0, row.notBeforeMs);
  let phase = leased ? 1 : 0;
  if (row.state !== 'Running') phase = row.state === 'Succeeded' ? 2 : 3;
  return {
    ...row,
    payload: JSON.stringify(row.payload ?? null),
    result: JSON.stringify(row.result ?? null),
    phase,
    // Whoever created it has already seen this time.
    ready: dueMs <= row.createdMs ? 1 : 0,
    dueMs,
  };
}

const fromStored = (row: Omit<Stored, 'dueMs'>): TaskRow => ({
  ...row,
  payload: JSON.parse(row.payload),
  result: JSON.parse(row.result),
});

export function taskRecords(database: Database) {
  const get = database.prepare<[string], Stored>(`SELECT ${columns} FROM tasks WHERE id = ?`);
  const pageOf = (where: string) =>
    database.prepare<[{ state?: string; kind?: string; beforeMs: number; limit: number }], Stored>(
      `SELECT ${columns} FROM tasks WHERE ${where} created_ms < @beforeMs
       ORDER BY created_ms DESC, number DESC LIMIT @limit`,
    );
  const page = pageOf('');
  const pageOfState = pageOf('state = @state AND');
  const pageOfKind = pageOf('kind = @kind AND');
  const pageOfBoth = pageOf('state = @state AND kind = @kind AND');
  const counts = database.prepare<[], Awaited<ReturnType<TaskRecords['counts']>>[number]>(
    `SELECT kind, waiting, running, succeeded, failed FROM task_counts
     WHERE waiting + running + succeeded + failed > 0 ORDER BY kind`,
  );
  const insert = database.prepare<[Stored]>(
    `INSERT INTO tasks (id, kind, tenant, priority, state, phase, ready, due_ms, account_id, request_id, event_id, notify_topic, created_ms,
       started_ms, ended_ms, attempts, crashes, progress, code, message, lease_token, lease_owner, lease_until_ms, not_before_ms,
       payload, result)
     VALUES (@id, @kind, @tenant, @priority, @state, @phase, @ready, @dueMs, @accountId, @requestId, @eventId, @notifyTopic, @createdMs,
       @startedMs, @endedMs, @attempts, @crashes, @progress, @code, @message, @leaseToken, @leaseOwner, @leaseUntilMs,
       @notBeforeMs, @payload, @result)`,
  );
  const update = database.prepare<[Stored]>(
    `UPDATE tasks SET priority = @priority, state = @state, phase = @phase, ready = @ready, due_ms = @dueMs, account_id = @accountId,
       request_id = @requestId, event_id = @eventId, notify_topic = @notifyTopic, created_ms = @createdMs,
       started_ms = @startedMs, ended_ms = @endedMs, attempts = @attempts, crashes = @crashes, progress = @progress, code = @code,
       message = @message, lease_token = @leaseToken, lease_owner = @leaseOwner, lease_until_ms = @leaseUntilMs,
       not_before_ms = @notBeforeMs, payload = @payload, result = @result
     WHERE id = @id`,
  );
  const makeReady = database.prepare<[string, number, number]>(
    `UPDATE tasks SET ready = 1 WHERE number IN (
       SELECT number FROM tasks WHERE phase < 2 AND kind = ? AND ready = 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?)`,
  );
  const claimable = database.prepare<[{ kind: string; tenant: string }], Stored>(
    `SELECT ${columns}, due_ms AS dueMs FROM tasks
     WHERE phase < 2 AND ready = 1 AND kind = @kind AND tenant > @tenant
       AND priority = (SELECT MAX(priority) FROM tasks WHERE phase < 2 AND ready = 1 AND kind = @kind)
     ORDER BY tenant, created_ms, number LIMIT 1`,
  );
  const fromTheFirst = database.prepare<[{ kind: string }], Stored>(
    `SELECT ${columns}, due_ms AS dueMs FROM tasks
     WHERE phase < 2 AND ready = 1 AND kind = @kind
       AND priority = (SELECT MAX(priority) FROM tasks WHERE phase < 2 AND ready = 1 AND kind = @kind)
     ORDER BY tenant, created_ms, number LIMIT 1`,
  );
  const turn = database.prepare<[string], string>('SELECT tenant FROM task_turns WHERE kind = ?').pluck();
  const setTurn = database.prepare<[string, string]>(
    'INSERT INTO task_turns VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET tenant = excluded.tenant',
  );
  const waitingSince = database.prepare<[], { kind: string; createdMs: number }>(
    'SELECT kind, MIN(created_ms) AS createdMs FROM tasks WHERE phase = 0 GROUP BY kind',
  );
  const leasedBy = database.prepare<[string], Stored>(
    `SELECT ${columns} FROM tasks WHERE phase = 1 AND lease_owner = ? ORDER BY number`,
  );
  const nextDue = database
    .prepare<[{ kind: string }], number | null>(
      `SELECT MIN(due_ms) FROM (
         SELECT * FROM (
           SELECT due_ms FROM tasks WHERE phase < 2 AND kind = @kind AND ready = 0 ORDER BY due_ms LIMIT 1) AS later
         UNION ALL
         SELECT * FROM (
           SELECT due_ms FROM tasks WHERE phase < 2 AND kind = @kind AND ready = 1 ORDER BY due_ms LIMIT 1) AS now
       ) AS first`,
    )
    .pluck();
  const removeEnded = database.prepare<[string, number, number]>(
    `DELETE FROM tasks WHERE number IN (
       SELECT number FROM tasks WHERE state = ? AND created_ms < ? ORDER BY created_ms LIMIT ?)`,
  );
  const remove = database.prepare<[string]>('DELETE FROM tasks WHERE id = ?');
  const pin = database.prepare<[string, string]>('INSERT INTO task_pins (task_id, object) VALUES (?, ?)');
  const pinned = database.prepare<[string], string>('SELECT object FROM task_pins WHERE task_id = ?').pluck();
  const unpin = database.prepare<[string]>('DELETE FROM task_pins WHERE task_id = ?');
  return {
    get: (id) => found(get.get(id), fromStored),
    page(query) {
      const { state, kind } = query;
      let statement = page;
      if (state !== undefined) statement = kind === undefined ? pageOfState : pageOfBoth;
      else if (kind !== undefined) statement = pageOfKind;
      return mapped(statement.all(query), fromStored);
    },
    search: (query) => mapped(searchTasks(database, query), fromStored),
    counts: () => counts.all(),
    waitingSince: () => waitingSince.all(),
    insert: (row) => void insert.run(toStored(row)),
    update: (row) => void update.run(toStored(row)),
    claimable({ kind, nowMs, tenant }) {
      void makeReady.run(kind, nowMs, READIED_AT_ONCE);
      return steps(function* () {
        const next = (yield* wait(claimable.get({ kind, tenant }))) ?? (yield* wait(fromTheFirst.get({ kind })));
        if (next === undefined) return undefined;
        const { dueMs, ...row } = next;
        // A clock that was set back makes what was ready wait again.
        return dueMs <= nowMs ? fromStored(row) : undefined;
      });
    },
    turn: (kind) => then(turn.get(kind), (tenant) => tenant ?? ''),
    setTurn: (kind, tenant) => void setTurn.run(kind, tenant),
    leasedBy: (owner) => mapped(leasedBy.all(owner), fromStored),
    nextClaimableMs: (kind) => then(nextDue.get({ kind }), (dueMs) => dueMs ?? undefined),
    pin: (taskId, object) => void pin.run(taskId, JSON.stringify(object)),
    pinned: (taskId) => found(pinned.get(taskId), (object): ObjectRow => JSON.parse(object)),
    unpin: (taskId) => void unpin.run(taskId),
    remove: (id) => void remove.run(id),
    removeEnded: (beforeMs, limit) =>
      steps(function* () {
        const succeeded = (yield* wait(removeEnded.run('Succeeded', beforeMs, limit))).changes;
        return succeeded + (yield* wait(removeEnded.run('Failed', beforeMs, limit - succeeded))).changes;
      }),
  } satisfies TaskRecords;
}

/** Asked for seldom and in many forms: prepared when it is. The clauses are ours, what was given is bound. */
function searchTasks(database: Database, query: TaskSearch): Awaitable<Stored[]> {
  const { accountId, project, kinds, state, tag, created, ended, sort, order, after, limit } = query;
  const column = { id: 'id', created: 'created_ms', ended: 'ended_ms' }[sort];
  const beyond = order === 'asc' ? '>' : '<';
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const clauses = ['project = @project', 'account_id = @accountId'];
  // Of none there is none, but PostgreSQL has no empty list.
  if (kinds) clauses.push(`kind IN (${kinds.map((_, at) => `@kind${at}`).join(', ') || 'NULL'})`);
  if (state) clauses.push('state = @state');
  if (tag) clauses.push(database.dialect.hasMember('payload', ['about', 'tags'], '@tagKey', '@tagValue'));
  if (created) clauses.push('created_ms BETWEEN @createdFrom AND @createdTo');
  if (ended) clauses.push('ended_ms BETWEEN @endedFrom AND @endedTo');
  if (after) clauses.push(`(${column}, id) ${beyond} (@afterValue, @afterId)`);
  return database
    .prepare<[Record<string, string | number>], Stored>(
      `SELECT ${columns} FROM tasks WHERE ${clauses.join(' AND ')}
       ORDER BY ${column} ${direction}, id ${direction} LIMIT @limit`,
    )
    .all({
      ...{ project, accountId, limit },
      ...(kinds && Object.fromEntries(kinds.map((kind, at) => [`kind${at}`, kind]))),
      ...(state && { state }),
      ...(tag && { tagKey: tag.key, tagValue: tag.value }),
      ...(created && { createdFrom: created.fromMs, createdTo: created.toMs }),
      ...(ended && { endedFrom: ended.fromMs, endedTo: ended.toMs }),
      ...(after && { afterValue: after.value, afterId: after.id }),
    });
}
