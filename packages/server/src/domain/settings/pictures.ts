/** How pictures of a bucket are asked for by style, and whether strangers see their sources. */
export interface PictureSetting {
  /** What may stand between a key and the name of a style. */
  delimiters: string[];
  /** Keys that end in one of these (`jpg`; `*` for all) are shown to strangers by style only. Absent, none is. */
  protectedSuffixes?: string[];
  /** Of clients of the vendor's older picture service; kept for those who ask. */
  compliedHost?: string;
  atProcess?: 'Enabled' | 'Disabled';
}

/** The key and the style in `KEY!style`, split at the last separator; undefined where there is none. */
export function styleOfKey(key: string, delimiters: readonly string[]): { key: string; style: string } | undefined {
  const at = Math.max(...delimiters.map((delimiter) => key.lastIndexOf(delimiter)), -1);
  if (at < 1 || at === key.length - 1) return undefined;
  return { key: key.slice(0, at), style: key.slice(at + 1) };
}

export function isProtected(key: string, { protectedSuffixes = [] }: PictureSetting): boolean {
  const lower = key.toLowerCase();
  return protectedSuffixes.some(
    (suffix) => suffix === '*' || lower.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`),
  );
}
