import type { Encryption } from '../objects/encryption.ts';
import { DAY_MS } from '../objects/restoration.ts';
import type { ObjectRow, ObjectSummary, StorageClass, VersionSummary } from '../ports/object-records.ts';

/** Which facts of an object are listed, besides where it is: in this order, whatever the order asked for. */
export const INVENTORY_FIELDS = [
  'size',
  'storageClass',
  'lastModified',
  'etag',
  'multipart',
  'encrypted',
  'acl',
  'tagCount',
  'type',
  'crc64',
] as const;
export type InventoryField = (typeof INVENTORY_FIELDS)[number];

export type InventoryFrequency = 'daily' | 'weekly' | 'monthly' | 'once';

/** What has the objects of a bucket listed from time to time, in files that are objects themselves. */
export interface InventoryRule {
  enabled: boolean;
  target: {
    accountId: string;
    /** Kept for those who ask: the right to write there is looked at when the rule is put. */
    role: string;
    bucket: string;
    prefix: string;
    encryption?: Encryption;
  };
  frequency: InventoryFrequency;
  /** Of one that is monthly; otherwise the first. */
  dayOfMonth?: number;
  versions: 'all' | 'current';
  fields: InventoryField[];
  filter?: InventoryFilter;
}

export interface InventoryFilter {
  prefix?: string;
  modifiedFromMs?: number;
  modifiedUntilMs?: number;
  smallest?: number;
  largest?: number;
  storageClasses?: StorageClass[];
}

/** 1970 began on a Thursday; weeks begin on Sundays. */
const DAYS_BEFORE_SUNDAY = 4;

/** Numbers the stretches of time of which each sees one listing. */
function stretchOf({ frequency, dayOfMonth = 1 }: InventoryRule, nowMs: number): number {
  const day = Math.floor(nowMs / DAY_MS);
  switch (frequency) {
    case 'daily':
      return day;
    case 'weekly':
      return Math.floor((day + DAYS_BEFORE_SUNDAY) / 7);
    case 'monthly': {
      const date = new Date(nowMs);
      const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
      return date.getUTCDate() < dayOfMonth ? month - 1 : month;
    }
    case 'once':
      return 0;
  }
}

/** Whether the objects are to be listed now, when they were last at `lastMs`, if ever. */
export function isInventoryDue(rule: InventoryRule, lastMs: number | undefined, nowMs: number): boolean {
  return rule.enabled && (lastMs === undefined || stretchOf(rule, lastMs) !== stretchOf(rule, nowMs));
}

/** What is listed of one version, or of the current object of a key. */
export type Inventoried = ObjectSummary | VersionSummary;

export function isInventoried(filter: InventoryFilter | undefined, object: Inventoried): boolean {
  const { prefix = '', modifiedFromMs = 0, modifiedUntilMs = Number.POSITIVE_INFINITY } = filter ?? {};
  const { key, lastModifiedMs } = object;
  if (!key.startsWith(prefix) || lastModifiedMs < modifiedFromMs || lastModifiedMs > modifiedUntilMs) return false;
  const { smallest = 0, largest = Number.POSITIVE_INFINITY, storageClasses } = filter ?? {};
  // A delete marker has neither a size nor a class that could be asked for.
  if (object.type === 'DeleteMarker') return true;
  if (object.size < smallest || object.size > largest) return false;
  return !storageClasses || storageClasses.includes(object.storageClass);
}

const COLUMNS = {
  size: 'Size',
  storageClass: 'StorageClass',
  lastModified: 'LastModifiedDate',
  etag: 'ETag',
  multipart: 'IsMultipartUploaded',
  encrypted: 'EncryptionStatus',
  acl: 'ObjectAcl',
  tagCount: 'TaggingCount',
  type: 'ObjectType',
  crc64: 'Crc64',
} as const satisfies Record<InventoryField, string>;

const VERSION_COLUMNS = ['VersionId', 'IsLatest', 'IsDeleteMarker'];

export function inventoryColumns(fields: readonly InventoryField[], ofVersions: boolean): string[] {
  const asked = INVENTORY_FIELDS.filter((field) => fields.includes(field));
  return ['Bucket', 'Key', ...(ofVersions ? VERSION_COLUMNS : []), ...asked.map((field) => COLUMNS[field])];
}

/** Whether a listing does not say enough, and each row has to be looked at. */
export const needsRows = (fields: readonly InventoryField[]): boolean =>
  fields.includes('acl') || fields.includes('crc64');

const truth = (value: boolean): string => (value ? 'True' : 'False');

/** One line of the list. `row` is the whole record, where `needsRows` asked for it. */
export function inventoryLine(
  bucket: string,
  object: Inventoried,
  row: Pick<ObjectRow, 'acl' | 'crc64'> | undefined,
  fields: readonly InventoryField[],
): string {
  const values = [bucket, encodeURIComponent(object.key)];
  if ('latest' in object) {
    values.push(object.versionId, truth(object.latest), truth(object.type === 'DeleteMarker'));
  }
  for (const field of INVENTORY_FIELDS) if (fields.includes(field)) values.push(factOf(field, object, row));
  // None of them holds a quotation mark.
  return `${values.map((value) => `"${value}"`).join(',')}\n`;
}

function factOf(field: InventoryField, object: Inventoried, row: Pick<ObjectRow, 'acl' | 'crc64'> | undefined): string {
  if (field === 'lastModified') return new Date(Math.floor(object.lastModifiedMs / 1000) * 1000).toISOString();
  if (object.type === 'DeleteMarker') return '';
  switch (field) {
    case 'size':
      return String(object.size);
    case 'storageClass':
      return object.storageClass;
    case 'etag':
      return object.etag;
    case 'multipart':
      return truth(object.type === 'Multipart');
    case 'encrypted':
      return truth(object.traits?.encryption !== undefined);
    case 'acl':
      return row?.acl ?? '';
    case 'tagCount':
      return String(Object.keys(object.traits?.tags ?? {}).length);
    case 'type':
      return object.type;
    case 'crc64':
      return row?.crc64 ?? '';
  }
}
