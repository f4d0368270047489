import { optional, required, text, word } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';
import type { Answer, Done, Page } from './answer.ts';
import { pages, receiveLimit, resourceName, subscriptionDeadLetters } from './codecs.ts';

export interface WireSubscription {
  TopicOwner: string;
  TopicName: string;
  SubscriptionName: string;
  Endpoint: string;
  FilterTag?: string;
  NotifyStrategy: string;
  NotifyContentFormat: string;
  /** Seconds since 1970. */
  CreateTime: number;
  LastModifyTime: number;
  DlqPolicy?: { Enabled: boolean; DeadLetterTargetQueue: string };
}

const TopicName = required(resourceName);
const SubscriptionName = required(resourceName);
const resource = '/topics/{TopicName}/subscriptions/{SubscriptionName}';
const NotifyStrategy = optional(word('BACKOFF_RETRY', 'EXPONENTIAL_DECAY_RETRY'));

export const subscribe = rpcOperation<Answer<Done>>()({
  name: 'Subscribe',
  action: 'mns:Subscribe',
  resource,
  input: {
    TopicName,
    SubscriptionName,
    PushType: required(text),
    /** A URL, or the bare name of a queue. */
    Endpoint: required(text),
    MessageTag: optional(text),
    NotifyContentFormat: optional(word('XML', 'JSON', 'SIMPLIFIED')),
    NotifyStrategy,
    DlqPolicy: subscriptionDeadLetters,
    TenantRateLimitPolicy: receiveLimit,
  },
});

export const setSubscriptionAttributes = rpcOperation<Answer<Done>>()({
  name: 'SetSubscriptionAttributes',
  action: 'mns:SetSubscriptionAttributes',
  resource,
  input: {
    TopicName,
    SubscriptionName,
    NotifyStrategy,
    DlqPolicy: subscriptionDeadLetters,
    TenantRateLimitPolicy: receiveLimit,
  },
});

export const getSubscriptionAttributes = rpcOperation<Answer<WireSubscription>>()({
  name: 'GetSubscriptionAttributes',
  action: 'mns:GetSubscriptionAttributes',
  resource,
  input: { TopicName, SubscriptionName },
});

export const unsubscribe = rpcOperation<Answer<Done>>()({
  name: 'Unsubscribe',
  action: 'mns:Unsubscribe',
  resource,
  input: { TopicName, SubscriptionName },
});

export const listSubscriptionByTopic = rpcOperation<Answer<Page<WireSubscription>>>()({
  name: 'ListSubscriptionByTopic',
  action: 'mns:ListSubscriptionByTopic',
  resource: '/topics/{TopicName}/subscriptions',
  input: {
    ...pages,
    TopicName,
    SubscriptionName: optional(text),
    EndpointType: optional(text),
    EndpointValue: optional(text),
  },
});
