import { DomainError } from '../errors.ts';
import type { ObjectTraits, VersionLock } from '../ports/object-records.ts';
import { DAY_MS } from './restoration.ts';

/** How new versions of a bucket are locked whose writers do not say. */
export interface LockSetting {
  standard?: { mode: VersionLock['mode'] } & ({ days: number } | { years: number });
}

/** What a writer may say of how a version is kept. */
export interface VersionKeeping {
  lock?: VersionLock | undefined;
  held?: boolean | undefined;
}

/** As long as the retention of a bucket. */
const MAX_LOCKED_DAYS = 25_550;

const DAYS_OF_YEAR = 365;

/** As an object has it: not at all, rather than undefined. */
export const keepingTraits = ({ lock, held }: VersionKeeping): Pick<ObjectTraits, 'lock' | 'held'> => ({
  ...(lock && { lock }),
  ...(held && { held }),
});

export function standardLock({ standard }: LockSetting, fromMs: number): VersionLock | undefined {
  if (!standard) return undefined;
  const days = 'days' in standard ? standard.days : standard.years * DAYS_OF_YEAR;
  return { mode: standard.mode, untilMs: wholeSecond(fromMs + days * DAY_MS) };
}

/** The next one: clients are told seconds, and a version must not go before what they were told. */
export const wholeSecond = (ms: number): number => Math.ceil(ms / 1000) * 1000;

export function checkLock({ untilMs }: VersionLock, nowMs: number): void {
  if (untilMs > nowMs && untilMs <= nowMs + MAX_LOCKED_DAYS * DAY_MS) return;
  throw new DomainError('InvalidArgument', {
    name: 'RetainUntilDate',
    value: new Date(untilMs).toISOString(),
    reason: `The date must be in the future, within ${MAX_LOCKED_DAYS} days.`,
  });
}

export function checkStandardLock({ standard }: LockSetting): void {
  if (!standard) return;
  const [name, value, days] =
    'days' in standard
      ? ['Days', standard.days, standard.days]
      : ['Years', standard.years, standard.years * DAYS_OF_YEAR];
  if (days >= 1 && days <= MAX_LOCKED_DAYS) return;
  const reason = `The retention must last for 1 to ${MAX_LOCKED_DAYS} days.`;
  throw new DomainError('InvalidArgument', { name: String(name), value: String(value), reason });
}

/** What keeps a version from being removed; undefined when nothing does. `bypass` looks past a loose lock. */
export function keeperOf(
  traits: ObjectTraits | null | undefined,
  nowMs: number,
  bypass = false,
): { untilMs?: number } | undefined {
  if (traits?.held) return {};
  const lock = traits?.lock;
  if (!lock || lock.untilMs <= nowMs || (bypass && lock.mode === 'loose')) return undefined;
  return { untilMs: lock.untilMs };
}

/** Throws `VersionLocked` where a lock that still holds would become weaker. `bypass` lets a loose one. */
export function checkNotWeaker(key: string, traits: ObjectTraits, next: VersionLock, nowMs: number, bypass: boolean) {
  const { lock } = traits;
  if (!lock || lock.untilMs <= nowMs || (bypass && lock.mode === 'loose')) return;
  const weaker = next.untilMs < lock.untilMs || (lock.mode === 'firm' && next.mode === 'loose');
  if (weaker) throw new DomainError('VersionLocked', { key, untilMs: lock.untilMs });
}
