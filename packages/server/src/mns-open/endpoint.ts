import { mnsOpenOperations } from '@millrace/protocol/mns-open';
import { RpcError } from '@millrace/protocol/rpc';
import { isNetwork } from '../http/networks.ts';
import { handle } from '../rpc/product.ts';
import { acknowledged, answer, seconds } from './answer.ts';
import type { MnsOpenServices } from './services.ts';

function checkNetworks(networks: readonly string[]): void {
  const wrong = networks.find((network) => !isNetwork(network));
  if (wrong === undefined && networks.length > 0) return;
  throw new RpcError(
    'InvalidParameter.CidrList',
    `CidrList must name networks such as 203.0.113.0/24${wrong === undefined ? '.' : `, not ${wrong.slice(0, 60)}.`}`,
  );
}

export const endpointHandlers = ({ account }: MnsOpenServices) => ({
  enableEndpoint: handle(mnsOpenOperations.enableEndpoint, async (_, { principal: { accountId } }) => {
    await account.openToPublic(accountId, true);
    return acknowledged();
  }),

  disableEndpoint: handle(mnsOpenOperations.disableEndpoint, async (_, { principal: { accountId } }) => {
    await account.openToPublic(accountId, false);
    return acknowledged();
  }),

  getEndpointAttribute: handle(mnsOpenOperations.getEndpointAttribute, async (_, { principal: { accountId } }) => {
    const { publicly } = await account.describe(accountId);
    return answer({
      EndpointEnabled: publicly?.open ?? true,
      CidrList: (publicly?.networks ?? []).map(({ network, addedMs }) => ({
        Cidr: network,
        AclStrategy: 'allow' as const,
        CreateTime: seconds(addedMs),
      })),
    });
  }),

  authorizeEndpointAcl: handle(mnsOpenOperations.authorizeEndpointAcl, async (input, { principal: { accountId } }) => {
    checkNetworks(input.CidrList);
    await account.changeNetworks(accountId, { added: input.CidrList });
    return acknowledged();
  }),

  revokeEndpointAcl: handle(mnsOpenOperations.revokeEndpointAcl, async (input, { principal: { accountId } }) => {
    checkNetworks(input.CidrList);
    await account.changeNetworks(accountId, { removed: input.CidrList });
    return acknowledged();
  }),
});
