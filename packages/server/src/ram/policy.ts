import { ramOperations, type WirePolicy, type WirePolicyVersion } from '@millrace/protocol/ram';
import { RpcError } from '@millrace/protocol/rpc';
import { type SystemPolicy, systemPolicies, systemPolicy } from '../domain/access/policy/system-policies.ts';
import { DomainError } from '../domain/errors.ts';
import type { IdentityRow, PolicyVersionRow } from '../domain/ports/identity-records.ts';
import { handle } from '../rpc/product.ts';
import { pageEnd, pageQuery, wireTime } from './listing.ts';
import type { RamServices } from './product.ts';

/** The system's policies have been there since this day of the vendor's, in one version. */
const SYSTEM_DATE = '2015-06-01T00:00:00Z';

export const customPolicy = ({ name, createdMs, modifiedMs, about }: IdentityRow<'policy'>): WirePolicy => ({
  PolicyName: name,
  PolicyType: 'Custom',
  Description: about.description,
  DefaultVersion: `v${about.defaultVersion}`,
  CreateDate: wireTime(createdMs),
  UpdateDate: wireTime(modifiedMs),
});

export const wireSystemPolicy = ({ name, description }: SystemPolicy): WirePolicy => ({
  PolicyName: name,
  PolicyType: 'System',
  Description: description,
  DefaultVersion: 'v1',
  CreateDate: SYSTEM_DATE,
  UpdateDate: SYSTEM_DATE,
});

const systemVersion = ({ document }: SystemPolicy): WirePolicyVersion => ({
  VersionId: 'v1',
  IsDefaultVersion: true,
  PolicyDocument: document,
  CreateDate: SYSTEM_DATE,
});

const customVersion = ({ number, document, createdMs }: PolicyVersionRow, isDefault: boolean): WirePolicyVersion => ({
  VersionId: `v${number}`,
  IsDefaultVersion: isDefault,
  PolicyDocument: document,
  CreateDate: wireTime(createdMs),
});

function systemNamed(name: string): SystemPolicy {
  const policy = systemPolicy(name);
  if (policy === undefined) throw new DomainError('EntityMissing', { entity: 'policy', name });
  return policy;
}

function versionNumber(id: string): number {
  const [, digits] = /^v(\d{1,9})$/.exec(id) ?? [];
  if (digits === undefined) throw new RpcError('InvalidParameter.VersionId', 'The VersionId must be like v1.');
  return Number(digits);
}

export function policyHandlers({ identities }: RamServices) {
  const holders = async (accountId: string, type: 'System' | 'Custom', name: string): Promise<number> =>
    (await identities.holdersOf(accountId, type, name)).length;

  return {
    createPolicy: handle(ramOperations.createPolicy, async (input, { principal: { accountId } }) => {
      const of = { accountId, name: input.PolicyName };
      return { Policy: customPolicy(await identities.createPolicy(of, input.PolicyDocument, input.Description ?? '')) };
    }),

    getPolicy: handle(ramOperations.getPolicy, async (input, { principal: { accountId } }) => {
      const { PolicyName: name, PolicyType: type } = input;
      const AttachmentCount = await holders(accountId, type, name);
      if (type === 'System') {
        const policy = systemNamed(name);
        return {
          Policy: { ...wireSystemPolicy(policy), PolicyDocument: policy.document, AttachmentCount },
          DefaultPolicyVersion: systemVersion(policy),
        };
      }
      const row = await identities.get('policy', { accountId, name });
      const version = await identities.policyVersion({ accountId, name }, row.about.defaultVersion);
      return {
        Policy: { ...customPolicy(row), PolicyDocument: version.document, AttachmentCount },
        DefaultPolicyVersion: customVersion(version, true),
      };
    }),

    updatePolicyDescription: handle(
      ramOperations.updatePolicyDescription,
      async (input, { principal: { accountId } }) => {
        const of = { accountId, name: input.PolicyName };
        const row = await identities.change('policy', of, { about: { description: input.NewDescription ?? '' } });
        return { Policy: customPolicy(row) };
      },
    ),

    deletePolicy: handle(ramOperations.deletePolicy, async (input, { principal: { accountId } }) => {
      const of = { accountId, name: input.PolicyName };
      if (input.CascadingDelete) await identities.removePolicyEverywhere(of);
      else await identities.remove('policy', of);
      return {};
    }),

    listPolicies: handle(ramOperations.listPolicies, async (input, { principal: { accountId } }) => {
      const { PolicyType: type } = input;
      const page = pageQuery(input);
      const { rows, next } =
        type === 'System' ? { rows: [], next: undefined } : await identities.list('policy', { accountId, ...page });
      // Those of the system come first, with the first page.
      const system = type === 'Custom' || page.after > 0 ? [] : systemPolicies.map(wireSystemPolicy);
      const listed = [...system, ...rows.map(customPolicy)];
      const policies = await Promise.all(
        listed.map(async (policy) => ({
          ...policy,
          AttachmentCount: await holders(accountId, policy.PolicyType, policy.PolicyName),
        })),
      );
      return { ...pageEnd(next), Policies: { Policy: policies } };
    }),

    createPolicyVersion: handle(ramOperations.createPolicyVersion, async (input, { principal: { accountId } }) => {
      const version = await identities.createPolicyVersion(
        { accountId, name: input.PolicyName },
        {
          document: input.PolicyDocument,
          asDefault: input.SetAsDefault ?? false,
          rotate: input.RotateStrategy === 'DeleteOldestNonDefaultVersionWhenLimitExceeded',
        },
      );
      return { PolicyVersion: customVersion(version, version.isDefault) };
    }),

    getPolicyVersion: handle(ramOperations.getPolicyVersion, async (input, { principal: { accountId } }) => {
      const { PolicyName: name } = input;
      const number = versionNumber(input.VersionId);
      if (input.PolicyType === 'System') {
        const policy = systemNamed(name);
        if (number === 1) return { PolicyVersion: systemVersion(policy) };
        throw new DomainError('EntityMissing', { entity: 'policy version', name: input.VersionId });
      }
      const { about } = await identities.get('policy', { accountId, name });
      const version = await identities.policyVersion({ accountId, name }, number);
      return { PolicyVersion: customVersion(version, number === about.defaultVersion) };
    }),

    listPolicyVersions: handle(ramOperations.listPolicyVersions, async (input, { principal: { accountId } }) => {
      const { PolicyName: name } = input;
      if (input.PolicyType === 'System') {
        return { PolicyVersions: { PolicyVersion: [systemVersion(systemNamed(name))] } };
      }
      const { about } = await identities.get('policy', { accountId, name });
      const versions = await identities.policyVersions({ accountId, name });
      const listed = versions.map((version) => customVersion(version, version.number === about.defaultVersion));
      return { PolicyVersions: { PolicyVersion: listed } };
    }),

    deletePolicyVersion: handle(ramOperations.deletePolicyVersion, async (input, { principal: { accountId } }) => {
      await identities.deletePolicyVersion({ accountId, name: input.PolicyName }, versionNumber(input.VersionId));
      return {};
    }),

    setDefaultPolicyVersion: handle(
      ramOperations.setDefaultPolicyVersion,
      async (input, { principal: { accountId } }) => {
        await identities.setDefaultPolicyVersion({ accountId, name: input.PolicyName }, versionNumber(input.VersionId));
        return {};
      },
    ),
  };
}
