import type { SubscriptionRow, TopicRecords, TopicRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { namesAfter } from './key-range.ts';
import { found, mapped, then } from './steps.ts';
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
  const page = database.prepare<[string, string, string, number], Stored<TopicRow>>(
    `SELECT ${columns} FROM topics
     WHERE account_id = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
  );
  const insert = database.prepareInsert<[Stored<Unsaved<TopicRow>>]>(
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
  const subscriptions = database.prepare<[number, string, string, number], StoredSubscription<SubscriptionRow>>(
    `SELECT ${subscriptionColumns} FROM subscriptions
     WHERE topic_id = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?`,
  );
  const insertSubscription = database.prepareInsert<[StoredSubscription<Unsaved<SubscriptionRow>>]>(
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
    byName: (accountId, name) => found(byName.get(accountId, name), fromStored),
    byId: (id) => found(byId.get(id), fromStored),
    page: ({ accountId, prefix, after, limit }) =>
      mapped(page.all(accountId, ...namesAfter(prefix, after), limit), fromStored),
    insert: (row) => then(insert(toStored(row)), (id) => ({ ...row, id })),
    update: (row) => void update.run(toStored(row)),
    remove(id) {
      void removeSubscriptions.run(id);
      void remove.run(id);
    },
    subscription: (topicId, name) => found(subscription.get(topicId, name), subscriptionFromStored),
    subscriptionById: (id) => found(subscriptionById.get(id), subscriptionFromStored),
    subscriptions: ({ topicId, prefix, after, limit }) =>
      mapped(subscriptions.all(topicId, ...namesAfter(prefix, after), limit), subscriptionFromStored),
    insertSubscription: (row) => then(insertSubscription(subscriptionToStored(row)), (id) => ({ ...row, id })),
    updateSubscription: (row) => void updateSubscription.run(subscriptionToStored(row)),
    removeSubscription: (id) => void removeSubscription.run(id),
  } satisfies TopicRecords;
}
