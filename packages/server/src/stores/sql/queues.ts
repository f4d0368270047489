import type { QueueRecords, QueueRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { namesAfter } from './key-range.ts';
import { found, mapped, then } from './steps.ts';
import { readTraits, writeTraits } from './traits.ts';

type Stored<Row> = Omit<Row, 'loggingEnabled' | 'traits'> & { loggingEnabled: number; traits: string };

const columns = `id, name, account_id AS accountId, delay_seconds AS delaySeconds,
  maximum_message_size AS maximumMessageSize, message_retention_seconds AS messageRetentionSeconds,
  visibility_timeout_seconds AS visibilityTimeoutSeconds, polling_wait_seconds AS pollingWaitSeconds,
  logging_enabled AS loggingEnabled, created_ms AS createdMs, modified_ms AS modifiedMs, traits`;

const toStored = <Row extends { loggingEnabled: boolean; traits: object }>(row: Row): Stored<Row> => ({
  ...row,
  loggingEnabled: row.loggingEnabled ? 1 : 0,
  traits: writeTraits(row.traits),
});
const fromStored = (row: Stored<QueueRow>): QueueRow => ({
  ...row,
  loggingEnabled: row.loggingEnabled === 1,
  traits: readTraits(row.traits),
});

export function queueRecords(database: Database) {
  const byName = database.prepare<[string, string], Stored<QueueRow>>(
    `SELECT ${columns} FROM queues WHERE account_id = ? AND name = ?`,
  );
  const byId = database.prepare<[number], Stored<QueueRow>>(`SELECT ${columns} FROM queues WHERE id = ?`);
  const page = database.prepare<[string, string, string, number], Stored<QueueRow>>(
    `SELECT ${columns} FROM queues
     WHERE account_id = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
  );
  const insert = database.prepareInsert<[Stored<Unsaved<QueueRow>>]>(
    `INSERT INTO queues (account_id, name, delay_seconds, maximum_message_size, message_retention_seconds,
       visibility_timeout_seconds, polling_wait_seconds, logging_enabled, created_ms, modified_ms, traits)
     VALUES (@accountId, @name, @delaySeconds, @maximumMessageSize, @messageRetentionSeconds,
       @visibilityTimeoutSeconds, @pollingWaitSeconds, @loggingEnabled, @createdMs, @modifiedMs, @traits)`,
  );
  const insertCounts = database.prepare<[number]>('INSERT INTO message_counts VALUES (?, 0, 0, 0)');
  const update = database.prepare<[Stored<QueueRow>]>(
    `UPDATE queues SET account_id = @accountId, name = @name, delay_seconds = @delaySeconds,
       maximum_message_size = @maximumMessageSize, message_retention_seconds = @messageRetentionSeconds,
       visibility_timeout_seconds = @visibilityTimeoutSeconds, polling_wait_seconds = @pollingWaitSeconds,
       logging_enabled = @loggingEnabled, created_ms = @createdMs, modified_ms = @modifiedMs,
       traits = @traits
     WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM queues WHERE id = ?');
  const removeCounts = database.prepare<[number]>('DELETE FROM message_counts WHERE queue_id = ?');
  const leaveMessages = database.prepare<[number]>('INSERT INTO removed_queues (id) VALUES (?)');
  return {
    byName: (accountId, name) => found(byName.get(accountId, name), fromStored),
    byId: (id) => found(byId.get(id), fromStored),
    page: ({ accountId, prefix, after, limit }) =>
      mapped(page.all(accountId, ...namesAfter(prefix, after), limit), fromStored),
    insert: (row) =>
      then(insert(toStored(row)), (id) => {
        void insertCounts.run(id);
        return { ...row, id };
      }),
    update: (row) => void update.run(toStored(row)),
    // A million messages would hold up every other writer: without their queue nobody finds them, and
    // `removeExpired` takes them away some at a time.
    remove: (id) =>
      then(remove.run(id), ({ changes }) => {
        if (changes === 0) return;
        void removeCounts.run(id);
        void leaveMessages.run(id);
      }),
  } satisfies QueueRecords;
}
