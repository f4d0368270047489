import { required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';

/** What `EncodedDiagnosticMessage` of a refusal says: which statement of which policy decided. */
export const decodeDiagnosticMessage = rpcOperation<{
  DecodedDiagnosticMessage: {
    AuthAction: string;
    AuthResource: string;
    AuthPrincipal: {
      AuthPrincipalType: string;
      AuthPrincipalDisplayName: string;
      AuthPrincipalOwnerId: string;
    };
    ExplicitDeny: boolean;
    NoPermissionPolicyType: string;
    MatchedPolicies: { Effect: string; PolicyIdentifier: string; PolicyType: string; StatementNumber: number }[];
  };
}>()({
  name: 'DecodeDiagnosticMessage',
  action: 'ram:DecodeDiagnosticMessage',
  input: { EncodedDiagnosticMessage: required(text) },
});
