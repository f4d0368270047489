export const bucketSettings = `
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
`;
