// What buckets, objects, uploads and the bytes behind them are kept in.

export const objects = `
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
`;

export const objectVersions = `
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
`;

export const encryption = `
  -- Encryption. seal: the key of a blob whose bytes are encrypted, sealed with a master key that is not kept here.
  ALTER TABLE blobs ADD COLUMN seal TEXT;
  ALTER TABLE uploads ADD COLUMN encryption TEXT;
`;

export const retention = `
  -- For how long objects of a bucket are immutable; JSON, as every write reads it with the bucket.
  ALTER TABLE buckets ADD COLUMN retention TEXT;
`;

export const uploadTraits = `
  -- What an upload says of how the version that it ends in is kept.
  ALTER TABLE uploads ADD COLUMN traits TEXT NOT NULL DEFAULT '{}';
`;

export const checksumMarks = `
  -- Of parts that had to come in order, JSON: the MD5 of all bytes so far.
  ALTER TABLE parts ADD COLUMN md5 TEXT;
  -- Checksums inside of long blobs, for reads of parts of them. They have a table of their own, as references are counted in
  -- that of the blobs.
  CREATE TABLE blob_marks (blob_id TEXT PRIMARY KEY, marks TEXT NOT NULL) STRICT;
`;
