import type { ItemRecords, SettingRecords } from '../../domain/ports/bucket-settings.ts';
import type { BucketItem, ItemKind, SettingsOfBucket } from '../../domain/settings/bucket-settings.ts';
import type { Database } from './database.ts';
import { successor } from './key-range.ts';
import { found, mapped, then } from './steps.ts';

const parsed = ({ name, value }: { name: string; value: string }): [string, unknown] => [name, JSON.parse(value)];

export function settingRecords(database: Database) {
  const of = database.prepare<[number], { name: string; value: string }>(
    'SELECT name, value FROM bucket_settings WHERE bucket_id = ?',
  );
  const get = database.prepare<[number, string], { value: string; modifiedMs: number }>(
    'SELECT value, modified_ms AS modifiedMs FROM bucket_settings WHERE bucket_id = ? AND name = ?',
  );
  const put = database.prepare<[number, string, string, number]>(
    `INSERT INTO bucket_settings (bucket_id, name, value, modified_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (bucket_id, name) DO UPDATE SET value = excluded.value, modified_ms = excluded.modified_ms`,
  );
  const remove = database.prepare<[number, string]>('DELETE FROM bucket_settings WHERE bucket_id = ? AND name = ?');
  const removeAll = database.prepare<[number]>('DELETE FROM bucket_settings WHERE bucket_id = ?');
  return {
    of: (bucketId) =>
      then(mapped(of.all(bucketId), parsed), (settings) => Object.fromEntries(settings) as SettingsOfBucket),
    get: (bucketId, name) =>
      found(get.get(bucketId, name), ({ value, modifiedMs }) => ({ value: JSON.parse(value), modifiedMs })),
    put: (bucketId, name, value, nowMs) => void put.run(bucketId, name, JSON.stringify(value), nowMs),
    remove: (bucketId, name) => void remove.run(bucketId, name),
    removeAll: (bucketId) => void removeAll.run(bucketId),
  } satisfies SettingRecords;
}

type Stored = Omit<BucketItem<ItemKind>, 'value'> & { value: string };

const columns = 'bucket_id AS bucketId, kind, name, created_ms AS createdMs, modified_ms AS modifiedMs, value';

/** The kind asked for is the kind of the row. */
const fromStored = <K extends ItemKind>(row: Stored): BucketItem<K> =>
  ({ ...row, value: JSON.parse(row.value) }) as BucketItem<ItemKind> as BucketItem<K>;

export function itemRecords(database: Database) {
  const get = database.prepare<[number, string, string], Stored>(
    `SELECT ${columns} FROM bucket_items WHERE bucket_id = ? AND kind = ? AND name = ?`,
  );
  const page = database.prepare<[number, string, string, number], Stored>(
    `SELECT ${columns} FROM bucket_items WHERE bucket_id = ? AND kind = ? AND name >= ?
     ORDER BY name LIMIT ?`,
  );
  const named = database.prepare<[string, string], Stored>(
    `SELECT ${columns} FROM bucket_items WHERE kind = ? AND name = ? ORDER BY bucket_id`,
  );
  const put = database.prepare<[Stored]>(
    `INSERT INTO bucket_items (bucket_id, kind, name, created_ms, modified_ms, value)
     VALUES (@bucketId, @kind, @name, @createdMs, @modifiedMs, @value)
     ON CONFLICT (bucket_id, kind, name) DO UPDATE SET
       created_ms = excluded.created_ms, modified_ms = excluded.modified_ms, value = excluded.value`,
  );
  const remove = database.prepare<[number, string, string]>(
    'DELETE FROM bucket_items WHERE bucket_id = ? AND kind = ? AND name = ?',
  );
  const removeAll = database.prepare<[number]>('DELETE FROM bucket_items WHERE bucket_id = ?');
  return {
    get: <K extends ItemKind>(bucketId: number, kind: K, name: string) =>
      found(get.get(bucketId, kind, name), fromStored<K>),
    page: <K extends ItemKind>(query: { bucketId: number; kind: K; after: string; limit: number }) =>
      mapped(page.all(query.bucketId, query.kind, successor(query.after), query.limit), fromStored<K>),
    named: <K extends ItemKind>(kind: K, name: string) => mapped(named.all(kind, name), fromStored<K>),
    put: (item) => void put.run({ ...item, value: JSON.stringify(item.value) }),
    remove: (bucketId, kind, name) => void remove.run(bucketId, kind, name),
    removeAll: (bucketId) => void removeAll.run(bucketId),
  } satisfies ItemRecords;
}
