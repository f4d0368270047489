import type { Database } from './connection.ts';

/**
 * Every state the schema went through: entry `n` takes a database from version `n` to `n + 1`. Entries are never
 * edited once released, only added. Columns that grow (segment lists, bodies) come last, so that a reader of the
 * others does not walk their overflow pages.
 */
export const migrations: readonly string[] = [
  `
  -- One row that a probe counts up, to prove that a commit reaches the disk.
  CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), probes INTEGER NOT NULL) STRICT;
  INSERT INTO store VALUES (1, 0);

  CREATE TABLE buckets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner_id TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    acl TEXT NOT NULL,
    storage_class TEXT NOT NULL,
    data_redundancy TEXT NOT NULL
  ) STRICT;
  CREATE INDEX buckets_of_owner ON buckets (owner_id, name);

  -- Keys are compared as UTF-8 bytes: SQLite's BINARY collation is memcmp. CRCs are text, being unsigned 64-bit.
  CREATE TABLE objects (
    bucket_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    version_id TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc64 TEXT NOT NULL,
    last_modified_ms INTEGER NOT NULL,
    storage_class TEXT NOT NULL,
    acl TEXT NOT NULL,
    headers TEXT NOT NULL,
    meta TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (bucket_id, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    bucket_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    initiated_ms INTEGER NOT NULL,
    storage_class TEXT NOT NULL,
    acl TEXT NOT NULL,
    sequential INTEGER NOT NULL,
    headers TEXT NOT NULL,
    meta TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX uploads_by_key ON uploads (bucket_id, key, id);

  CREATE TABLE parts (
    upload_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc64 TEXT NOT NULL,
    last_modified_ms INTEGER NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (upload_id, number)
  ) STRICT, WITHOUT ROWID;

  -- Counting references must not rewrite the bytes, so these have a table of their own.
  CREATE TABLE blobs (
    id TEXT PRIMARY KEY,
    length INTEGER NOT NULL,
    crc64 TEXT NOT NULL,
    refs INTEGER NOT NULL,
    inline_id INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE inline_bytes (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
  CREATE TABLE garbage (id TEXT PRIMARY KEY, released_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX garbage_by_time ON garbage (released_ms);

  -- phase: 0 waits, 1 is leased, 2 succeeded, 3 failed. due_ms: from when it may be claimed.
  -- ready: 1 once due_ms was seen to be past, which is when the order of creation begins to matter.
  CREATE TABLE tasks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    phase INTEGER NOT NULL,
    ready INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    account_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    notify_topic TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    lease_token INTEGER NOT NULL,
    lease_owner TEXT NOT NULL,
    lease_until_ms INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL,
    payload TEXT NOT NULL,
    result TEXT NOT NULL
  ) STRICT;
  CREATE INDEX tasks_by_time ON tasks (created_ms, number);
  CREATE INDEX tasks_by_state ON tasks (state, created_ms, number);
  CREATE INDEX tasks_by_kind ON tasks (kind, created_ms, number);
  CREATE INDEX tasks_ready ON tasks (kind, created_ms, number) WHERE phase < 2 AND ready = 1;
  CREATE INDEX tasks_due ON tasks (kind, ready, due_ms) WHERE phase < 2;
  CREATE INDEX tasks_leased ON tasks (lease_owner) WHERE phase = 1;

  CREATE TABLE task_counts (
    kind TEXT PRIMARY KEY,
    waiting INTEGER NOT NULL,
    running INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER count_new_task AFTER INSERT ON tasks BEGIN
    INSERT INTO task_counts VALUES (new.kind, new.phase = 0, new.phase = 1, new.phase = 2, new.phase = 3)
      ON CONFLICT (kind) DO UPDATE SET
        waiting = waiting + excluded.waiting, running = running + excluded.running,
        succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed;
  END;
  CREATE TRIGGER count_moved_task AFTER UPDATE OF phase ON tasks WHEN old.phase <> new.phase BEGIN
    UPDATE task_counts SET
      waiting = waiting + (new.phase = 0) - (old.phase = 0), running = running + (new.phase = 1) - (old.phase = 1),
      succeeded = succeeded + (new.phase = 2) - (old.phase = 2), failed = failed + (new.phase = 3) - (old.phase = 3)
      WHERE kind = new.kind;
  END;
  CREATE TRIGGER count_removed_task AFTER DELETE ON tasks BEGIN
    UPDATE task_counts SET
      waiting = waiting - (old.phase = 0), running = running - (old.phase = 1),
      succeeded = succeeded - (old.phase = 2), failed = failed - (old.phase = 3)
      WHERE kind = old.kind;
  END;

  -- The object version each unended task works on, as JSON. Apart from the tasks: it may have ten thousand segments, and
  -- a task's row is rewritten with its progress.
  CREATE TABLE task_pins (task_id TEXT PRIMARY KEY, object TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    delay_seconds INTEGER NOT NULL,
    maximum_message_size INTEGER NOT NULL,
    message_retention_seconds INTEGER NOT NULL,
    visibility_timeout_seconds INTEGER NOT NULL,
    polling_wait_seconds INTEGER NOT NULL,
    logging_enabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account_id, name)
  ) STRICT;
  -- Queues that are gone but whose messages are still to be removed, a bounded number at a time.
  CREATE TABLE removed_queues (id INTEGER PRIMARY KEY) STRICT;

  -- phase: 0 ready, 1 delayed (never received), 2 inactive (received, invisible for a time). A message that has become
  -- visible is moved to phase 0 by the next receive, so that the ready ones are found in delivery order at any depth.
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    enqueued_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    visible_ms INTEGER NOT NULL,
    first_dequeued_ms INTEGER NOT NULL,
    dequeue_count INTEGER NOT NULL,
    receipt TEXT NOT NULL,
    previous_receipt TEXT NOT NULL,
    message_id TEXT NOT NULL,
    body_md5 TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX messages_ready ON messages (queue_id, priority, id) WHERE phase = 0;
  -- Those that expire before they would be visible again need not be found.
  CREATE INDEX messages_waiting ON messages (queue_id, visible_ms, expires_ms, phase)
    WHERE phase > 0 AND visible_ms < expires_ms;
  CREATE INDEX messages_expiry ON messages (expires_ms, queue_id, phase);

  CREATE TABLE message_counts (
    queue_id INTEGER PRIMARY KEY,
    ready INTEGER NOT NULL,
    delayed INTEGER NOT NULL,
    inactive INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER count_new_message AFTER INSERT ON messages BEGIN
    UPDATE message_counts SET
      ready = ready + (new.phase = 0), delayed = delayed + (new.phase = 1), inactive = inactive + (new.phase = 2)
      WHERE queue_id = new.queue_id;
  END;
  CREATE TRIGGER count_moved_message AFTER UPDATE OF phase ON messages WHEN old.phase <> new.phase BEGIN
    UPDATE message_counts SET
      ready = ready + (new.phase = 0) - (old.phase = 0), delayed = delayed + (new.phase = 1) - (old.phase = 1),
      inactive = inactive + (new.phase = 2) - (old.phase = 2)
      WHERE queue_id = new.queue_id;
  END;
  CREATE TRIGGER count_removed_message AFTER DELETE ON messages BEGIN
    UPDATE message_counts SET
      ready = ready - (old.phase = 0), delayed = delayed - (old.phase = 1), inactive = inactive - (old.phase = 2)
      WHERE queue_id = old.queue_id;
  END;

  CREATE TABLE topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    maximum_message_size INTEGER NOT NULL,
    logging_enabled INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account_id, name)
  ) STRICT;
  CREATE TABLE subscriptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    filter_tag TEXT NOT NULL,
    notify_strategy TEXT NOT NULL,
    notify_content_format TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (topic_id, name)
  ) STRICT;
  `,
  `
  -- Versions. The current object of a key stays where it is; what is older, and delete markers, stand in a table of their
  -- own. rank orders the versions of a key, the newest having the smallest, so that both tables are read in one direction.
  -- traits: what few objects have, as JSON.
  ALTER TABLE buckets ADD COLUMN versioning TEXT NOT NULL DEFAULT 'Unversioned';
  ALTER TABLE uploads ADD COLUMN forbid_overwrite INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE uploads ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';

  ALTER TABLE objects RENAME TO unranked_objects;
  CREATE TABLE objects (
    bucket_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    rank INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc64 TEXT NOT NULL,
    last_modified_ms INTEGER NOT NULL,
    storage_class TEXT NOT NULL,
    acl TEXT NOT NULL,
    traits TEXT NOT NULL,
    headers TEXT NOT NULL,
    meta TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (bucket_id, key)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO objects
    SELECT bucket_id, key, 0, version_id, type, size, etag, crc64, last_modified_ms, storage_class, acl, '{}', headers,
      meta, segments FROM unranked_objects;
  DROP TABLE unranked_objects;
  UPDATE task_pins SET object = json_set(object, '$.rank', 0, '$.traits', json('{}'));

  CREATE TABLE versions (
    bucket_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    rank INTEGER NOT NULL,
    version_id TEXT NOT NULL,
    type TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    crc64 TEXT NOT NULL,
    last_modified_ms INTEGER NOT NULL,
    storage_class TEXT NOT NULL,
    acl TEXT NOT NULL,
    traits TEXT NOT NULL,
    headers TEXT NOT NULL,
    meta TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (bucket_id, key, rank)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX versions_by_id ON versions (bucket_id, key, version_id);
  `,
  `
  -- What is set on a bucket, and the named things it has any number of. Values are JSON.
  CREATE TABLE bucket_settings (
    bucket_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (bucket_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE bucket_items (
    bucket_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (bucket_id, kind, name)
  ) STRICT, WITHOUT ROWID;
  -- A domain name leads to its bucket.
  CREATE INDEX bucket_items_by_name ON bucket_items (kind, name);
  `,
  `
  -- Users, groups, roles and policies of accounts. What differs between them is JSON; names are one in any case.
  CREATE TABLE identities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    account_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    about TEXT NOT NULL,
    UNIQUE (kind, account_id, name),
    UNIQUE (kind, uid)
  ) STRICT;
  CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL,
    sealed_secret TEXT NOT NULL,
    active INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_keys_of_user ON access_keys (user_id);
  CREATE TABLE group_members (
    group_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    joined_ms INTEGER NOT NULL,
    PRIMARY KEY (group_id, user_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX groups_of_user ON group_members (user_id);
  CREATE TABLE policy_attachments (
    holder_id INTEGER NOT NULL,
    policy_type TEXT NOT NULL,
    policy_name TEXT NOT NULL COLLATE NOCASE,
    attached_ms INTEGER NOT NULL,
    PRIMARY KEY (holder_id, policy_type, policy_name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX attachments_of_policy ON policy_attachments (policy_type, policy_name);
  CREATE TABLE policy_versions (
    policy_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (policy_id, number)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE account_settings (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Encryption. seal: the key of a blob whose bytes are encrypted, sealed with a master key that is not kept here.
  ALTER TABLE blobs ADD COLUMN seal TEXT;
  ALTER TABLE uploads ADD COLUMN encryption TEXT;
  `,
  `
  -- For how long objects of a bucket are immutable; JSON, as every write reads it with the bucket.
  ALTER TABLE buckets ADD COLUMN retention TEXT;
  `,
  `
  -- Whose turn a task takes, and which come first.
  ALTER TABLE tasks ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
  ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  DROP INDEX tasks_ready;
  CREATE INDEX tasks_ready ON tasks (kind, priority, tenant, created_ms, number) WHERE phase < 2 AND ready = 1;
  CREATE INDEX tasks_waiting ON tasks (kind, created_ms) WHERE phase = 0;
  CREATE TABLE task_turns (kind TEXT PRIMARY KEY, tenant TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  -- What the webhook is told, and what came of it.
  CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    tried_ms INTEGER NOT NULL,
    outcome TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_due ON events (due_ms, number) WHERE state = 'Pending';
  CREATE INDEX events_settled ON events (created_ms) WHERE state <> 'Pending';
  CREATE INDEX events_by_state ON events (state, number);
  `,
  `
  -- Properties of messages, dead letters, tags, and pushes. traits: what few queues, topics, subscriptions and messages
  -- have, as JSON. A fourth phase of messages, 3 dying: received as often as its queue allows; no receive finds it.
  ALTER TABLE queues ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE topics ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE subscriptions ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE messages ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
  DROP INDEX messages_waiting;
  CREATE INDEX messages_waiting ON messages (queue_id, visible_ms, expires_ms, phase)
    WHERE phase IN (1, 2) AND visible_ms < expires_ms;
  CREATE INDEX messages_dying ON messages (visible_ms) WHERE phase = 3;
  DROP TRIGGER count_new_message;
  DROP TRIGGER count_moved_message;
  DROP TRIGGER count_removed_message;
  CREATE TRIGGER count_new_message AFTER INSERT ON messages BEGIN
    UPDATE message_counts SET
      ready = ready + (new.phase = 0), delayed = delayed + (new.phase = 1), inactive = inactive + (new.phase >= 2)
      WHERE queue_id = new.queue_id;
  END;
  CREATE TRIGGER count_moved_message AFTER UPDATE OF phase ON messages WHEN old.phase <> new.phase BEGIN
    UPDATE message_counts SET
      ready = ready + (new.phase = 0) - (old.phase = 0), delayed = delayed + (new.phase = 1) - (old.phase = 1),
      inactive = inactive + (new.phase >= 2) - (old.phase >= 2)
      WHERE queue_id = new.queue_id;
  END;
  CREATE TRIGGER count_removed_message AFTER DELETE ON messages BEGIN
    UPDATE message_counts SET
      ready = ready - (old.phase = 0), delayed = delayed - (old.phase = 1), inactive = inactive - (old.phase >= 2)
      WHERE queue_id = old.queue_id;
  END;

  -- given_up_ms: 0 while there are attempts left.
  CREATE TABLE pushes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription_id INTEGER NOT NULL,
    published_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    given_up_ms INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body_md5 TEXT NOT NULL,
    tag TEXT NOT NULL,
    fault TEXT NOT NULL,
    traits TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX pushes_due ON pushes (subscription_id, due_ms) WHERE given_up_ms = 0;
  CREATE INDEX pushes_of_subscription ON pushes (subscription_id);
  CREATE INDEX pushes_given_up ON pushes (given_up_ms) WHERE given_up_ms > 0;
  `,
  `
  -- Projects of media tasks, and the buckets that belong to them.
  CREATE TABLE projects (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (account_id, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE project_buckets (
    bucket_id INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL,
    project TEXT NOT NULL,
    bucket TEXT NOT NULL,
    description TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX buckets_of_project ON project_buckets (account_id, project, bucket);
  -- Tasks are looked for by the project that their payload names.
  ALTER TABLE tasks ADD COLUMN project TEXT AS (json_extract(payload, '$.project')) VIRTUAL;
  CREATE INDEX tasks_of_project ON tasks (project, created_ms, id) WHERE project IS NOT NULL;
  `,
  `
  -- What an upload says of how the version that it ends in is kept.
  ALTER TABLE uploads ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
  `,
  `
  -- Of parts that had to come in order, JSON: the MD5 of all bytes so far.
  ALTER TABLE parts ADD COLUMN md5 TEXT;
  -- Checksums inside of long blobs, for reads of parts of them. They have a table of their own, as references are counted in
  -- that of the blobs.
  CREATE TABLE blob_marks (blob_id TEXT PRIMARY KEY, marks TEXT NOT NULL) STRICT;
  `,
  `
  -- Batches, triggers and bindings; the objects that came and that they have not looked at yet.
  CREATE TABLE ingestions (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project TEXT NOT NULL,
    bucket_id INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL,
    state TEXT NOT NULL,
    scanned INTEGER NOT NULL,
    marker TEXT NOT NULL,
    submitted INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    about TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX ingestions_of_project ON ingestions (account_id, project, kind, id);
  CREATE INDEX ingestions_active ON ingestions (id) WHERE state IN ('Ready', 'Running', 'Suspended');
  CREATE TABLE arrivals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    ingestion_id TEXT NOT NULL,
    key TEXT NOT NULL,
    created_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX arrivals_of_ingestion ON arrivals (ingestion_id);
  -- Indexes of files, and what is known of each.
  CREATE TABLE datasets (
    account_id TEXT NOT NULL,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (account_id, project, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE file_metas (
    account_id TEXT NOT NULL,
    project TEXT NOT NULL,
    dataset TEXT NOT NULL,
    uri TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (account_id, project, dataset, uri)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Brings a database to the newest schema, or one before it. Refuses one that a newer program has written. */
export function migrate(database: Database, newest = migrations.length): void {
  const found = Number(database.pragma('user_version', { simple: true }));
  if (found > migrations.length) {
    throw new Error(
      `The records in ${database.name} have schema ${found}, and this version of Millrace knows schemas up to ` +
        `${migrations.length}: start the newer version that wrote them, or restore a backup made before the upgrade.`,
    );
  }
  for (const [version, sql] of migrations.slice(0, newest).entries()) {
    if (version < found) continue;
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}
