import * as account from './account.ts';
import { changeMessageVisibility } from './change-message-visibility.ts';
import { batchDeleteMessage, deleteMessage } from './delete-message.ts';
import type { Operation } from './operation.ts';
import { batchPeekMessage, peekMessage } from './peek-message.ts';
import { publishMessage } from './publish-message.ts';
import * as queue from './queue.ts';
import { batchReceiveMessage, receiveMessage } from './receive-message.ts';
import { batchSendMessage, sendMessage } from './send-message.ts';
import * as subscription from './subscription.ts';
import * as topic from './topic.ts';

/** The closed list of what the wire knows, done or not. */
export const operations: readonly Operation[] = [
  queue.createQueue,
  queue.setQueueAttributes,
  queue.getQueueAttributes,
  queue.deleteQueue,
  queue.listQueue,
  sendMessage,
  batchSendMessage,
  receiveMessage,
  batchReceiveMessage,
  peekMessage,
  batchPeekMessage,
  deleteMessage,
  batchDeleteMessage,
  changeMessageVisibility,
  topic.createTopic,
  topic.setTopicAttributes,
  topic.getTopicAttributes,
  topic.deleteTopic,
  topic.listTopic,
  publishMessage,
  subscription.subscribe,
  subscription.setSubscriptionAttributes,
  subscription.getSubscriptionAttributes,
  subscription.unsubscribe,
  subscription.listSubscriptionByTopic,
  account.getAccountAttributes,
  account.setAccountAttributes,
  account.getAccountId,
  account.openService,
];

/** What tells operations apart. Two with the same key could never both be reached. */
const keyOf = (operation: Operation): string => {
  const path = operation.path.replace(/\{[^}]*\}/g, '{}');
  const select = Object.entries(operation.select ?? {})
    .sort()
    .map((pair) => pair.join('='))
    .join('&');
  return `${operation.method} ${path}?${select} <${operation.request?.root ?? ''}>`;
};

/** Fails when two operations could not be told apart. */
export function assertDistinct(list: readonly Operation[]): void {
  const seen = new Map<string, string>();
  for (const operation of list) {
    const key = keyOf(operation);
    const other = seen.get(key);
    if (other !== undefined) throw new Error(`${operation.name} and ${other} are both selected by ${key}.`);
    seen.set(key, operation.name);
  }
}

assertDistinct(operations);

/** Taken apart once, not with each request: what is compared when one is looked for. */
const selectable = operations.map((operation) => ({
  operation,
  path: operation.path.split('/').filter((part) => part !== ''),
  select: Object.entries(operation.select ?? {}),
}));

export interface Selected {
  /** More than one when only the root element of the body tells them apart. */
  candidates: Operation[];
  /** Path fields, decoded. */
  path: Record<string, string>;
}

/**
 * The operation that a method, decoded path segments and query (names in lower case) select: of those that fit, the one
 * that asks for most parameters. Undefined when there is none.
 */
export function selectOperation(
  method: string,
  segments: readonly string[],
  query: ReadonlyMap<string, string>,
): Selected | undefined {
  let best: (Selected & { asked: number }) | undefined;
  for (const { operation, path: wanted, select } of selectable) {
    if (operation.method !== method) continue;
    const path = matchPath(wanted, segments);
    if (path === undefined) continue;
    const fits = select.every(([name, wanted]) => {
      const value = query.get(name);
      return value !== undefined && (wanted === '*' || value.toLowerCase() === wanted);
    });
    if (!fits) continue;
    if (best === undefined || select.length > best.asked) {
      best = { candidates: [operation], path, asked: select.length };
    } else if (select.length === best.asked) {
      best.candidates.push(operation);
    }
  }
  return best && { candidates: best.candidates, path: best.path };
}

function matchPath(wanted: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== segments.length) return undefined;
  if (!wanted.every((part, index) => part.startsWith('{') || part === segments[index])) return undefined;
  const values: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith('{')) values[part.slice(1, -1)] = segments[index] ?? '';
  }
  return values;
}
