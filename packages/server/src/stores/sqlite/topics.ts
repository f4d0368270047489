import type { SubscriptionRow, TopicRecords, TopicRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './connection.ts';
import { namesAfter } from './key-range.ts';

type Stored<Row> = Omit<Row, 'loggingEnabled'> & { loggingEnabled: number };

const columns = `id, name, account_id AS accountId, maximum_message_size AS maximumMessageSize,
  logging_enabled AS loggingEnabled, created_ms AS createdMs, modified_ms AS modifiedMs`;
const subscriptionColumns = `id, topic_id AS topicId, name, endpoint, filter_tag AS filterTag,
  notify_strategy AS notifyStrategy, notify_content_format AS notifyContentFormat, created_ms AS createdMs,
  modified_ms AS modifiedMs`;

const toStored = <Row extends { loggingEnabled: boolean }>(row: Row): Stored<Row> => ({
  ...row,
  loggingEnabled: row.loggingEnabled ? 1 : 0,
});
const fromStored = (row: Stored<TopicRow>): TopicRow => ({ ...row, loggingEnabled: row.loggingEnabled === 1 });

export function topicRecords(database: Database) {
  const byName = database.prepare<[string, string], Stored<TopicRow>>(
    `SELECT ${columns} FROM topics WHERE account_id = ? AND name = ?`,
  );
  const page = database.prepare<[string, Buffer, Buffer, number], Stored<TopicRow>>(
    `SELECT ${columns} FROM topics
     WHERE account_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insert = database.prepare<[Stored<Unsaved<TopicRow>>]>(
    `INSERT INTO topics (account_id, name, maximum_message_size, logging_enabled, created_ms, modified_ms)
     VALUES (@accountId, @name, @maximumMessageSize, @loggingEnabled, @createdMs, @modifiedMs)`,
  );
  const update = database.prepare<[Stored<TopicRow>]>(
    `UPDATE topics SET account_id = @accountId, name = @name, maximum_message_size = @maximumMessageSize,
       logging_enabled = @loggingEnabled, created_ms = @createdMs, modified_ms = @modifiedMs
     WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM topics WHERE id = ?');
  const removeSubscriptions = database.prepare<[number]>('DELETE FROM subscriptions WHERE topic_id = ?');
  const subscription = database.prepare<[number, string], SubscriptionRow>(
    `SELECT ${subscriptionColumns} FROM subscriptions WHERE topic_id = ? AND name = ?`,
  );
  const subscriptions = database.prepare<[number, Buffer, Buffer, number], SubscriptionRow>(
    `SELECT ${subscriptionColumns} FROM subscriptions
     WHERE topic_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insertSubscription = database.prepare<[Unsaved<SubscriptionRow>]>(
    `INSERT INTO subscriptions (topic_id, name, endpoint, filter_tag, notify_strategy, notify_content_format, created_ms,
       modified_ms)
     VALUES (@topicId, @name, @endpoint, @filterTag, @notifyStrategy, @notifyContentFormat, @createdMs, @modifiedMs)`,
  );
  const updateSubscription = database.prepare<[SubscriptionRow]>(
    `UPDATE subscriptions SET topic_id = @topicId, name = @name, endpoint = @endpoint, filter_tag = @filterTag,
       notify_strategy = @notifyStrategy, notify_content_format = @notifyContentFormat, created_ms = @createdMs,
       modified_ms = @modifiedMs
     WHERE id = @id`,
  );
  const removeSubscription = database.prepare<[number]>('DELETE FROM subscriptions WHERE id = ?');
  return {
    byName(accountId, name) {
      const row = byName.get(accountId, name);
      return row && fromStored(row);
    },
    page: ({ accountId, prefix, after, limit }) =>
      page.all(accountId, ...namesAfter(prefix, after), limit).map(fromStored),
    insert: (row) => ({ ...row, id: Number(insert.run(toStored(row)).lastInsertRowid) }),
    update: (row) => void update.run(toStored(row)),
    remove(id) {
      removeSubscriptions.run(id);
      remove.run(id);
    },
    subscription: (topicId, name) => subscription.get(topicId, name),
    subscriptions: ({ topicId, prefix, after, limit }) =>
      subscriptions.all(topicId, ...namesAfter(prefix, after), limit),
    insertSubscription: (row) => ({ ...row, id: Number(insertSubscription.run(row).lastInsertRowid) }),
    updateSubscription: (row) => void updateSubscription.run(row),
    removeSubscription: (id) => void removeSubscription.run(id),
  } satisfies TopicRecords;
}
