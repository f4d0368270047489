import { listingFields } from './listing.ts';
import { operation, path } from './operation.ts';
import {
  allOptional,
  count,
  document,
  flag,
  int,
  optional,
  queueName,
  repeated,
  required,
  struct,
  text,
} from './shape.ts';

/** Ours: the vendor has it in its control plane only. Answered when it is set, and then a line for each part. */
const dlqPolicy = struct({
  enabled: optional('Enabled', flag),
  deadLetterTargetQueue: optional('DeadLetterTargetQueue', queueName),
  maxReceiveCount: optional('MaxReceiveCount', int(1, 1000)),
});

const settings = {
  delaySeconds: optional('DelaySeconds', int(0, 604_800, 'seconds')),
  maximumMessageSize: optional('MaximumMessageSize', int(1024, 65_536, 'bytes')),
  // 604800 in the vendor's newer pages; clients written for the older ones may set more.
  messageRetentionPeriod: optional('MessageRetentionPeriod', int(60, 1_296_000, 'seconds')),
  visibilityTimeout: optional('VisibilityTimeout', int(1, 43_200, 'seconds')),
  pollingWaitSeconds: optional('PollingWaitSeconds', int(0, 30, 'seconds')),
  loggingEnabled: optional('LoggingEnabled', flag),
  dlqPolicy: optional('DlqPolicy', dlqPolicy),
};

/** All twelve are mandatory for the Python client. Times are in seconds. */
const attributes = {
  queueName: required('QueueName', text()),
  createTime: required('CreateTime', count),
  lastModifyTime: required('LastModifyTime', count),
  delaySeconds: required('DelaySeconds', count),
  maximumMessageSize: required('MaximumMessageSize', count),
  messageRetentionPeriod: required('MessageRetentionPeriod', count),
  visibilityTimeout: required('VisibilityTimeout', count),
  pollingWaitSeconds: required('PollingWaitSeconds', count),
  activeMessages: required('ActiveMessages', count),
  inactiveMessages: required('InactiveMessages', count),
  delayMessages: required('DelayMessages', count),
  loggingEnabled: required('LoggingEnabled', flag),
  dlqPolicy: optional('DlqPolicy', dlqPolicy),
};

/** Attributes come with `x-mns-with-meta: true` only. */
const queueEntry = struct({ queueUrl: required('QueueURL', text()), ...allOptional(attributes) });

const queue = { queue: path('queue', queueName) };

export const createQueue = operation({
  name: 'CreateQueue',
  method: 'PUT',
  path: '/queues/{queue}',
  summary: 'Make a queue. Making it again with the same attributes changes nothing.',
  action: 'mns:CreateQueue',
  fields: queue,
  request: { ...document('Queue', struct(settings)), optional: true },
  success: { status: 201, location: true },
  errors: ['QueueAlreadyExist', 'InvalidArgument', 'InvalidQueueName', 'QueueNameLengthError', 'MalformedXML'],
});

export const setQueueAttributes = operation({
  name: 'SetQueueAttributes',
  method: 'PUT',
  path: '/queues/{queue}',
  select: { metaoverride: 'true' },
  summary: 'Change attributes of a queue; those left out keep their values.',
  action: 'mns:SetQueueAttributes',
  fields: queue,
  request: { ...document('Queue', struct(settings)), optional: true },
  success: { status: 204 },
  errors: ['QueueNotExist', 'InvalidArgument', 'MalformedXML'],
});

export const getQueueAttributes = operation({
  name: 'GetQueueAttributes',
  method: 'GET',
  path: '/queues/{queue}',
  summary: 'Read the attributes of a queue and how many messages it holds.',
  action: 'mns:GetQueueAttributes',
  fields: queue,
  success: { status: 200, body: document('Queue', struct(attributes)) },
  errors: ['QueueNotExist'],
});

export const deleteQueue = operation({
  name: 'DeleteQueue',
  method: 'DELETE',
  path: '/queues/{queue}',
  summary: 'Delete a queue with its messages; receivers that wait are told at once.',
  action: 'mns:DeleteQueue',
  fields: queue,
  success: { status: 204 },
  errors: ['QueueNotExist'],
});

export const listQueue = operation({
  name: 'ListQueue',
  method: 'GET',
  path: '/queues',
  summary: 'List the queues of the account by name.',
  action: 'mns:ListQueue',
  fields: listingFields,
  success: {
    status: 200,
    body: document(
      'Queues',
      struct({ queues: repeated('Queue', queueEntry), nextMarker: optional('NextMarker', text()) }),
    ),
  },
  errors: ['InvalidArgument'],
});
