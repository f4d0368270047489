/** Objects that stay as they are: an existing one whose key fits is not replaced. */
export interface OverwriteRule {
  id: string;
  prefix: string;
  suffix: string;
  /** Whom the rule holds for; empty for everybody. */
  principals: string[];
}

/** Whether some rule keeps an account, or whoever has none, from replacing an object of this key. */
export function forbidsOverwrite(
  rules: readonly OverwriteRule[] | undefined,
  key: string,
  accountId: string | undefined,
): boolean {
  if (rules === undefined) return false;
  return rules.some(
    ({ prefix, suffix, principals }) =>
      key.startsWith(prefix) && key.endsWith(suffix) && (principals.length === 0 || names(principals, accountId)),
  );
}

function names(principals: readonly string[], accountId: string | undefined): boolean {
  return principals.includes('*') || (accountId !== undefined && principals.includes(accountId));
}
