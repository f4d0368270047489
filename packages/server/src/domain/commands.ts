import { identityCommands } from './access/identity-commands.ts';
import { datasetCommands } from './datasets/dataset-commands.ts';
import { eventCommands } from './events/event-commands.ts';
import { ingestionCommands } from './ingestion/ingestion-commands.ts';
import { inventoryCommands } from './inventory/inventory-commands.ts';
import { accessCommands } from './objects/access-commands.ts';
import { objectCommands } from './objects/commands.ts';
import { projectCommands } from './projects/commands.ts';
import { queueCommands } from './queues/commands.ts';
import { messagingAccountCommands } from './queues/messaging-accounts.ts';
import { pushCommands } from './queues/push-commands.ts';
import { topicCommands } from './queues/topic-commands.ts';
import { settingCommands } from './settings/commands.ts';
import { taskCommands } from './tasks/commands.ts';

/**
 * Every change the system can make, by name. A command is `(tx, input) => result`: it runs alone in one transaction,
 * near the database (the writer thread, in embedded mode), so input and result are plain data and it closes over nothing.
 * Time and identities come in the input: a command is a function of its input and the records.
 */
export const commands = {
  ...objectCommands,
  ...accessCommands,
  ...queueCommands,
  ...topicCommands,
  ...pushCommands,
  ...messagingAccountCommands,
  ...taskCommands,
  ...eventCommands,
  ...settingCommands,
  ...identityCommands,
  ...projectCommands,
  ...ingestionCommands,
  ...datasetCommands,
  ...inventoryCommands,
};

export type Commands = typeof commands;
