import { listingFields } from './listing.ts';
import { operation, path } from './operation.ts';
import {
  allOptional,
  count,
  document,
  flag,
  int,
  optional,
  repeated,
  required,
  struct,
  text,
  topicName,
} from './shape.ts';

const settings = {
  maximumMessageSize: optional('MaximumMessageSize', int(1024, 65_536, 'bytes')),
  loggingEnabled: optional('LoggingEnabled', flag),
};

/** All seven are mandatory for the Python client. Times are in seconds. */
const attributes = {
  topicName: required('TopicName', text()),
  createTime: required('CreateTime', count),
  lastModifyTime: required('LastModifyTime', count),
  maximumMessageSize: required('MaximumMessageSize', count),
  messageRetentionPeriod: required('MessageRetentionPeriod', count),
  messageCount: required('MessageCount', count),
  loggingEnabled: required('LoggingEnabled', flag),
};

/** Attributes come with `x-mns-with-meta: true` only. */
const topicEntry = struct({ topicUrl: required('TopicURL', text()), ...allOptional(attributes) });

const topic = { topic: path('topic', topicName) };

export const createTopic = operation({
  name: 'CreateTopic',
  method: 'PUT',
  path: '/topics/{topic}',
  summary: 'Make a topic. Making it again with the same attributes changes nothing.',
  action: 'mns:CreateTopic',
  fields: topic,
  request: { ...document('Topic', struct(settings)), optional: true },
  success: { status: 201, location: true },
  errors: ['TopicAlreadyExist', 'InvalidArgument', 'TopicNameInvalid', 'TopicNameLengthError', 'MalformedXML'],
});

export const setTopicAttributes = operation({
  name: 'SetTopicAttributes',
  method: 'PUT',
  path: '/topics/{topic}',
  select: { metaoverride: 'true' },
  summary: 'Change attributes of a topic; those left out keep their values.',
  action: 'mns:SetTopicAttributes',
  fields: topic,
  request: { ...document('Topic', struct(settings)), optional: true },
  success: { status: 204 },
  errors: ['TopicNotExist', 'InvalidArgument', 'MalformedXML'],
});

export const getTopicAttributes = operation({
  name: 'GetTopicAttributes',
  method: 'GET',
  path: '/topics/{topic}',
  summary: 'Read the attributes of a topic.',
  action: 'mns:GetTopicAttributes',
  fields: topic,
  success: {
    status: 200,
    body: document('Topic', struct(attributes)),
  },
  errors: ['TopicNotExist'],
});

export const deleteTopic = operation({
  name: 'DeleteTopic',
  method: 'DELETE',
  path: '/topics/{topic}',
  summary: 'Delete a topic with its subscriptions.',
  action: 'mns:DeleteTopic',
  fields: topic,
  success: { status: 204 },
  errors: ['TopicNotExist'],
});

export const listTopic = operation({
  name: 'ListTopic',
  method: 'GET',
  path: '/topics',
  summary: 'List the topics of the account by name.',
  action: 'mns:ListTopic',
  fields: listingFields,
  success: {
    status: 200,
    body: document(
      'Topics',
      struct({
        topics: repeated('Topic', topicEntry),
        nextMarker: optional('NextMarker', text()),
      }),
    ),
  },
  errors: ['InvalidArgument'],
});
