import type { Database } from './connection.ts';
import { bucketSettings } from './migrations/bucket-settings.ts';
import { events } from './migrations/events.ts';
import { identities } from './migrations/identities.ts';
import { messages, messageTraits } from './migrations/messages.ts';
import { checksumMarks, encryption, objects, objectVersions, retention, uploadTraits } from './migrations/objects.ts';
import { datasets, ingestions, projects } from './migrations/projects.ts';
import { tasks, taskTurns } from './migrations/tasks.ts';

const store = `
  -- One row that a probe counts up, to prove that a commit reaches the disk.
  CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), probes INTEGER NOT NULL) STRICT;
  INSERT INTO store VALUES (1, 0);
`;

/**
 * Every state the schema went through: entry `n` takes a database from version `n` to `n + 1`. Entries are never
 * edited once released, only added. Columns that grow (segment lists, bodies) come last, so that a reader of the
 * others does not walk their overflow pages.
 */
export const migrations: readonly string[] = [
  store + objects + tasks + messages,
  objectVersions,
  bucketSettings,
  identities,
  encryption,
  retention,
  taskTurns,
  events,
  messageTraits,
  projects,
  uploadTraits,
  checksumMarks,
  ingestions + datasets,
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
