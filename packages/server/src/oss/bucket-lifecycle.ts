import { type InputOf, type Served, served } from '@millrace/protocol/oss';
import { XmlError } from '@millrace/protocol/xml';
import {
  countsReads,
  type LifecycleAge,
  type LifecycleRule,
  type LifecycleTransition,
} from '../domain/objects/lifecycle.ts';
import { DAY_MS } from '../domain/objects/restoration.ts';
import { isTagText } from '../domain/objects/tags.ts';
import { deleteHandler } from './bucket-document.ts';
import { handle } from './call.ts';
import { invalidArgument, OssError } from './oss-error.ts';

type Rule = InputOf<Served['PutBucketLifecycle']>['body']['Rule'][number];

/** Vendor limits. */
const MAX_RULES = 1000;
const MAX_ID_BYTES = 255;
const MIXED_DATES = '0014-00000080';

/** From warm to cold, which is the only way that a rule moves objects. */
const CLASSES = ['IA', 'Archive', 'ColdArchive', 'DeepColdArchive'] as const;

export const putBucketLifecycle = handle(served.PutBucketLifecycle, async ({ body, allowOverlap }, call) => {
  if (body.Rule.length === 0) throw new XmlError('The element LifecycleConfiguration>Rule is missing.');
  if (body.Rule.length > MAX_RULES) {
    throw invalidArgument('Rule', String(body.Rule.length), `A bucket may have ${MAX_RULES} lifecycle rules.`);
  }
  const rules = body.Rule.map((rule, index) =>
    readRule(rule, `Rule[${index + 1}]`, `${call.exchange.requestId}-${index + 1}`),
  );
  refuseTwins(rules);
  if (!allowOverlap) refuseOverlap(rules);
  if (rules.some(countsReads)) {
    const { accessMonitor } = await call.settings.of(call.bucket);
    if (!accessMonitor?.enabled) {
      const message = 'Rules with IsAccessTime need a bucket that tracks access: see PutBucketAccessMonitor.';
      throw new OssError('InvalidRequest', { message });
    }
    for (const rule of rules.filter(countsReads))
      rule.accessBaseMs ??= accessMonitor.sinceMs ?? call.exchange.receivedMs;
  }
  await call.settings.set(call.bucket, 'lifecycle', { rules });
  return {};
});

export const getBucketLifecycle = handle(served.GetBucketLifecycle, async (_input, call) => {
  const setting = await call.settings.get(call.bucket, 'lifecycle');
  if (!setting) throw new OssError('NoSuchLifecycle', { elements: { BucketName: call.bucket.name } });
  return { result: { Rule: setting.rules.map(writeRule) } };
});

export const deleteBucketLifecycle = deleteHandler(served.DeleteBucketLifecycle, 'lifecycle');

function readRule(rule: Rule, where: string, generatedId: string): LifecycleRule {
  const id = rule.ID?.trim() || generatedId;
  if (Buffer.byteLength(id) > MAX_ID_BYTES)
    throw new XmlError(`The element ${where}>ID has ${MAX_ID_BYTES} bytes at most.`);
  const read: LifecycleRule = {
    id,
    enabled: rule.Status === 'Enabled',
    prefix: rule.Prefix ?? '',
    tags: rule.Tag.map(readTag),
    transitions: rule.Transition.map((one, index) =>
      readTransition(one, readAge(one, `${where}>Transition[${index + 1}]`), where),
    ),
    olderTransitions: rule.NoncurrentVersionTransition.map((one) =>
      readTransition(one, { days: positive(one.NoncurrentDays, `${where}>NoncurrentDays`) }, where),
    ),
  };
  if (rule.Filter) read.filter = readFilter(rule.Filter, read, where);
  if (rule.Expiration) read.expiration = readExpiration(rule.Expiration, `${where}>Expiration`);
  if (rule.AbortMultipartUpload)
    read.abortUploads = readAge(rule.AbortMultipartUpload, `${where}>AbortMultipartUpload`);
  if (rule.NoncurrentVersionExpiration) {
    const days = positive(rule.NoncurrentVersionExpiration.NoncurrentDays, `${where}>NoncurrentDays`);
    read.olderExpiration = { days };
  }
  if (rule.AtimeBase !== undefined) read.accessBaseMs = rule.AtimeBase * 1000;
  if (actionsOf(read).length === 0) throw new XmlError(`${where} names no action, such as Expiration or Transition.`);
  checkOrder(read.transitions, read.expiration, where);
  checkOrder(read.olderTransitions, read.olderExpiration, where);
  return read;
}

