import assert from 'node:assert/strict';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { migrate } from './schema.ts';
import { committedReads } from './transaction.ts';

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
  const reads = committedReads(database);
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
