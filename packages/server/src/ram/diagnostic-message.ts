import { ramOperations } from '@millrace/protocol/ram';
import { RpcError } from '@millrace/protocol/rpc';
import { policyTypeName, principalTypeName } from '../http/denial.ts';
import { handle, type RpcHandler } from '../rpc/product.ts';
import type { RamServices } from './product.ts';

export const decodeDiagnosticMessageHandler = ({ access }: RamServices): RpcHandler =>
  handle(ramOperations.decodeDiagnosticMessage, async (input, { principal }) => {
    const denial = access.explain(input.EncodedDiagnosticMessage);
    if (denial === undefined || denial.accountId !== principal.accountId) {
      throw new RpcError(
        'InvalidParameter.EncodedDiagnosticMessage',
        'The EncodedDiagnosticMessage must be one of a refusal of this server, to somebody of this account.',
      );
    }
    const type = policyTypeName(denial);
    const { by } = denial;
    return {
      DecodedDiagnosticMessage: {
        AuthAction: denial.action,
        AuthResource: denial.resource,
        AuthPrincipal: {
          AuthPrincipalType: principalTypeName(denial),
          AuthPrincipalDisplayName: denial.principalId,
          AuthPrincipalOwnerId: denial.accountId,
        },
        ExplicitDeny: denial.explicit,
        NoPermissionPolicyType: type,
        MatchedPolicies: by
          ? [{ Effect: 'Deny', PolicyIdentifier: by.policy, PolicyType: type, StatementNumber: by.statement }]
          : [],
      },
    };
  });
