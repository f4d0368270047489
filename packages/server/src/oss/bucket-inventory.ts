import { type InputOf, type Served, served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import { isDomainError } from '../domain/errors.ts';
import type {
  InventoryField,
  InventoryFilter,
  InventoryFrequency,
  InventoryRule,
} from '../domain/inventory/inventory.ts';
import type { Encryption } from '../domain/objects/encryption.ts';
import type { BucketRow, StorageClass } from '../domain/ports/object-records.ts';
import { type BucketCall, handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';

type Document = InputOf<Served['PutBucketInventory']>['body'];
type Field = NonNullable<Document['OptionalFields']>['Field'][number];

/** Vendor limits. */
const MAX_INVENTORIES = 1000;
const PAGE = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const TARGET = /^acs:oss:[^:]*:[^:]*:([a-z0-9-]+)$/;
const ROLE = /^acs:ram::(\d+):role\/[^/]+$/;

const FREQUENCIES = { Daily: 'daily', Weekly: 'weekly', Monthly: 'monthly', Once: 'once' } as const;
const FIELDS = {
  Size: 'size',
  StorageClass: 'storageClass',
  LastModifiedDate: 'lastModified',
  ETag: 'etag',
  IsMultipartUploaded: 'multipart',
  EncryptionStatus: 'encrypted',
  ObjectAcl: 'acl',
  TaggingCount: 'tagCount',
  ObjectType: 'type',
  Crc64: 'crc64',
} as const satisfies Record<Field, InventoryField>;
const CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'] as const;

export const putBucketInventory = handle(served.PutBucketInventory, async ({ inventoryId, body }, call) => {
  if (!NAME.test(inventoryId)) {
    throw invalidArgument(
      'inventoryId',
      inventoryId,
      'The name of an inventory has 1 to 64 letters, digits, - and _, and begins with none of those two.',
    );
  }
  if (body.Id !== inventoryId) throw invalidArgument('Id', body.Id, 'It must be the inventoryId of the request.');
  if (body.IncrementalInventory?.IsEnabled) {
    throw new OssError('AccessDenied', { message: 'Incremental inventories are not offered by this server.' });
  }
  const { Filter: filter, Schedule: schedule } = body;
  const rule: InventoryRule = {
    enabled: body.IsEnabled,
    target: await readTarget(body, call),
    frequency: FREQUENCIES[schedule.Frequency],
    versions: body.IncludedObjectVersions === 'All' ? 'all' : 'current',
    fields: (body.OptionalFields?.Field ?? []).map((field) => FIELDS[field]),
    ...(filter && { filter: readFilter(filter) }),
  };
  if (schedule.DayOfMonth !== undefined) {
    // Days that every month has.
    if (schedule.DayOfMonth < 1 || schedule.DayOfMonth > 28) {
      throw invalidArgument('DayOfMonth', String(schedule.DayOfMonth), 'It must be 1 to 28.');
    }
    rule.dayOfMonth = schedule.DayOfMonth;
  }
  const item = { kind: 'inventory', name: inventoryId, value: rule } as const;
  await call.settings.putItem(call.bucket, item, { limit: MAX_INVENTORIES, fresh: true });
  return {};
});

export const getBucketInventory = handle(served.GetBucketInventory, async ({ inventoryId }, call) => {
  const found = await call.settings.item(call.bucket, 'inventory', inventoryId);
  if (!found) throw new OssError('NoSuchInventory', { elements: { InventoryId: inventoryId } });
  return { result: write(found.name, found.value) };
});

export const deleteBucketInventory = handle(served.DeleteBucketInventory, async ({ inventoryId }, call) => {
  // In this order: what is cut short in between lists the objects once more, and never once too little.
  await call.settings.removeItem(call.bucket, 'inventoryRun', inventoryId);
  await call.settings.removeItem(call.bucket, 'inventory', inventoryId);
  return {};
});

export const listBucketInventory = handle(served.ListBucketInventory, async ({ continuationToken = '' }, call) => {
  const page = { after: continuationToken, limit: PAGE + 1 };
  const found = await call.settings.items(call.bucket, 'inventory', page);
  // Vendor rule: where there is none, that is an error.
  if (found.length === 0 && continuationToken === '') throw new OssError('NoSuchInventory');
  const shown = found.slice(0, PAGE);
  const truncated = found.length > PAGE;
  return {
    result: {
      InventoryConfiguration: shown.map(({ name, value }) => write(name, value)),
      IsTruncated: truncated,
      NextContinuationToken: truncated ? shown.at(-1)?.name : undefined,
    },
  };
});

/** Where lists are to go: a bucket of the same owner, where whoever asks may write. */
async function readTarget(body: Document, call: BucketCall): Promise<InventoryRule['target']> {
  const { bucket: source, principal } = call;
  const {
    AccountId: accountId,
    RoleArn: role,
    Bucket: name,
    Prefix: prefix = '',
    Encryption: encryption,
  } = body.Destination.OSSBucketDestination;
  if (accountId !== source.ownerId) {
    throw invalidArgument('AccountId', accountId, "It must be the account of the bucket's owner.");
  }
  if (ROLE.exec(role)?.[1] !== source.ownerId) {
    throw invalidArgument(
      'RoleArn',
      role,
      `It must name a role of the same account: acs:ram::${source.ownerId}:role/NAME.`,
    );
  }
  const bucket = await targetBucket(TARGET.exec(name)?.[1], call);
  if (bucket?.ownerId !== source.ownerId) {
    throw invalidArgument('Bucket', name, 'It must name a bucket of the same owner, as acs:oss:::BUCKET.');
  }
  // Lists are written as the server, not as whoever asked for them: the right to write there is looked at now.
  const key = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}${source.name}/${body.Id}/*`;
  await call.access.require(principal, served.PutObject.action, { bucket, key });
  const sealed = encryption && readSealing(encryption);
  return { accountId, role, bucket: bucket.name, prefix, ...(sealed && { encryption: sealed }) };
}

async function targetBucket(name: string | undefined, { buckets }: BucketCall): Promise<BucketRow | undefined> {
  if (name === undefined) return undefined;
  return buckets.get(name).catch((error: unknown) => {
    if (isDomainError(error, 'BucketMissing')) return undefined;
    throw error;
  });
}

type Sealing = NonNullable<Document['Destination']['OSSBucketDestination']['Encryption']>;

function readSealing({ 'SSE-OSS': oss, 'SSE-KMS': kms }: Sealing): Encryption | undefined {
  if (oss !== undefined && kms !== undefined) {
    throw new XmlError('The element Encryption must hold one of SSE-OSS and SSE-KMS.');
  }
  if (oss !== undefined) return { algorithm: 'AES256' };
  return kms && { algorithm: 'KMS', ...(kms.KeyId && { keyId: kms.KeyId }) };
}

function readFilter(filter: NonNullable<Document['Filter']>): InventoryFilter {
  const read: InventoryFilter = {};
  const { Prefix: prefix, LastModifyBeginTimeStamp: from, LastModifyEndTimeStamp: until } = filter;
  const { LowerSizeBound: smallest, UpperSizeBound: largest, StorageClass: classes } = filter;
  if (prefix) read.prefix = prefix;
  if (from !== undefined) read.modifiedFromMs = from * 1000;
  if (until !== undefined) read.modifiedUntilMs = until * 1000;
  if (smallest !== undefined) read.smallest = smallest;
  if (largest !== undefined) read.largest = largest;
  if (classes && classes !== 'All') {
    read.storageClasses = classes.split(',').map((word): StorageClass => {
      const found = CLASSES.find((name) => name === word.trim());
      if (found) return found;
      throw invalidArgument('StorageClass', classes, `It must be All, or some of ${CLASSES.join(', ')} with commas.`);
    });
  }
  return read;
}

const wordOf = <W extends string, N extends string>(words: Readonly<Record<W, N>>, name: N): W[] =>
  (Object.keys(words) as W[]).filter((word) => words[word] === name);

function write(name: string, rule: InventoryRule): Document {
  const { target, filter } = rule;
  const [frequency = 'Daily'] = wordOf<keyof typeof FREQUENCIES, InventoryFrequency>(FREQUENCIES, rule.frequency);
  const fields = rule.fields.flatMap((field) => wordOf<Field, InventoryField>(FIELDS, field));
  return {
    Id: name,
    IsEnabled: rule.enabled,
    Filter: filter && {
      Prefix: filter.prefix,
      LastModifyBeginTimeStamp: filter.modifiedFromMs === undefined ? undefined : filter.modifiedFromMs / 1000,
      LastModifyEndTimeStamp: filter.modifiedUntilMs === undefined ? undefined : filter.modifiedUntilMs / 1000,
      LowerSizeBound: filter.smallest,
      UpperSizeBound: filter.largest,
      StorageClass: filter.storageClasses?.join(','),
    },
    Destination: {
      OSSBucketDestination: {
        Format: 'CSV',
        AccountId: target.accountId,
        RoleArn: target.role,
        Bucket: `acs:oss:::${target.bucket}`,
        Prefix: target.prefix === '' ? undefined : target.prefix,
        Encryption: target.encryption && writeSealing(target.encryption),
      },
    },
    Schedule: { Frequency: frequency, DayOfMonth: rule.dayOfMonth },
    IncludedObjectVersions: rule.versions === 'all' ? 'All' : 'Current',
    OptionalFields: fields.length > 0 ? { Field: fields } : undefined,
  };
}

const writeSealing = ({ algorithm, keyId }: Encryption): Sealing =>
  algorithm === 'KMS' ? { 'SSE-KMS': { KeyId: keyId } } : { 'SSE-OSS': '' };
