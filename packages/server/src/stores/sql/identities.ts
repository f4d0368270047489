import type {
  AccessKeyRecords,
  AccessKeyRow,
  AccountRecords,
  AttachmentRecords,
  AttachmentRow,
  IdentityKind,
  IdentityRecords,
  IdentityRow,
  MembershipRecords,
  MembershipRow,
  PolicyVersionRecords,
  PolicyVersionRow,
} from '../../domain/ports/identity-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { found, mapped, then } from './steps.ts';

type StoredIdentity = Omit<IdentityRow, 'about'> & { about: string };

const identityColumns =
  'id, kind, account_id AS accountId, uid, name, created_ms AS createdMs, modified_ms AS modifiedMs, about';

/** The kind asked for is the kind of the row. */
const identityOf = <K extends IdentityKind>(row: StoredIdentity): IdentityRow<K> =>
  ({ ...row, about: JSON.parse(row.about) }) as IdentityRow as IdentityRow<K>;

export function identityRecords(database: Database) {
  const { sameName } = database.dialect;
  const byName = database.prepare<[string, string, string], StoredIdentity>(
    `SELECT ${identityColumns} FROM identities WHERE kind = ? AND account_id = ? AND ${sameName('name', '?')}`,
  );
  const byId = database.prepare<[number], StoredIdentity>(`SELECT ${identityColumns} FROM identities WHERE id = ?`);
  const byUid = database.prepare<[string, string], StoredIdentity>(
    `SELECT ${identityColumns} FROM identities WHERE kind = ? AND uid = ?`,
  );
  const page = database.prepare<[string, string, number, number], StoredIdentity>(
    `SELECT ${identityColumns} FROM identities WHERE kind = ? AND account_id = ? AND id > ? ORDER BY id LIMIT ?`,
  );
  const insert = database.prepareInsert<[Unsaved<StoredIdentity>]>(
    `INSERT INTO identities (kind, account_id, uid, name, created_ms, modified_ms, about)
     VALUES (@kind, @accountId, @uid, @name, @createdMs, @modifiedMs, @about)`,
  );
  const update = database.prepare<[StoredIdentity]>(
    'UPDATE identities SET name = @name, modified_ms = @modifiedMs, about = @about WHERE id = @id',
  );
  const remove = database.prepare<[number]>('DELETE FROM identities WHERE id = ?');
  return {
    byName: <K extends IdentityKind>(kind: K, accountId: string, name: string) =>
      found(byName.get(kind, accountId, name), identityOf<K>),
    byId: (id) => found(byId.get(id), identityOf),
    byUid: <K extends IdentityKind>(kind: K, uid: string) => found(byUid.get(kind, uid), identityOf<K>),
    page: <K extends IdentityKind>(query: { kind: K; accountId: string; after: number; limit: number }) =>
      mapped(page.all(query.kind, query.accountId, query.after, query.limit), identityOf<K>),
    insert: <K extends IdentityKind>(row: Unsaved<IdentityRow<K>>) =>
      then(insert({ ...row, about: JSON.stringify(row.about) }), (id): IdentityRow<K> => ({ ...row, id })),
    update: (row) => void update.run({ ...row, about: JSON.stringify(row.about) }),
    remove: (id) => void remove.run(id),
  } satisfies IdentityRecords;
}

type StoredKey = Omit<AccessKeyRow, 'active'> & { active: number };

const keyOf = (row: StoredKey): AccessKeyRow => ({ ...row, active: row.active === 1 });
const storedKey = (row: AccessKeyRow): StoredKey => ({ ...row, active: row.active ? 1 : 0 });

export function accessKeyRecords(database: Database) {
  const columns = 'id, user_id AS userId, sealed_secret AS sealedSecret, active, created_ms AS createdMs';
  const get = database.prepare<[string], StoredKey>(`SELECT ${columns} FROM access_keys WHERE id = ?`);
  const ofUser = database.prepare<[number], StoredKey>(
    `SELECT ${columns} FROM access_keys WHERE user_id = ? ORDER BY created_ms, id`,
  );
  const insert = database.prepare<[StoredKey]>(
    `INSERT INTO access_keys (id, user_id, sealed_secret, active, created_ms)
     VALUES (@id, @userId, @sealedSecret, @active, @createdMs)`,
  );
  const update = database.prepare<[StoredKey]>(
    'UPDATE access_keys SET sealed_secret = @sealedSecret, active = @active WHERE id = @id',
  );
  const remove = database.prepare<[string]>('DELETE FROM access_keys WHERE id = ?');
  return {
    get: (id) => found(get.get(id), keyOf),
    ofUser: (userId) => mapped(ofUser.all(userId), keyOf),
    insert: (row) => void insert.run(storedKey(row)),
    update: (row) => void update.run(storedKey(row)),
    remove: (id) => void remove.run(id),
  } satisfies AccessKeyRecords;
}

