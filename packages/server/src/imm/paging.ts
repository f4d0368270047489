import { RpcError } from '@millrace/protocol/rpc';

/** How many were asked for; 0 and nothing mean `usual`. */
export function pageSize(given: number | undefined, name: string, most: number, usual = 100): number {
  if (given === undefined || given === 0) return usual;
  if (given > 0 && given <= most) return given;
  throw new RpcError(`InvalidParameter.${name}`, `Specified parameter ${name} is not valid: it is 1 to ${most}.`);
}

/** One more than fits tells that there is a next page. */
export function pageOf<T>(
  found: readonly T[],
  limit: number,
  markOf: (last: T) => string,
): { page: T[]; next: string } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, next: found.length > limit && last !== undefined ? markOf(last) : '' };
}
