export const identities = `
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
`;
