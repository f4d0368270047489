import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessagingSettings } from '../ports/identity-records.ts';
import type { RecordStore, Transaction } from '../ports/record-store.ts';

/** As many as one request may name. */
const MOST_NETWORKS = 100;

async function changeMessagingSettings(
  tx: Transaction,
  input: { accountId: string; changes: MessagingSettings },
): Promise<void> {
  const before = await tx.accounts.get(input.accountId, 'messaging');
  await tx.accounts.put(input.accountId, 'messaging', { ...before, ...input.changes });
}

/** Those that are among the networks already stay as they are, and what is not among them need not be taken away. */
async function changePublicReach(
  tx: Transaction,
  input: { accountId: string; open?: boolean; added?: string[]; removed?: string[]; nowMs: number },
): Promise<void> {
  const { accountId, added = [], removed = [], nowMs } = input;
  const before = await tx.accounts.get(accountId, 'messaging');
  const { open, networks } = before?.publicly ?? { open: true, networks: [] };
  const known = new Set(networks.map(({ network }) => network));
  const more = [...new Set(added)].filter((network) => !known.has(network));
  const publicly = {
    open: input.open ?? open,
    networks: [
      ...networks.filter(({ network }) => !removed.includes(network)),
      ...more.map((network) => ({ network, addedMs: nowMs })),
    ],
  };
  if (publicly.networks.length > MOST_NETWORKS) {
    throw new DomainError('InvalidArgument', {
      name: 'CidrList',
      value: `${publicly.networks.length} networks`,
      reason: `An account can have ${MOST_NETWORKS} networks at most: take some away, or name larger ones.`,
    });
  }
  await tx.accounts.put(accountId, 'messaging', { ...before, publicly });
}

export const messagingAccountCommands = { changeMessagingSettings, changePublicReach };

/** What accounts have set about messages as a whole. */
export class MessagingAccounts {
  #records: RecordStore;
  #clock: Clock;
  constructor({ records, clock }: { records: RecordStore; clock: Clock }) {
    this.#records = records;
    this.#clock = clock;
  }

  async describe(accountId: string): Promise<MessagingSettings> {
    return (await this.#records.reads.accounts.get(accountId, 'messaging')) ?? {};
  }

  /** What is left out keeps its value. */
  change(accountId: string, changes: MessagingSettings): Promise<void> {
    return this.#records.transact('changeMessagingSettings', { accountId, changes });
  }

  openToPublic(accountId: string, open: boolean): Promise<void> {
    return this.#records.transact('changePublicReach', { accountId, open, nowMs: this.#clock.now() });
  }

  /** Once there are networks, nobody from outside of them gets in. */
  changeNetworks(accountId: string, changes: { added?: string[]; removed?: string[] }): Promise<void> {
    return this.#records.transact('changePublicReach', { accountId, ...changes, nowMs: this.#clock.now() });
  }
}
