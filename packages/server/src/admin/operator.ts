import { timingSafeEqual } from 'node:crypto';
import type { AccessService } from '../domain/access/access-service.ts';
import type { KeyRing, Principal } from '../domain/access/principal.ts';
import { isDomainError } from '../domain/errors.ts';

/** What a policy allows to let a user work on the admin port; the account itself may. */
const ACTION = 'millrace:Operate';

/** Who sends a request to the admin port, by HTTP Basic with an access key; undefined when that is nobody who may operate here. */
export async function operatorOf(
  authorization: string | undefined,
  { keys, access }: { keys: KeyRing; access: AccessService },
): Promise<Principal | undefined> {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? [];
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon < 0) return undefined;
  const { key } = await keys.find(pair.slice(0, colon), undefined);
  if (key === undefined || !same(pair.slice(colon + 1), key.secret)) return undefined;
  try {
    await access.require(key.principal, ACTION);
  } catch (error) {
    if (isDomainError(error, 'AccessDenied')) return undefined;
    throw error;
  }
  return key.principal;
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
