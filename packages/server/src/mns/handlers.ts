import { accountHandlers } from './account.ts';
import { changeMessageVisibilityHandlers } from './change-message-visibility.ts';
import { deleteMessageHandlers } from './delete-message.ts';
import type { Handler } from './handler.ts';
import { peekMessageHandlers } from './peek-message.ts';
import { publishMessageHandlers } from './publish-message.ts';
import { queueHandlers } from './queue.ts';
import { receiveMessageHandlers } from './receive-message.ts';
import { sendMessageHandlers } from './send-message.ts';
import { subscriptionHandlers } from './subscription.ts';
import { topicHandlers } from './topic.ts';

const list: readonly Handler[] = [
  ...queueHandlers,
  ...sendMessageHandlers,
  ...receiveMessageHandlers,
  ...peekMessageHandlers,
  ...deleteMessageHandlers,
  ...changeMessageVisibilityHandlers,
  ...topicHandlers,
  ...publishMessageHandlers,
  ...subscriptionHandlers,
  ...accountHandlers,
];

/** By operation name. An operation that is declared and not here answers NotImplemented. */
export const handlers: ReadonlyMap<string, Handler> = new Map(
  list.map((handler) => [handler.operation.name, handler] as const),
);
