import { listingFields } from './listing.ts';
import { operation, path } from './operation.ts';
import {
  count,
  document,
  oneOf,
  optional,
  repeated,
  required,
  struct,
  subscriptionName,
  text,
  topicName,
} from './shape.ts';

const notifyStrategy = oneOf('BACKOFF_RETRY', 'EXPONENTIAL_DECAY_RETRY');
const notifyContentFormat = oneOf('XML', 'JSON', 'SIMPLIFIED');
const filterTag = text(0, 16);

const subscription = { topic: path('topic', topicName), subscription: path('subscription', subscriptionName) };

const attributes = struct({
  topicOwner: required('TopicOwner', text()),
  topicName: required('TopicName', text()),
  subscriber: required('Subscriber', text()),
  subscriptionName: required('SubscriptionName', text()),
  endpoint: required('Endpoint', text()),
  filterTag: optional('FilterTag', filterTag),
  notifyStrategy: required('NotifyStrategy', notifyStrategy),
  notifyContentFormat: required('NotifyContentFormat', notifyContentFormat),
  // In seconds.
  createTime: required('CreateTime', count),
  lastModifyTime: required('LastModifyTime', count),
});

export const subscribe = operation({
  name: 'Subscribe',
  method: 'PUT',
  path: '/topics/{topic}/subscriptions/{subscription}',
  summary: 'Deliver what is published to a topic from now on to an endpoint.',
  action: 'mns:Subscribe',
  fields: subscription,
  request: {
    ...document(
      'Subscription',
      struct({
        endpoint: required('Endpoint', text(1, 2048)),
        filterTag: optional('FilterTag', filterTag),
        notifyStrategy: optional('NotifyStrategy', notifyStrategy),
        notifyContentFormat: optional('NotifyContentFormat', notifyContentFormat),
      }),
    ),
    optional: false,
  },
  success: { status: 201, location: true },
  errors: [
    'TopicNotExist',
    'QueueNotExist',
    'EndpointInvalid',
    'SubscriptionAlreadyExist',
    'InvalidArgument',
    'SubsriptionNameInvalid',
    'SubsriptionNameLengthError',
    'MalformedXML',
  ],
});

export const setSubscriptionAttributes = operation({
  name: 'SetSubscriptionAttributes',
  method: 'PUT',
  path: '/topics/{topic}/subscriptions/{subscription}',
  select: { metaoverride: 'true' },
  summary: 'Change the retry strategy or the filter of a subscription.',
  action: 'mns:SetSubscriptionAttributes',
  fields: subscription,
  request: {
    ...document(
      'Subscription',
      struct({
        notifyStrategy: optional('NotifyStrategy', notifyStrategy),
        filterTag: optional('FilterTag', filterTag),
      }),
    ),
    optional: true,
  },
  success: { status: 204 },
  errors: ['TopicNotExist', 'SubscriptionNotExist', 'InvalidArgument', 'MalformedXML'],
});

export const getSubscriptionAttributes = operation({
  name: 'GetSubscriptionAttributes',
  method: 'GET',
  path: '/topics/{topic}/subscriptions/{subscription}',
  summary: 'Read a subscription.',
  action: 'mns:GetSubscriptionAttributes',
  fields: subscription,
  success: { status: 200, body: document('Subscription', attributes) },
  errors: ['TopicNotExist', 'SubscriptionNotExist'],
});

export const unsubscribe = operation({
  name: 'Unsubscribe',
  method: 'DELETE',
  path: '/topics/{topic}/subscriptions/{subscription}',
  summary: 'End a subscription.',
  action: 'mns:Unsubscribe',
  fields: subscription,
  success: { status: 204 },
  errors: ['TopicNotExist', 'SubscriptionNotExist'],
});

export const listSubscriptionByTopic = operation({
  name: 'ListSubscriptionByTopic',
  method: 'GET',
  path: '/topics/{topic}/subscriptions',
  summary: 'List the subscriptions of a topic by name.',
  action: 'mns:ListSubscriptionByTopic',
  fields: { topic: subscription.topic, ...listingFields },
  success: {
    status: 200,
    body: document(
      'Subscriptions',
      struct({
        subscriptions: repeated('Subscription', struct({ subscriptionUrl: required('SubscriptionURL', text()) })),
        nextMarker: optional('NextMarker', text()),
      }),
    ),
  },
  errors: ['TopicNotExist', 'InvalidArgument'],
});