/** Vendor rule: a tag too long for any object is no error, one that is made of other characters is. */
function readTag({ Key: key, Value: value }: Rule['Tag'][number]): { key: string; value: string } {
  for (const text of [key, value]) {
    if (!isTagText(text)) throw invalidArgument('Tag', text, 'No object can have such a tag.');
  }
  return { key, value };
}

function readExpiration(
  { Date: date, ExpiredObjectDeleteMarker: marker, ...age }: NonNullable<Rule['Expiration']>,
  where: string,
): NonNullable<LifecycleRule['expiration']> {
  const given = [date, marker, age.Days, age.CreatedBeforeDate].filter((value) => value !== undefined);
  if (given.length > 1) throw mixed(where);
  if (marker !== undefined) return { lonelyMarkers: marker };
  return date === undefined ? readAge(age, where) : { onMs: midnight(date, `${where}>Date`) };
}

function readAge(
  { Days: days, CreatedBeforeDate: date }: { Days?: number | undefined; CreatedBeforeDate?: string | undefined },
  where: string,
): LifecycleAge {
  if (days !== undefined && date !== undefined) throw mixed(where);
  if (days !== undefined) return { days: positive(days, `${where}>Days`) };
  if (date !== undefined) return { madeBeforeMs: midnight(date, `${where}>CreatedBeforeDate`) };
  throw new XmlError(`The element ${where} must hold Days or CreatedBeforeDate.`);
}

const mixed = (where: string): OssError =>
  new OssError('InvalidRequest', {
    message: `The element ${where} must say by one kind of element only when it is due: days, or a date.`,
    ec: MIXED_DATES,
  });

function readTransition(
  one: Rule['Transition'][number] | Rule['NoncurrentVersionTransition'][number],
  age: LifecycleAge,
  where: string,
): LifecycleTransition {
  const { StorageClass: storageClass, IsAccessTime, ReturnToStdWhenVisit, AllowSmallFile } = one;
  if (storageClass === 'Standard') {
    throw invalidArgument('StorageClass', storageClass, `${where} must not move objects to Standard.`);
  }
  if (!IsAccessTime) return { age, storageClass };
  return {
    age,
    storageClass,
    access: {
      ...(ReturnToStdWhenVisit !== undefined && { returnOnVisit: ReturnToStdWhenVisit }),
      ...(AllowSmallFile !== undefined && { smallToo: AllowSmallFile }),
    },
  };
}

function readFilter(
  filter: NonNullable<Rule['Filter']>,
  { prefix }: LifecycleRule,
  where: string,
): NonNullable<LifecycleRule['filter']> {
  const { ObjectSizeGreaterThan: largerThan, ObjectSizeLessThan: smallerThan } = filter;
  if (
    (largerThan ?? 0) < 0 ||
    (smallerThan ?? 1) < 1 ||
    (smallerThan ?? Number.POSITIVE_INFINITY) <= (largerThan ?? -1)
  ) {
    throw new XmlError(`${where}>Filter must leave sizes between ObjectSizeGreaterThan and ObjectSizeLessThan.`);
  }
  const not = filter.Not.map(({ Prefix = '', Tag }) => {
    if (!Prefix.startsWith(prefix) || (Prefix === prefix && !Tag)) {
      throw new XmlError(`${where}>Filter>Not>Prefix must begin with the rule's prefix, and leave something of it.`);
    }
    return { prefix: Prefix, ...(Tag && { tag: { key: Tag.Key, value: Tag.Value } }) };
  });
  return { ...(largerThan !== undefined && { largerThan }), ...(smallerThan !== undefined && { smallerThan }), not };
}

function positive(days: number, where: string): number {
  if (days < 1 || days > 2 ** 31 - 1) throw new XmlError(`The element ${where} must be a whole number from 1 on.`);
  return days;
}

function midnight(text: string, where: string): number {
  const trimmed = text.trim();
  const moment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)?$/.test(trimmed)
    ? Date.parse(trimmed)
    : Number.NaN;
  if (!(moment % DAY_MS === 0)) {
    throw new XmlError(`The element ${where} must be midnight in UTC, such as 2025-01-02T00:00:00.000Z.`);
  }
  return moment;
}

/** Colder classes come later, and expiring comes last. */
function checkOrder(
  transitions: readonly LifecycleTransition[],
  expiration: LifecycleRule['expiration'],
  where: string,
): void {
  const steps = CLASSES.flatMap((name) => transitions.filter(({ storageClass }) => storageClass === name));
  if (new Set(transitions.map(({ storageClass }) => storageClass)).size < transitions.length) {
    throw new XmlError(`${where} moves objects to one storage class twice.`);
  }
  const ends = expiration && ('days' in expiration || 'madeBeforeMs' in expiration) ? [expiration] : [];
  const ages = [...steps.map(({ age }) => age), ...ends];
  if (ages.some((age) => 'days' in age) && ages.some((age) => 'madeBeforeMs' in age)) throw mixed(where);
  const order = ages.map((age) => ('days' in age ? age.days : -age.madeBeforeMs));
  if (order.some((value, index) => value <= (order[index - 1] ?? Number.NEGATIVE_INFINITY))) {
    throw invalidArgument('Days', '', `${where} must move to colder classes later, and expire last.`);
  }
}

