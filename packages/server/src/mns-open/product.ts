import { type MnsOpenOperations, mnsOpen } from '@millrace/protocol/mns-open';
import { RpcError } from '@millrace/protocol/rpc';
import { isDomainError } from '../domain/errors.ts';
import type { RpcHandler, RpcProduct } from '../rpc/product.ts';
import { accountHandlers } from './account.ts';
import { endpointHandlers } from './endpoint.ts';
import { queueHandlers } from './queue.ts';
import type { MnsOpenServices } from './services.ts';
import { subscriptionHandlers } from './subscription.ts';
import { topicHandlers } from './topic.ts';

/** One for each action declared as served: leaving one out does not compile. */
export function mnsOpenProduct(services: MnsOpenServices): RpcProduct {
  const handlers: Readonly<Record<keyof MnsOpenOperations, RpcHandler>> = {
    ...queueHandlers(services),
    ...topicHandlers(services),
    ...subscriptionHandlers(services),
    ...accountHandlers(services),
    ...endpointHandlers(services),
  };
  return { service: mnsOpen, handlers: Object.values(handlers), refusal };
}

/** By the names that the data plane has for them. */
function refusal(error: unknown): RpcError | undefined {
  if (isDomainError(error, 'QueueMissing')) return new RpcError('QueueNotExist');
  if (isDomainError(error, 'QueueExists')) return new RpcError('QueueAlreadyExist');
  if (isDomainError(error, 'TopicMissing')) return new RpcError('TopicNotExist');
  if (isDomainError(error, 'TopicExists')) return new RpcError('TopicAlreadyExist');
  if (isDomainError(error, 'SubscriptionMissing')) return new RpcError('SubscriptionNotExist');
  if (isDomainError(error, 'SubscriptionExists')) return new RpcError('SubscriptionAlreadyExist');
  return undefined;
}
