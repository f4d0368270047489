import { fitsPattern } from './wildcard.ts';

/** From which pages a bucket's objects may be linked to. Entries are beginnings of addresses, with `*` and `?`. */
export interface RefererSetting {
  allowEmpty: boolean;
  /** What follows the `?` of the referring address does not count. */
  truncateQuery: boolean;
  /** Nor does the path. */
  truncatePath: boolean;
  /** Empty lets every page in that is not refused. */
  allowed: string[];
  refused: string[];
}

/** What a bucket has that was never given another. */
export const defaultReferer: RefererSetting = {
  allowEmpty: true,
  truncateQuery: true,
  truncatePath: false,
  allowed: [],
  refused: [],
};

/**
 * Whether a request with this `Referer` may read. Vendor's order: an empty one first (refused only when there is a list of
 * those that may), then the refused, then the allowed.
 */
export function refererMayRead(setting: RefererSetting, referer: string): boolean {
  const { allowEmpty, allowed, refused } = setting;
  if (referer === '') return allowEmpty || allowed.length === 0;
  const address = truncated(referer, setting).toLowerCase();
  // "URLs that start with www.example.com": an entry is the beginning of an address.
  const fits = (entry: string): boolean => fitsPattern(`${entry.toLowerCase()}*`, address);
  if (refused.some(fits)) return false;
  return allowed.length === 0 || allowed.some(fits);
}

function truncated(referer: string, { truncateQuery, truncatePath }: RefererSetting): string {
  if (truncatePath) return /^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*/i.exec(referer)?.[0].concat('/') ?? referer;
  return truncateQuery ? (referer.split('?', 1)[0] ?? referer) : referer;
}
