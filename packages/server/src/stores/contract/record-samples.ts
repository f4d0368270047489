import type { IdentityKind, IdentityKinds, IdentityRow } from '../../domain/ports/identity-records.ts';
import type { ObjectRow, PartRow, Segment, UploadRow } from '../../domain/ports/object-records.ts';
import type { MessageRow, PushRow, QueueRow, SubscriptionRow, TopicRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { TaskRow } from '../../domain/ports/task-records.ts';

/** Complete rows of which a test names only what it is about. */

export const segment = (blob: string, length = 5): Segment => ({
  blob,
  offset: 0,
  length,
  crc64: '18446744073709551615',
});

export const objectRow = (row: Partial<ObjectRow> & { bucketId: number; key: string }): ObjectRow => ({
  versionId: 'null',
  rank: 0,
  type: 'Normal',
  size: 5,
  etag: '5D41402ABC4B2A76B9719D911017C592',
  crc64: '11177612005948864433',
  lastModifiedMs: 1_700_000_000_000,
  storageClass: 'Standard',
  acl: 'default',
  traits: {},
  headers: { contentType: 'text/plain' },
  meta: { 'name-of': '值' },
  segments: [],
  ...row,
});

export const uploadRow = (row: Partial<UploadRow> & { id: string; bucketId: number; key: string }): UploadRow => ({
  initiatedMs: 1_700_000_000_000,
  storageClass: 'Standard',
  acl: 'default',
  headers: {},
  meta: {},
  tags: {},
  sequential: false,
  traits: {},
  forbidOverwrite: false,
  ...row,
});

export const partRow = (row: Partial<PartRow> & { uploadId: string; number: number }): PartRow => ({
  size: 102_400,
  etag: 'AA',
  crc64: '1',
  lastModifiedMs: 1_700_000_000_000,
  segments: [segment(`part${row.number}`, 102_400)],
  ...row,
});

export const queueRow = (row: Partial<QueueRow> & { name: string }): Unsaved<QueueRow> => ({
  accountId: '1',
  delaySeconds: 0,
  maximumMessageSize: 65_536,
  messageRetentionSeconds: 345_600,
  visibilityTimeoutSeconds: 30,
  pollingWaitSeconds: 0,
  loggingEnabled: false,
  createdMs: 1000,
  modifiedMs: 1000,
  traits: {},
  ...row,
});

export const messageRow = (row: Partial<MessageRow> & { queueId: number }): Unsaved<MessageRow> => ({
  messageId: 'F6EA56633844DBFC-1-154BDFB8059-200000004',
  body: 'hello',
  bodyMd5: '5D41402ABC4B2A76B9719D911017C592',
  priority: 8,
  enqueuedMs: 1000,
  expiresMs: 1_000_000_000,
  visibleMs: 1000,
  firstDequeuedMs: 0,
  dequeueCount: 0,
  receipt: '',
  previousReceipt: '',
  dying: false,
  traits: {},
  ...row,
});

export const topicRow = (row: Partial<TopicRow> & { name: string }): Unsaved<TopicRow> => ({
  accountId: '1',
  maximumMessageSize: 65_536,
  loggingEnabled: true,
  createdMs: 1000,
  modifiedMs: 1000,
  traits: {},
  ...row,
});

export const subscriptionRow = (
  row: Partial<SubscriptionRow> & { topicId: number; name: string },
): Unsaved<SubscriptionRow> => ({
  endpoint: 'acs:mns:cn-hangzhou:1:queues/q',
  filterTag: '',
  notifyStrategy: 'BACKOFF_RETRY',
  notifyContentFormat: 'SIMPLIFIED',
  createdMs: 1000,
  modifiedMs: 1000,
  traits: {},
  ...row,
});

export const pushRow = (row: Partial<PushRow> & { subscriptionId: number }): Unsaved<PushRow> => ({
  messageId: 'F6EA56633844DBFC-1-154BDFB8059-200000004',
  body: 'hello',
  bodyMd5: '5D41402ABC4B2A76B9719D911017C592',
  tag: '',
  traits: {},
  publishedMs: 1000,
  dueMs: 1000,
  attempts: 0,
  fault: '',
  givenUpMs: 0,
  ...row,
});

export const taskRow = (row: Partial<TaskRow> & { id: string }): TaskRow => ({
  kind: 'process',
  tenant: 'b',
  priority: 0,
  payload: { process: 'image/resize,w_100' },
  state: 'Running',
  accountId: '1',
  requestId: 'R',
  eventId: 'E',
  notifyTopic: '',
  createdMs: 1000,
  startedMs: 0,
  endedMs: 0,
  attempts: 0,
  crashes: 0,
  progress: 0,
  code: '',
  message: '',
  result: null,
  leaseToken: 0,
  leaseOwner: '',
  leaseUntilMs: 0,
  notBeforeMs: 0,
  ...row,
});

const about: { [K in IdentityKind]: IdentityKinds[K] } = {
  user: { displayName: 'Ann', comments: 'ü', email: '', mobilePhone: '' },
  group: { comments: 'c' },
  role: { description: 'd', trustPolicy: '{}', maxSessionSeconds: 3600 },
  policy: { description: 'd', defaultVersion: 1, lastVersion: 1 },
};

export const identityRow = <K extends IdentityKind>(
  row: Partial<IdentityRow<K>> & { kind: K; name: string },
): Unsaved<IdentityRow<K>> => ({
  accountId: '1',
  uid: `2${row.name}`,
  createdMs: 1000,
  modifiedMs: 1000,
  about: about[row.kind],
  ...row,
});
