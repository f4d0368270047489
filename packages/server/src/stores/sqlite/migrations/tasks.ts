export const tasks = `
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
`;

export const taskTurns = `
  -- Whose turn a task takes, and which come first.
  ALTER TABLE tasks ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
  ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
  DROP INDEX tasks_ready;
  CREATE INDEX tasks_ready ON tasks (kind, priority, tenant, created_ms, number) WHERE phase < 2 AND ready = 1;
  CREATE INDEX tasks_waiting ON tasks (kind, created_ms) WHERE phase = 0;
  CREATE TABLE task_turns (kind TEXT PRIMARY KEY, tenant TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;
