import type { VersionKeeping } from '../domain/objects/version-lock.ts';
import { wholeSecond } from '../domain/objects/version-lock.ts';
import type { ObjectTraits, VersionLock } from '../domain/ports/object-records.ts';
import type { BucketCall } from './call.ts';
import { invalidArgument } from './oss-error.ts';

/** The vendor's words for how firm a lock is. */
const MODES = { loose: 'GOVERNANCE', firm: 'COMPLIANCE' } as const;
export type WormMode = (typeof MODES)[VersionLock['mode']];

export const readMode = (mode: WormMode): VersionLock['mode'] => (mode === 'GOVERNANCE' ? 'loose' : 'firm');
export const writeMode = (mode: VersionLock['mode']): WormMode => MODES[mode];

interface KeepingInput {
  key: string;
  wormMode?: WormMode | undefined;
  wormUntil?: number | undefined;
  legalHold?: 'ON' | 'OFF' | undefined;
}

/** How a write asks for its version to be kept, if the principal may ask for that. */
export async function authorizeKeeping(
  { key, wormMode, wormUntil, legalHold }: KeepingInput,
  { access, principal, bucket }: BucketCall,
): Promise<VersionKeeping | undefined> {
  if (wormMode === undefined && wormUntil === undefined && legalHold === undefined) return undefined;
  const keeping: VersionKeeping = {};
  if (wormMode !== undefined || wormUntil !== undefined) {
    if (wormMode === undefined || wormUntil === undefined) {
      const message = 'x-oss-object-worm-mode and x-oss-object-worm-retain-until-date go together.';
      throw invalidArgument('x-oss-object-worm-mode', wormMode ?? '', message);
    }
    await access.require(principal, 'oss:PutObjectRetention', { bucket, key });
    keeping.lock = { mode: readMode(wormMode), untilMs: wholeSecond(wormUntil) };
  }
  if (legalHold !== undefined) {
    await access.require(principal, 'oss:PutObjectLegalHold', { bucket, key });
    keeping.held = legalHold === 'ON';
  }
  return keeping;
}

/** Whether a request that wants to look past loose locks of these versions may. */
export async function authorizeBypass(
  wanted: boolean | undefined,
  versions: readonly { key: string; versionId?: string | undefined }[],
  { access, principal, bucket }: BucketCall,
): Promise<boolean> {
  if (!wanted) return false;
  for (const { key, versionId } of versions) {
    await access.require(principal, 'oss:BypassGovernanceRetention', { bucket, key, versionId });
  }
  return true;
}

/** How answers tell it. */
export const keepingFacts = ({ lock, held }: Pick<ObjectTraits, 'lock' | 'held'>) => ({
  wormMode: lock && writeMode(lock.mode),
  wormUntil: lock?.untilMs,
  legalHold: held ? ('ON' as const) : undefined,
});
