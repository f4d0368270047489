import type { ConditionContext } from './condition.ts';
import type { Policy, Statement } from './document.ts';
import type { ResourceName } from './resource-name.ts';

/** What is to be decided about. */
export interface AccessQuestion {
  action: string;
  resource: ResourceName;
  /** The names that the caller goes by in policies that say who is meant; empty for nobody known. */
  caller: readonly string[];
  context: ConditionContext;
}

/** Every policy that has a say, each list possibly empty. */
export interface Policies {
  /** Limits a role session: it must allow, too. Absent: nothing limits. */
  session?: Policy | undefined;
  /** Of the user and its groups, or of the role. */
  identity: readonly Policy[];
  /** Of what is touched. */
  resource: readonly Policy[];
  /** Statements of resource policies that allow something to everybody do not count. */
  publicBlocked?: boolean | undefined;
}

/** One statement, and where it stands. */
export interface DecidingStatement {
  policy: Policy;
  statement: Statement;
}

/**
 * `deny`: a statement says no, and nothing outweighs that. `limited`: the session's policy does not allow it. `allow`:
 * some statement says yes. `none`: nothing was said.
 */
export type Decision =
  | { outcome: 'deny' | 'allow'; by: DecidingStatement }
  | { outcome: 'limited' | 'none'; by?: undefined };

/** What policies say about one request: a function of its arguments and of nothing else. */
export function decide(policies: Policies, question: AccessQuestion): Decision {
  const { session, identity, resource } = policies;
  const all = [...(session ? [session] : []), ...identity, ...resource];
  const denying = first(all, 'Deny', question);
  if (denying) return { outcome: 'deny', by: denying };
  if (session && !first([session], 'Allow', question)) return { outcome: 'limited' };
  const allowing = first([...identity, ...resource], 'Allow', question, policies.publicBlocked);
  return allowing ? { outcome: 'allow', by: allowing } : { outcome: 'none' };
}

function first(
  policies: readonly Policy[],
  effect: Statement['effect'],
  question: AccessQuestion,
  publicBlocked = false,
): DecidingStatement | undefined {
  for (const policy of policies) {
    for (const statement of policy.statements) {
      if (statement.effect !== effect || (publicBlocked && statement.isPublic)) continue;
      if (applies(statement, question)) return { policy, statement };
    }
  }
  return undefined;
}

export function applies(statement: Statement, { action, resource, caller, context }: AccessQuestion): boolean {
  return (
    statement.coversAction(action) &&
    statement.coversResource(resource) &&
    statement.coversCaller(caller) &&
    statement.conditions.every((condition) => condition.holds(context))
  );
}
