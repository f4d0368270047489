import type { Denial } from '../domain/access/identity.ts';
import { isDomainError } from '../domain/errors.ts';
import type { Exchange } from './exchange.ts';

const policyTypes: Readonly<Record<Denial['policyType'], string>> = {
  session: 'SessionPolicy',
  identity: 'AccountLevelIdentityBasedPolicy',
  bucket: 'ResourceBasedPolicy',
  trust: 'AssumeRolePolicy',
};

const principalTypes: Readonly<Record<Denial['principalType'], string>> = {
  Account: 'Account',
  User: 'SubUser',
  Role: 'AssumedRoleUser',
  Anonymous: 'Anonymous',
};

export const policyTypeName = (denial: Denial): string => policyTypes[denial.policyType];
export const principalTypeName = (denial: Denial): string => principalTypes[denial.principalType];

/**
 * `AccessDeniedDetail` of the vendor's errors. Which statement decided is told to the account itself; its users get it
 * sealed, for whoever may decode it. Strangers to the account get nothing.
 */
export function accessDeniedDetail(denial: Denial | undefined): Record<string, string> | undefined {
  if (denial?.diagnosis === undefined) return undefined;
  const { by } = denial;
  return {
    AuthAction: denial.action,
    AuthPrincipalType: principalTypeName(denial),
    AuthPrincipalDisplayName: denial.principalId,
    AuthPrincipalOwnerId: denial.accountId,
    PolicyType: policyTypeName(denial),
    NoPermissionType: denial.explicit ? 'ExplicitDeny' : 'ImplicitDeny',
    ...(by && denial.principalType === 'Account' && { MatchedStatement: `${by.policy}, statement ${by.statement}` }),
    EncodedDiagnosticMessage: denial.diagnosis,
  };
}

/** Says in the log who was not let do what, and why. */
export function logDenial(exchange: Exchange, error: unknown): void {
  if (!isDomainError(error, 'AccessDenied') || error.details.denial === undefined) return;
  const { diagnosis: _, ...denial } = error.details.denial;
  exchange.log.info({ operation: exchange.operation, denial }, 'access denied');
}
