import type { PushRecords, PushRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { changesOf, found, mapped, steps, then, wait } from './steps.ts';
import { readTraits, writeTraits } from './traits.ts';

type Stored<Row> = Omit<Row, 'traits'> & { traits: string };

const columns = `id, subscription_id AS subscriptionId, message_id AS messageId, body, body_md5 AS bodyMd5, tag, traits,
  published_ms AS publishedMs, due_ms AS dueMs, attempts, fault, given_up_ms AS givenUpMs`;

const fromStored = (row: Stored<PushRow>): PushRow => ({ ...row, traits: readTraits(row.traits) });

export function pushRecords(database: Database) {
  const insert = database.prepareInsert<[Stored<Unsaved<PushRow>>]>(
    `INSERT INTO pushes (subscription_id, published_ms, due_ms, attempts, given_up_ms, message_id, body_md5, tag, fault,
       traits, body)
     VALUES (@subscriptionId, @publishedMs, @dueMs, @attempts, @givenUpMs, @messageId, @bodyMd5, @tag, @fault,
       @traits, @body)`,
  );
  const get = database.prepare<[number], Stored<PushRow>>(`SELECT ${columns} FROM pushes WHERE id = ?`);
  const update = database.prepare<[Pick<PushRow, 'id' | 'dueMs' | 'attempts' | 'fault' | 'givenUpMs'>]>(
    'UPDATE pushes SET due_ms = @dueMs, attempts = @attempts, fault = @fault, given_up_ms = @givenUpMs WHERE id = @id',
  );
  const remove = database.prepare<[number]>('DELETE FROM pushes WHERE id = ?');
  const due = database.prepare<[number, number, number], Stored<PushRow>>(
    `SELECT ${columns} FROM pushes WHERE subscription_id = ? AND given_up_ms = 0 AND due_ms <= ?
     ORDER BY due_ms LIMIT ?`,
  );
  const nextDue = database
    .prepare<[number], number>(
      'SELECT due_ms FROM pushes WHERE subscription_id = ? AND given_up_ms = 0 ORDER BY due_ms LIMIT 1',
    )
    .pluck();
  // One seek for each subscription, however many pushes it has.
  const nextSubscription = database
    .prepare<[number], number>(
      `SELECT subscription_id FROM pushes WHERE subscription_id > ? AND given_up_ms = 0 ORDER BY subscription_id LIMIT 1`,
    )
    .pluck();
  const waiting = database
    .prepare<[number], number>('SELECT COUNT(*) FROM pushes WHERE subscription_id = ? AND given_up_ms = 0')
    .pluck();
  const givenUp = database.prepare<[number], Stored<PushRow>>(
    `SELECT ${columns} FROM pushes WHERE given_up_ms > 0 ORDER BY given_up_ms DESC, id DESC LIMIT ?`,
  );
  const removeOf = database.prepare<[number, number]>(
    'DELETE FROM pushes WHERE id IN (SELECT id FROM pushes WHERE subscription_id = ? LIMIT ?)',
  );
  const removeGivenUp = database.prepare<[number, number]>(
    `DELETE FROM pushes WHERE id IN
       (SELECT id FROM pushes WHERE given_up_ms > 0 AND given_up_ms < ? ORDER BY given_up_ms LIMIT ?)`,
  );
  return {
    insert: (row) => then(insert({ ...row, traits: writeTraits(row.traits) }), (id) => ({ ...row, id })),
    get: (id) => found(get.get(id), fromStored),
    update: ({ id, dueMs, attempts, fault, givenUpMs }) => void update.run({ id, dueMs, attempts, fault, givenUpMs }),
    remove: (id) => void remove.run(id),
    due: (subscriptionId, nowMs, limit) => mapped(due.all(subscriptionId, nowMs, limit), fromStored),
    nextDueMs: (subscriptionId) => nextDue.get(subscriptionId),
    subscriptions: () =>
      steps(function* () {
        const ids: number[] = [];
        for (;;) {
          const next = yield* wait(nextSubscription.get(ids.at(-1) ?? -1));
          if (next === undefined) return ids;
          ids.push(next);
        }
      }),
    waiting: (subscriptionId) => then(waiting.get(subscriptionId), (count) => count ?? 0),
    givenUp: (limit) => mapped(givenUp.all(limit), fromStored),
    removeOf: (subscriptionId, limit) => then(removeOf.run(subscriptionId, limit), changesOf),
    removeGivenUp: (beforeMs, limit) => then(removeGivenUp.run(beforeMs, limit), changesOf),
  } satisfies PushRecords;
}
