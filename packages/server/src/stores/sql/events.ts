import type { EventRecords, EventRow } from '../../domain/ports/event-records.ts';
import type { Database } from './database.ts';
import { changesOf, then } from './steps.ts';

const columns = `number, id, type, body, state, created_ms AS createdMs, due_ms AS dueMs, attempts, tried_ms AS triedMs, outcome`;

export function eventRecords(database: Database) {
  const insert = database.prepare<[Omit<EventRow, 'number'>]>(
    `INSERT INTO events (id, type, body, state, created_ms, due_ms, attempts, tried_ms, outcome)
     VALUES (@id, @type, @body, @state, @createdMs, @dueMs, @attempts, @triedMs, @outcome)`,
  );
  const get = database.prepare<[number], EventRow>(`SELECT ${columns} FROM events WHERE number = ?`);
  const update = database.prepare<[EventRow]>(
    `UPDATE events SET state = @state, created_ms = @createdMs, due_ms = @dueMs, attempts = @attempts, tried_ms = @triedMs,
       outcome = @outcome WHERE number = @number`,
  );
  const page = database.prepare<[{ before: number; limit: number }], EventRow>(
    `SELECT ${columns} FROM events WHERE number < @before ORDER BY number DESC LIMIT @limit`,
  );
  const pageOfState = database.prepare<[{ state?: string; before: number; limit: number }], EventRow>(
    `SELECT ${columns} FROM events WHERE state = @state AND number < @before ORDER BY number DESC LIMIT @limit`,
  );
  const next = database.prepare<[number], EventRow>(
    `SELECT ${columns} FROM events WHERE state = 'Pending' ORDER BY due_ms, number LIMIT ?`,
  );
  const removeSettled = database.prepare<[number, number]>(
    `DELETE FROM events WHERE number IN (
       SELECT number FROM events WHERE state <> 'Pending' AND created_ms < ? ORDER BY created_ms LIMIT ?)`,
  );
  return {
    insert: (row) => void insert.run(row),
    get: (number) => get.get(number),
    update: (row) => void update.run(row),
    page: (query) => (query.state === undefined ? page.all(query) : pageOfState.all(query)),
    next: (limit) => next.all(limit),
    removeSettled: (beforeMs, limit) => then(removeSettled.run(beforeMs, limit), changesOf),
  } satisfies EventRecords;
}
