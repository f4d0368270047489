import type { RpcService } from '../rpc/index.ts';
import * as account from './account.ts';
import * as endpoint from './endpoint.ts';
import * as queue from './queue.ts';
import * as subscription from './subscription.ts';
import * as topic from './topic.ts';

export type { WireAccount } from './account.ts';
export type { Acknowledged, Answer, Done, Page, WireTag } from './answer.ts';
export type { WireEndpoint } from './endpoint.ts';
export type { WireQueue } from './queue.ts';
export type { WireSubscription } from './subscription.ts';
export type { WireTopic } from './topic.ts';

/** The actions that are served, by their names in small. */
export const mnsOpenOperations = { ...queue, ...topic, ...subscription, ...account, ...endpoint } as const;

export type MnsOpenOperations = typeof mnsOpenOperations;

/**
 * The control plane of MNS: queues, topics and subscriptions with what the data plane has no words for, such as tags and
 * dead letters.
 */
export const mnsOpen: RpcService = {
  name: 'Mns-open',
  versions: ['2022-01-19'],
  operations: Object.values(mnsOpenOperations),
  notImplemented: [...['CreateEventRule', 'DeleteEventRule', 'GetEventRule', 'ListEventRules']],
};
