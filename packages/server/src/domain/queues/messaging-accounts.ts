import type { MessagingSettings } from '../ports/identity-records.ts';
import type { RecordStore, Transaction } from '../ports/record-store.ts';

async function changeMessagingSettings(
  tx: Transaction,
  input: { accountId: string; changes: MessagingSettings },
): Promise<void> {
  const before = await tx.accounts.get(input.accountId, 'messaging');
  await tx.accounts.put(input.accountId, 'messaging', { ...before, ...input.changes });
}

export const messagingAccountCommands = { changeMessagingSettings };

/** What accounts have set about messages as a whole. */
export class MessagingAccounts {
  #records: RecordStore;
  constructor(records: RecordStore) {
    this.#records = records;
  }

  async describe(accountId: string): Promise<MessagingSettings> {
    return (await this.#records.reads.accounts.get(accountId, 'messaging')) ?? {};
  }

  /** What is left out keeps its value. */
  change(accountId: string, changes: MessagingSettings): Promise<void> {
    return this.#records.transact('changeMessagingSettings', { accountId, changes });
  }
}