/** What a rule does, as far as two rules may do the same. */
function actionsOf(rule: LifecycleRule): string[] {
  return [
    ...(rule.expiration ? ['Expiration'] : []),
    ...(rule.abortUploads ? ['AbortMultipartUpload'] : []),
    ...(rule.olderExpiration ? ['NoncurrentVersionExpiration'] : []),
    ...rule.transitions.map(({ storageClass }) => `Transition to ${storageClass}`),
    ...rule.olderTransitions.map(({ storageClass }) => `NoncurrentVersionTransition to ${storageClass}`),
  ];
}

function refuseTwins(rules: readonly LifecycleRule[]): void {
  const ids = new Set<string>();
  for (const { id } of rules) {
    if (ids.has(id))
      throw invalidArgument('ID', id, 'Rule ID must be unique. Same ID is found for more than one rule.');
    ids.add(id);
  }
}

/** Vendor rule: the same action may stand once for any prefix, unless tags tell the rules apart. */
function refuseOverlap(rules: readonly LifecycleRule[]): void {
  const seen = new Map<string, string[]>();
  for (const rule of rules) {
    const tags = rule.tags.map(({ key, value }) => `${key}=${value}`).sort();
    for (const action of actionsOf(rule)) {
      const group = JSON.stringify([action, tags]);
      const prefixes = seen.get(group) ?? [];
      const other = prefixes.find((prefix) => prefix.startsWith(rule.prefix) || rule.prefix.startsWith(prefix));
      if (other !== undefined) {
        // To the letter; which prefixes they are stands in elements of their own.
        throw new OssError('InvalidArgument', {
          message: `Overlap for same action type ${action}`,
          elements: { ArgumentName: 'Prefix', ArgumentValue: rule.prefix, OverlappedPrefix: other },
        });
      }
      seen.set(group, [...prefixes, rule.prefix]);
    }
  }
}

const date = (ms: number): string => new Date(ms).toISOString();
const writeAge = (age: LifecycleAge) =>
  'days' in age ? { Days: age.days } : { CreatedBeforeDate: date(age.madeBeforeMs) };

function writeTransition({ storageClass, access }: LifecycleTransition) {
  return {
    StorageClass: storageClass,
    ...(access && {
      IsAccessTime: true,
      ReturnToStdWhenVisit: access.returnOnVisit ?? false,
      ...(access.smallToo !== undefined && { AllowSmallFile: access.smallToo }),
    }),
  };
}

function writeExpiration(expiration: NonNullable<LifecycleRule['expiration']>) {
  if ('onMs' in expiration) return { Date: date(expiration.onMs) };
  if ('lonelyMarkers' in expiration) return { ExpiredObjectDeleteMarker: expiration.lonelyMarkers };
  return writeAge(expiration);
}

function writeRule(rule: LifecycleRule): Rule {
  const { filter, expiration, abortUploads, olderExpiration, accessBaseMs } = rule;
  return {
    ID: rule.id,
    Prefix: rule.prefix,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Tag: rule.tags.map(({ key, value }) => ({ Key: key, Value: value })),
    ...(filter && {
      Filter: {
        ObjectSizeGreaterThan: filter.largerThan,
        ObjectSizeLessThan: filter.smallerThan,
        Not: filter.not.map(({ prefix, tag }) => ({
          Prefix: prefix,
          ...(tag && { Tag: { Key: tag.key, Value: tag.value } }),
        })),
      },
    }),
    ...(expiration && { Expiration: writeExpiration(expiration) }),
    Transition: rule.transitions.map((one) => ({ ...writeAge(one.age), ...writeTransition(one) })),
    ...(abortUploads && { AbortMultipartUpload: writeAge(abortUploads) }),
    ...(olderExpiration && { NoncurrentVersionExpiration: { NoncurrentDays: olderExpiration.days } }),
    NoncurrentVersionTransition: rule.olderTransitions.map((one) => ({
      NoncurrentDays: 'days' in one.age ? one.age.days : 0,
      ...writeTransition(one),
    })),
    ...(accessBaseMs !== undefined && { AtimeBase: Math.floor(accessBaseMs / 1000) }),
  };
}
