import { flag, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';
import type { Answer, Done, Page, WireTag } from './answer.ts';
import { pages, queueDeadLetters, receiveLimit, resourceName, tags, within } from './codecs.ts';

export interface WireQueue {
  QueueName: string;
  QueueType: 'normal';
  /** Seconds since 1970. */
  CreateTime: number;
  LastModifyTime: number;
  DelaySeconds: number;
  MaximumMessageSize: number;
  MessageRetentionPeriod: number;
  VisibilityTimeout: number;
  PollingWaitSeconds: number;
  ActiveMessages: number;
  InactiveMessages: number;
  DelayMessages: number;
  LoggingEnabled: boolean;
  Tags: WireTag[];
  DlqPolicy?: { Enabled: boolean; DeadLetterTargetQueue: string; MaxReceiveCount: number };
  TenantRateLimitPolicy?: { Enabled: boolean; MaxReceivesPerSecond: number };
}

const QueueName = required(resourceName);

const settings = {
  DelaySeconds: optional(within(0, 604_800)),
  MaximumMessageSize: optional(within(1024, 65_536)),
  // As long as the older pages of the data plane allow.
  MessageRetentionPeriod: optional(within(60, 1_296_000)),
  VisibilityTimeout: optional(within(1, 43_200)),
  PollingWaitSeconds: optional(within(0, 30)),
  EnableLogging: optional(flag),
  DlqPolicy: queueDeadLetters,
  TenantRateLimitPolicy: receiveLimit,
  EnableSSE: optional(flag),
};

export const createQueue = rpcOperation<Answer<Done>>()({
  name: 'CreateQueue',
  action: 'mns:CreateQueue',
  resource: '/queues/{QueueName}',
  input: { QueueName, ...settings, QueueType: optional(text), Tag: tags },
});

export const setQueueAttributes = rpcOperation<Answer<Done>>()({
  name: 'SetQueueAttributes',
  action: 'mns:SetQueueAttributes',
  resource: '/queues/{QueueName}',
  input: { QueueName, ...settings },
});

export const getQueueAttributes = rpcOperation<Answer<WireQueue>>()({
  name: 'GetQueueAttributes',
  action: 'mns:GetQueueAttributes',
  resource: '/queues/{QueueName}',
  input: { QueueName },
});

export const deleteQueue = rpcOperation<Answer<Done>>()({
  name: 'DeleteQueue',
  action: 'mns:DeleteQueue',
  resource: '/queues/{QueueName}',
  input: { QueueName },
});

export const listQueue = rpcOperation<Answer<Page<WireQueue>>>()({
  name: 'ListQueue',
  action: 'mns:ListQueue',
  resource: '/queues',
  input: { ...pages, QueueName: optional(text), QueueType: optional(text), Tag: tags },
});
