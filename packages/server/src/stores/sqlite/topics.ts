import type { SubscriptionRow, TopicRecords, TopicRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './connection.ts';
import { namesAfter } from './key-range.ts';
import { readTraits, writeTraits } from './traits.ts';

type Stored<Row> = Omit<Row, 'loggingEnabled' | 'traits'> & { loggingEnabled: number; traits: string };
type StoredSubscription<Row> = Omit<Row, 'traits'> & { traits: string };

const columns = `id, name, account_id AS accountId, maximum_message_size AS maximumMessageSize,
  logging_enabled AS loggingEnabled, created_ms AS createdMs, modified_ms AS modifiedMs, traits`;
const subscriptionColumns = `id, topic_id AS topicId, name, endpoint, filter_tag AS filterTag,
  notify_strategy AS notifyStrategy, notify_content_format AS notifyContentFormat, created_ms AS createdMs,
  modified_ms AS modifiedMs, traits`;

const toStored = <Row extends { loggingEnabled: boolean; traits: object }>(row: Row): Stored<Row> => ({
  ...row,
  loggingEnabled: row.loggingEnabled ? 1 : 0,
  traits: writeTraits(row.traits),
});
const fromStored = (row: Stored<TopicRow>): TopicRow => ({
  ...row,
  loggingEnabled: row.loggingEnabled === 1,
  traits: readTraits(row.traits),
});
const subscriptionToStored = <Row extends { traits: object }>(row: Row): StoredSubscription<Row> => ({
  ...row,
  traits: writeTraits(row.traits),
});
const subscriptionFromStored = (row: StoredSubscription<SubscriptionRow>): SubscriptionRow => ({
  ...row,
  traits: readTraits(row.traits),
});

export function topicRecords(database: Database) {
  const byName = database.prepare<[string, string], Stored<TopicRow>>(
    `SELECT ${columns} FROM topics WHERE account_id = ? AND name = ?`,
  );
  const byId = database.prepare<[number], Stored<TopicRow>>(`SELECT ${columns} FROM topics WHERE id = ?`);
  const page = database.prepare<[string, Buffer, Buffer, number], Stored<TopicRow>>(
    `SELECT ${columns} FROM topics
     WHERE account_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insert = database.prepare<[Stored<Unsaved<TopicRow>>]>(
    `INSERT INTO topics (account_id, name, maximum_message_size, logging_enabled, created_ms, modified_ms, traits)
     VALUES (@accountId, @name, @maximumMessageSize, @loggingEnabled, @createdMs, @modifiedMs, @traits)`,
  );
  const update = database.prepare<[Stored<TopicRow>]>(
    `UPDATE topics SET account_id = @accountId, name = @name, maximum_message_size = @maximumMessageSize,
       logging_enabled = @loggingEnabled, created_ms = @createdMs, modified_ms = @modifiedMs, traits = @traits
     WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM topics WHERE id = ?');
  const removeSubscriptions = database.prepare<[number]>('DELETE FROM subscriptions WHERE topic_id = ?');
  const subscription = database.prepare<[number, string], StoredSubscription<SubscriptionRow>>(
    `SELECT ${subscriptionColumns} FROM subscriptions WHERE topic_id = ? AND name = ?`,
  );
  const subscriptions = database.prepare<[number, Buffer, Buffer, number], StoredSubscription<SubscriptionRow>>(
    `SELECT ${subscriptionColumns} FROM subscriptions
     WHERE topic_id = ? AND name >= CAST(? AS TEXT) AND name < CAST(? AS TEXT) ORDER BY name LIMIT ?`,
  );
  const insertSubscription = database.prepare<[StoredSubscription<Unsaved<SubscriptionRow>>]>(
    `INSERT INTO subscriptions (topic_id, name, endpoint, filter_tag, notify_strategy, notify_content_format, created_ms,
       modified_ms, traits)
     VALUES (@topicId, @name, @endpoint, @filterTag, @notifyStrategy, @notifyContentFormat, @createdMs, @modifiedMs,
       @traits)`,
  );
  const updateSubscription = database.prepare<[StoredSubscription<SubscriptionRow>]>(
    `UPDATE subscriptions SET topic_id = @topicId, name = @name, endpoint = @endpoint, filter_tag = @filterTag,
       notify_strategy = @notifyStrategy, notify_content_format = @notifyContentFormat, created_ms = @createdMs,
       modified_ms = @modifiedMs, traits = @traits
     WHERE id = @id`,
  );
  const subscriptionById = database.prepare<[number], StoredSubscription<SubscriptionRow>>(
    `SELECT ${subscriptionColumns} FROM subscriptions WHERE id = ?`,
  );
  const removeSubscription = database.prepare<[number]>('DELETE FROM subscriptions WHERE id = ?');
  return {
    byName(accountId, name) {
      const row = byName.get(accountId, name);
      return row && fromStored(row);
    },
    byId(id) {
      const row = byId.get(id);
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
    subscription(topicId, name) {
      const row = subscription.get(topicId, name);
      return row && subscriptionFromStored(row);
    },
    subscriptionById(id) {
      const row = subscriptionById.get(id);
      return row && subscriptionFromStored(row);
    },
    subscriptions: ({ topicId, prefix, after, limit }) =>
      subscriptions.all(topicId, ...namesAfter(prefix, after), limit).map(subscriptionFromStored),
    insertSubscription: (row) => ({
      ...row,
      id: Number(insertSubscription.run(subscriptionToStored(row)).lastInsertRowid),
    }),
    updateSubscription: (row) => void updateSubscription.run(subscriptionToStored(row)),
    removeSubscription: (id) => void removeSubscription.run(id),
  } satisfies TopicRecords;
}
