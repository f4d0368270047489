import type { StorageClass } from '../ports/object-records.ts';
import type { Tag } from '../settings/bucket-settings.ts';
import { DAY_MS } from './restoration.ts';

/** When a rule acts: so many days after a moment of the object's own, or on whatever was made before a date. */
export type LifecycleAge = { days: number } | { madeBeforeMs: number };

export interface LifecycleTransition {
  age: LifecycleAge;
  storageClass: StorageClass;
  /** Counted from the last read instead of the last write; what is read goes back, and what is small moves too, as they say. */
  access?: { returnOnVisit?: boolean; smallToo?: boolean };
}

export interface LifecycleRule {
  id: string;
  enabled: boolean;
  prefix: string;
  tags: Tag[];
  filter?: { largerThan?: number; smallerThan?: number; not: { prefix: string; tag?: Tag }[] };
  /** `onMs`: from that day on, whatever there is. `lonelyMarkers`: delete markers that hide nothing any more. */
  expiration?: LifecycleAge | { onMs: number } | { lonelyMarkers: boolean };
  transitions: LifecycleTransition[];
  abortUploads?: LifecycleAge;
  olderExpiration?: { days: number };
  olderTransitions: LifecycleTransition[];
  /** Where reads count: since when they are taken notice of. */
  accessBaseMs?: number;
}

/** What a rule looks at. */
export interface LifecycleFacts {
  key: string;
  size: number;
  tags: Readonly<Record<string, string>>;
  storageClass: StorageClass;
  lastModifiedMs: number;
  accessedMs?: number | undefined;
}

export type LifecycleAction = { type: 'expire' } | { type: 'move'; storageClass: StorageClass };

/** "Objects smaller than 64 KB", which a rule that counts reads may leave where they are. */
const SMALL_BYTES = 64 * 1024;

const COLDNESS: readonly StorageClass[] = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];

/** Vendor's rule: days are counted to the end of the day (UTC) that they end in. */
const afterDays = (fromMs: number, days: number): number => Math.ceil((fromMs + days * DAY_MS) / DAY_MS) * DAY_MS;

/** From when on something of that age is due. */
function dueMs(age: LifecycleAge | { onMs: number }, fromMs: number): number {
  if ('onMs' in age) return age.onMs;
  if ('days' in age) return afterDays(fromMs, age.days);
  return fromMs < age.madeBeforeMs ? 0 : Number.POSITIVE_INFINITY;
}

function meant(rule: LifecycleRule, { key, size, tags }: Pick<LifecycleFacts, 'key' | 'size' | 'tags'>): boolean {
  const tagged = (tag: Tag): boolean => Object.hasOwn(tags, tag.key) && tags[tag.key] === tag.value;
  if (!rule.enabled || !key.startsWith(rule.prefix) || !rule.tags.every(tagged)) return false;
  const { largerThan = -1, smallerThan = Number.POSITIVE_INFINITY, not = [] } = rule.filter ?? {};
  if (size <= largerThan || size >= smallerThan) return false;
  return !not.some(({ prefix, tag }) => key.startsWith(prefix) && (tag === undefined || tagged(tag)));
}

/** What is to be done with the current object of a key. Expiring goes before moving, and the coldest class wins. */
export function currentAction(
  rules: readonly LifecycleRule[],
  facts: LifecycleFacts,
  nowMs: number,
): LifecycleAction | undefined {
  const expiry = expiryOf(rules, facts);
  if (expiry && expiry.atMs <= nowMs) return { type: 'expire' };
  const from = facts.lastModifiedMs;
  return moveOf(
    rules.filter((rule) => meant(rule, facts)).flatMap((rule) => rule.transitions.map((one) => ({ ...one, rule }))),
    facts,
    from,
    nowMs,
  );
}

/** The same for a version that another took the place of at `supersededMs`. */
export function olderAction(
  rules: readonly LifecycleRule[],
  facts: LifecycleFacts,
  supersededMs: number,
  nowMs: number,
): LifecycleAction | undefined {
  const meaning = rules.filter((rule) => meant(rule, facts));
  if (meaning.some(({ olderExpiration: age }) => age && dueMs(age, supersededMs) <= nowMs)) return { type: 'expire' };
  return moveOf(
    meaning.flatMap((rule) => rule.olderTransitions.map((one) => ({ ...one, rule }))),
    facts,
    supersededMs,
    nowMs,
  );
}

/** When the current object of a key will expire, and by which rule. */
export function expiryOf(
  rules: readonly LifecycleRule[],
  facts: Omit<LifecycleFacts, 'storageClass'>,
): { ruleId: string; atMs: number } | undefined {
  let first: { ruleId: string; atMs: number } | undefined;
  for (const rule of rules) {
    const age = rule.expiration;
    if (!age || 'lonelyMarkers' in age || !meant(rule, facts)) continue;
    const atMs = dueMs(age, facts.lastModifiedMs);
    if (Number.isFinite(atMs) && (!first || atMs < first.atMs)) first = { ruleId: rule.id, atMs };
  }
  return first;
}

/** Whether a delete marker that hides nothing is to go. Sizes and tags say nothing about it. */
export function removesLonelyMarker(rules: readonly LifecycleRule[], key: string): boolean {
  return rules.some(({ enabled, prefix, expiration }) => {
    const wanted = expiration && 'lonelyMarkers' in expiration && expiration.lonelyMarkers;
    return enabled && wanted && key.startsWith(prefix);
  });
}

export function abortsUpload(
  rules: readonly LifecycleRule[],
  { key, initiatedMs }: { key: string; initiatedMs: number },
  nowMs: number,
): boolean {
  return rules.some(
    ({ enabled, prefix, abortUploads: age }) =>
      enabled && age !== undefined && key.startsWith(prefix) && dueMs(age, initiatedMs) <= nowMs,
  );
}

/** Whether a rule has moved what is read now until somebody would read it. */
export function returnsOnVisit(rules: readonly LifecycleRule[], facts: LifecycleFacts, isCurrent: boolean): boolean {
  // Colder objects cannot be read.
  if (facts.storageClass !== 'IA') return false;
  return rules.some((rule) => {
    const transitions = isCurrent ? rule.transitions : rule.olderTransitions;
    return (
      meant(rule, facts) &&
      transitions.some(({ storageClass, access }) => storageClass === 'IA' && access?.returnOnVisit)
    );
  });
}

export const countsReads = ({ transitions, olderTransitions }: LifecycleRule): boolean =>
  [...transitions, ...olderTransitions].some(({ access }) => access !== undefined);

function moveOf(
  transitions: readonly (LifecycleTransition & { rule: LifecycleRule })[],
  facts: LifecycleFacts,
  fromMs: number,
  nowMs: number,
): LifecycleAction | undefined {
  let coldest = COLDNESS.indexOf(facts.storageClass);
  let target: StorageClass | undefined;
  for (const { age, storageClass, access, rule } of transitions) {
    const coldness = COLDNESS.indexOf(storageClass);
    if (access?.smallToo === false && facts.size < SMALL_BYTES) continue;
    const countedMs = access
      ? Math.max(fromMs, facts.lastModifiedMs, rule.accessBaseMs ?? 0, facts.accessedMs ?? 0)
      : fromMs;
    if (coldness <= coldest || dueMs(age, countedMs) > nowMs) continue;
    coldest = coldness;
    target = storageClass;
  }
  return target && { type: 'move', storageClass: target };
}
