import { MnsError } from '@millrace/protocol/mns';
import type { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import { isAmong, isPublicAddress } from '../http/networks.ts';

/**
 * Refuses clients from the internet where their account is closed to it, or open to some networks only. Private networks
 * are what the vendor's internal endpoint is reached from, which cannot be closed.
 */
export async function requireReach(
  account: MessagingAccounts,
  accountId: string,
  address: string | undefined,
): Promise<void> {
  if (address === undefined || !isPublicAddress(address)) return;
  const { publicly } = await account.describe(accountId);
  if (publicly === undefined) return;
  const networks = publicly.networks.map(({ network }) => network);
  if (publicly.open && (networks.length === 0 || isAmong(networks, address))) return;
  throw new MnsError('AccessDenied', `The account does not let requests in from ${address}: see its public endpoint.`);
}
