/** Objects that stay as they are: an existing one whose key fits is not replaced. */
export interface OverwriteRule {
  id: string;
  prefix: string;
  suffix: string;
  /** Whom the rule holds for; empty for everybody. */
  principals: string[];
}

/** Whether some rule keeps whoever goes by these names, or by none, from replacing an object of this key. */
export function forbidsOverwrite(
  rules: readonly OverwriteRule[] | undefined,
  key: string,
  caller: readonly string[],
): boolean {
  if (rules === undefined) return false;
  return rules.some(
    ({ prefix, suffix, principals }) =>
      key.startsWith(prefix) && key.endsWith(suffix) && (principals.length === 0 || names(principals, caller)),
  );
}

function names(principals: readonly string[], caller: readonly string[]): boolean {
  return principals.includes('*') || caller.some((name) => principals.includes(name));
}
