// Queues, topics and what passes through them.

export const messages = `
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
`;

export const messageTraits = `
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
`;