export function membershipRecords(database: Database) {
  const columns = 'group_id AS groupId, user_id AS userId, joined_ms AS joinedMs';
  const get = database.prepare<[number, number], MembershipRow>(
    `SELECT ${columns} FROM group_members WHERE group_id = ? AND user_id = ?`,
  );
  const ofGroup = database.prepare<[number], MembershipRow>(
    `SELECT ${columns} FROM group_members WHERE group_id = ? ORDER BY joined_ms, user_id`,
  );
  const ofUser = database.prepare<[number], MembershipRow>(
    `SELECT ${columns} FROM group_members WHERE user_id = ? ORDER BY joined_ms, group_id`,
  );
  const insert = database.prepare<[MembershipRow]>(
    'INSERT INTO group_members (group_id, user_id, joined_ms) VALUES (@groupId, @userId, @joinedMs)',
  );
  const remove = database.prepare<[number, number]>('DELETE FROM group_members WHERE group_id = ? AND user_id = ?');
  return {
    get: (groupId, userId) => get.get(groupId, userId),
    ofGroup: (groupId) => ofGroup.all(groupId),
    ofUser: (userId) => ofUser.all(userId),
    insert: (row) => void insert.run(row),
    remove: (groupId, userId) => void remove.run(groupId, userId),
  } satisfies MembershipRecords;
}

export function attachmentRecords(database: Database) {
  const { sameName } = database.dialect;
  const columns = `holder_id AS holderId, policy_type AS policyType, policy_name AS policyName,
    attached_ms AS attachedMs`;
  const get = database.prepare<[number, string, string], AttachmentRow>(
    `SELECT ${columns} FROM policy_attachments WHERE holder_id = ? AND policy_type = ? AND ${sameName('policy_name', '?')}`,
  );
  const ofHolder = database.prepare<[number], AttachmentRow>(
    `SELECT ${columns} FROM policy_attachments WHERE holder_id = ? ORDER BY attached_ms, policy_type, policy_name`,
  );
  const ofPolicy = database.prepare<[string, string, string], AttachmentRow>(
    `SELECT ${columns} FROM policy_attachments JOIN identities ON identities.id = holder_id
     WHERE account_id = ? AND policy_type = ? AND ${sameName('policy_name', '?')} ORDER BY attached_ms, holder_id`,
  );
  const insert = database.prepare<[AttachmentRow]>(
    `INSERT INTO policy_attachments (holder_id, policy_type, policy_name, attached_ms)
     VALUES (@holderId, @policyType, @policyName, @attachedMs)`,
  );
  const remove = database.prepare<[number, string, string]>(
    `DELETE FROM policy_attachments WHERE holder_id = ? AND policy_type = ? AND ${sameName('policy_name', '?')}`,
  );
  return {
    get: (holderId, type, name) => get.get(holderId, type, name),
    ofHolder: (holderId) => ofHolder.all(holderId),
    ofPolicy: (accountId, type, name) => ofPolicy.all(accountId, type, name),
    insert: (row) => void insert.run(row),
    remove: (holderId, type, name) => void remove.run(holderId, type, name),
  } satisfies AttachmentRecords;
}

export function policyVersionRecords(database: Database) {
  const columns = 'policy_id AS policyId, number, created_ms AS createdMs, document';
  const get = database.prepare<[number, number], PolicyVersionRow>(
    `SELECT ${columns} FROM policy_versions WHERE policy_id = ? AND number = ?`,
  );
  const ofPolicy = database.prepare<[number], PolicyVersionRow>(
    `SELECT ${columns} FROM policy_versions WHERE policy_id = ? ORDER BY number`,
  );
  const insert = database.prepare<[PolicyVersionRow]>(
    `INSERT INTO policy_versions (policy_id, number, created_ms, document)
     VALUES (@policyId, @number, @createdMs, @document)`,
  );
  const remove = database.prepare<[number, number]>('DELETE FROM policy_versions WHERE policy_id = ? AND number = ?');
  return {
    get: (policyId, number) => get.get(policyId, number),
    ofPolicy: (policyId) => ofPolicy.all(policyId),
    insert: (row) => void insert.run(row),
    remove: (policyId, number) => void remove.run(policyId, number),
  } satisfies PolicyVersionRecords;
}

export function accountRecords(database: Database) {
  const get = database
    .prepare<[string, string], string>('SELECT value FROM account_settings WHERE account_id = ? AND name = ?')
    .pluck();
  const put = database.prepare<[string, string, string]>(
    `INSERT INTO account_settings (account_id, name, value) VALUES (?, ?, ?)
     ON CONFLICT (account_id, name) DO UPDATE SET value = excluded.value`,
  );
  const remove = database.prepare<[string, string]>('DELETE FROM account_settings WHERE account_id = ? AND name = ?');
  return {
    get: (accountId, name) => found(get.get(accountId, name), (value) => JSON.parse(value)),
    put: (accountId, name, value) => void put.run(accountId, name, JSON.stringify(value)),
    remove: (accountId, name) => void remove.run(accountId, name),
  } satisfies AccountRecords;
}
