/** A bucket shown as a website to those who come without a signature. */
export interface WebsiteSetting {
  index?:
    | {
        /** The page of a folder, such as `index.html`. */
        suffix: string;
        /** Folders below the root have such pages, too. */
        subfolders?: boolean | undefined;
        /** What a missing `a` means where `a/index.html` exists: 0 (the default) the way to it, 1 nothing, 2 that page. */
        missing?: number | undefined;
      }
    | undefined;
  error?: { key: string; status?: number | undefined } | undefined;
  rules?: RoutingRule[] | undefined;
}

/** The first rule, by number, whose condition holds is followed. */
export interface RoutingRule {
  number: number;
  /** All that are given must hold. */
  condition?:
    | {
        prefix?: string | undefined;
        suffix?: string | undefined;
        /** Of the answer that there would be otherwise. */
        status?: number | undefined;
        headers: { name: string; equals?: string | undefined }[];
      }
    | undefined;
  redirect?: RoutingRedirect | undefined;
  /** A script of the vendor's engine; kept, never run. */
  script?: string | undefined;
}

export interface RoutingRedirect {
  type: 'Mirror' | 'External' | 'Internal' | 'AliCDN';
  protocol?: 'http' | 'https' | undefined;
  host?: string | undefined;
  /** Stands in the place of the prefix of the rule's condition. */
  replacePrefix?: string | undefined;
  enableReplacePrefix?: boolean | undefined;
  /** Stands in the place of the key; `${key}` in it is the key. */
  replaceKey?: string | undefined;
  status?: number | undefined;
  passQuery?: boolean | undefined;
  /** How the vendor would fetch what is missing from another site, as it was given. */
  mirror: Readonly<Record<string, unknown>>;
}

/** The page that is meant by a name that stands for a folder; undefined when the name stands for itself. */
export function folderPage({ index }: WebsiteSetting, key: string): string | undefined {
  if (index === undefined || (key !== '' && !key.endsWith('/'))) return undefined;
  return index.subfolders ? key + index.suffix : index.suffix;
}

/**
 * The rule for a request that comes in (`status` undefined: rules that wait for an answer are passed over), or for one
 * that would be answered with `status`.
 */
export function findRoutingRule(
  rules: readonly RoutingRule[] | undefined,
  request: { key: string; headers: Readonly<Record<string, string | undefined>>; status?: number },
): RoutingRule | undefined {
  const { key, headers, status } = request;
  return rules?.find(({ condition }) => {
    if (condition?.status !== status) return false;
    if (!key.startsWith(condition?.prefix ?? '') || !key.endsWith(condition?.suffix ?? '')) return false;
    return (condition?.headers ?? []).every(({ name, equals }) => {
      const value = headers[name.toLowerCase()];
      return equals === undefined ? value !== undefined : value === equals;
    });
  });
}

/** The key that a rule leads to. */
export function routedKey({ condition, redirect }: RoutingRule, key: string): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the vendor's placeholder
  if (redirect?.replaceKey !== undefined) return redirect.replaceKey.replaceAll('${key}', () => key);
  const { replacePrefix, enableReplacePrefix } = redirect ?? {};
  if (replacePrefix === undefined && !enableReplacePrefix) return key;
  return (replacePrefix ?? '') + key.slice(condition?.prefix?.length ?? 0);
}
