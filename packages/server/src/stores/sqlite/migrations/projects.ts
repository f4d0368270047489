// What the projects of media tasks have.

export const projects = `
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
`;

export const ingestions = `
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
`;

export const datasets = `
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
`;
