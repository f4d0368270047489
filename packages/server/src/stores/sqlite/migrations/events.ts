export const events = `
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
`;
