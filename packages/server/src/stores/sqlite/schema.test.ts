import assert from 'node:assert/strict';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { committedReads, writingTransaction } from '../sql/transaction.ts';
import { migrate } from './schema.ts';
import { sqlDatabase } from './sql-database.ts';

/** Schema 1 as it was released, with a row in every table that schema 2 changes. */
const schema1 = `
  INSERT INTO buckets VALUES (7, 'b', '1', 1000, 'public-read', 'IA', 'LRS');
  INSERT INTO objects VALUES (7, 'k/é', 'null', 'Normal', 5, 'AA', '1', 2000, 'IA', 'default', '{"contentType":"text/plain"}',
    '{"a":"b"}', '[["blob1",0,5,"1"]]');
  INSERT INTO uploads VALUES ('U', 7, 'up', 3000, 'Standard', 'default', 1, '{}', '{}');
  INSERT INTO task_pins VALUES ('t', '{"bucketId":7,"key":"k","segments":[{"blob":"blob1"}]}');
`;

test('a database of schema 1 keeps all that is in it, as objects without versions', () => {
  const database = new BetterSqlite3(':memory:');
  migrate(database, 1);
  database.exec(schema1);
  migrate(database);
  const reads = committedReads(sqlDatabase(database));
  assert.deepEqual(reads.buckets.byName('b'), {
    id: 7,
    name: 'b',
    ownerId: '1',
    createdMs: 1000,
    acl: 'public-read',
    storageClass: 'IA',
    dataRedundancy: 'LRS',
    versioning: 'Unversioned',
  });
  assert.deepEqual(reads.objects.get(7, 'k/é'), {
    bucketId: 7,
    key: 'k/é',
    rank: 0,
    versionId: 'null',
    type: 'Normal',
    size: 5,
    etag: 'AA',
    crc64: '1',
    lastModifiedMs: 2000,
    storageClass: 'IA',
    acl: 'default',
    traits: {},
    headers: { contentType: 'text/plain' },
    meta: { a: 'b' },
    segments: [{ blob: 'blob1', offset: 0, length: 5, crc64: '1' }],
  });
  assert.equal(reads.versions.any(7), false);
  const upload = reads.uploads.get('U');
  assert.ok(upload !== undefined && !(upload instanceof Promise));
  assert.deepEqual([upload.sequential, upload.forbidOverwrite, upload.tags], [true, false, {}]);
  assert.deepEqual(reads.tasks.pinned('t'), {
    bucketId: 7,
    key: 'k',
    segments: [{ blob: 'blob1' }],
    rank: 0,
    traits: {},
  });
  database.close();
});

/** Before messages had properties and dead letters, pushes were kept, and queues had tags. */
const SCHEMA_WITHOUT_TRAITS = 8;

const messagesOfThen = `
  INSERT INTO queues (id, account_id, name, delay_seconds, maximum_message_size, message_retention_seconds,
    visibility_timeout_seconds, polling_wait_seconds, logging_enabled, created_ms, modified_ms)
    VALUES (3, '1', 'q', 0, 65536, 345600, 30, 0, 0, 1000, 2000);
  INSERT INTO message_counts VALUES (3, 0, 0, 0);
  INSERT INTO topics (id, account_id, name, maximum_message_size, logging_enabled, created_ms, modified_ms)
    VALUES (5, '1', 't', 65536, 0, 1000, 1000);
  INSERT INTO subscriptions (id, topic_id, name, endpoint, filter_tag, notify_strategy, notify_content_format, created_ms,
    modified_ms) VALUES (7, 5, 's', 'acs:mns:r:1:queues/q', '', 'BACKOFF_RETRY', 'JSON', 1000, 1000);
  INSERT INTO messages (id, queue_id, phase, priority, enqueued_ms, expires_ms, visible_ms, first_dequeued_ms, dequeue_count,
    receipt, previous_receipt, message_id, body_md5, body) VALUES
    (1, 3, 0, 8, 1000, 900000, 1000, 0, 0, '', '', 'A', 'MD5', 'ready'),
    (2, 3, 1, 8, 1000, 900000, 6000, 0, 0, 'aaaaaaaaaaaaaaaa', '', 'B', 'MD5', 'delayed'),
    (3, 3, 2, 1, 1000, 900000, 7000, 2000, 2, 'bbbbbbbbbbbbbbbb', 'cccccccccccccccc', 'C', 'MD5', 'received'),
    (4, 3, 2, 8, 1000, 4000, 5000, 2000, 1, 'dddddddddddddddd', '', 'D', 'MD5', 'expired');
`;

test('a database with messages keeps them, their receipts and their counts', async () => {
  const database = new BetterSqlite3(':memory:');
  migrate(database, SCHEMA_WITHOUT_TRAITS);
  database.exec(messagesOfThen);
  migrate(database);
  const tx = writingTransaction(sqlDatabase(database), { events: [], bucketsWritten: false, queuesWritten: false });
  assert.deepEqual((await tx.queues.byName('1', 'q'))?.traits, {});
  assert.deepEqual((await tx.topics.subscription(5, 's'))?.traits, {});
  assert.deepEqual(await tx.messages.counts(3, 4000), { active: 1, inactive: 1, delayed: 1 });
  const received = await tx.messages.get(3);
  assert.deepEqual(
    [received?.receipt, received?.previousReceipt, received?.dequeueCount, received?.dying, received?.traits],
    ['bbbbbbbbbbbbbbbb', 'cccccccccccccccc', 2, false, {}],
  );
  assert.equal(await tx.messages.nextVisibleMs(3, 4000), 6000);
  const bodies = async (nowMs: number) => (await tx.messages.receivable(3, nowMs, 10)).map(({ body }) => body);
  assert.deepEqual(await bodies(4000), ['ready']);
  assert.deepEqual(await bodies(7000), ['received', 'ready', 'delayed']);
  // One of then may become one of those that only now there are.
  if (received !== undefined) await tx.messages.update({ ...received, dying: true, visibleMs: 8000 });
  assert.deepEqual(
    (await tx.messages.dying(8000, 10)).map(({ id }) => id),
    [3],
  );
  assert.deepEqual(await tx.messages.counts(3, 7000), { active: 2, inactive: 1, delayed: 0 });
  await tx.messages.remove(1);
  assert.deepEqual(await bodies(7000), ['delayed']);
  assert.deepEqual(await tx.messages.counts(3, 7000), { active: 1, inactive: 1, delayed: 0 });
  assert.equal(await tx.messages.removeExpired(900_000, 100), 3);
  database.close();
});
