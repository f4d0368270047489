import {
  createQueue,
  deleteQueue,
  getQueueAttributes,
  type InputOf,
  listQueue,
  MnsError,
  type ResultOf,
  sendMessage,
  setQueueAttributes,
} from '@millrace/protocol/mns';
import type { DeadLetterPolicy, QueueAttributes, QueueTraits } from '../domain/ports/queue-records.ts';
import type { QueueDescription } from '../domain/queues/queue-service.ts';
import { type Context, handle } from './handler.ts';
import { encodeMarker, pageQuery, seconds } from './listing.ts';

function domainAttributes(body: InputOf<typeof createQueue>['body']): Partial<QueueAttributes> {
  const { messageRetentionPeriod, visibilityTimeout, dlqPolicy: _, ...same } = body;
  return {
    ...same,
    ...(messageRetentionPeriod === undefined ? {} : { messageRetentionSeconds: messageRetentionPeriod }),
    ...(visibilityTimeout === undefined ? {} : { visibilityTimeoutSeconds: visibilityTimeout }),
  };
}

/** What a policy leaves out is as it was, or as the vendor's console begins with. */
function domainTraits({ dlqPolicy }: InputOf<typeof createQueue>['body'], before?: QueueTraits): QueueTraits {
  if (dlqPolicy === undefined) return {};
  const { deadLetters } = before ?? {};
  const targetQueue = dlqPolicy.deadLetterTargetQueue ?? deadLetters?.targetQueue;
  if (targetQueue === undefined) {
    throw new MnsError('InvalidArgument', 'The value of DeadLetterTargetQueue should be the name of a queue.');
  }
  return {
    deadLetters: {
      enabled: dlqPolicy.enabled ?? deadLetters?.enabled ?? true,
      targetQueue,
      maxReceiveCount: dlqPolicy.maxReceiveCount ?? deadLetters?.maxReceiveCount ?? 16,
    },
  };
}

/** Dead letters are written to their queue later: whoever has that done needs the right to write there now. */
async function requireTarget({ deadLetters }: QueueTraits, require: Context['require']): Promise<void> {
  if (deadLetters?.enabled === true) await require(sendMessage.action, `/queues/${deadLetters.targetQueue}/messages`);
}

const wireAttributes = ({ queue, counts }: QueueDescription): ResultOf<typeof getQueueAttributes> => ({
  queueName: queue.name,
  createTime: seconds(queue.createdMs),
  lastModifyTime: seconds(queue.modifiedMs),
  delaySeconds: queue.delaySeconds,
  maximumMessageSize: queue.maximumMessageSize,
  messageRetentionPeriod: queue.messageRetentionSeconds,
  visibilityTimeout: queue.visibilityTimeoutSeconds,
  pollingWaitSeconds: queue.pollingWaitSeconds,
  activeMessages: counts.active,
  inactiveMessages: counts.inactive,
  delayMessages: counts.delayed,
  loggingEnabled: queue.loggingEnabled,
  ...(queue.traits.deadLetters === undefined ? {} : { dlqPolicy: wirePolicy(queue.traits.deadLetters) }),
});

const wirePolicy = ({ enabled, targetQueue, maxReceiveCount }: DeadLetterPolicy) => ({
  enabled,
  deadLetterTargetQueue: targetQueue,
  maxReceiveCount,
});

export const queueHandlers = [
  handle(createQueue, async ({ queue, body }, { queues, accountId, require }) => {
    const traits = domainTraits(body);
    await requireTarget(traits, require);
    const { created } = await queues.create({ accountId, queue }, domainAttributes(body), traits);
    return { location: `/queues/${queue}`, existed: !created };
  }),

  handle(setQueueAttributes, async ({ queue, body }, { queues, accountId, require }) => {
    const before = body.dlqPolicy === undefined ? undefined : await queues.describe({ accountId, queue });
    const traits = domainTraits(body, before?.queue.traits);
    await requireTarget(traits, require);
    await queues.setAttributes({ accountId, queue }, domainAttributes(body), traits);
    return {};
  }),

  handle(getQueueAttributes, async ({ queue }, { queues, accountId }) => ({
    value: wireAttributes(await queues.describe({ accountId, queue })),
  })),

  handle(deleteQueue, async ({ queue }, { queues, accountId }) => {
    await queues.delete({ accountId, queue });
    return {};
  }),

  handle(listQueue, async (input, { queues, accountId, baseUrl }) => {
    const page = await queues.list({ accountId, ...pageQuery(input) });
    const described = input.withMeta === true ? await queues.describeAll(page.queues) : [];
    return {
      value: {
        queues: page.queues.map((queue, index) => {
          const description = described[index];
          const attributes = description === undefined ? {} : wireAttributes(description);
          return { queueUrl: `${baseUrl}/queues/${queue.name}`, ...attributes };
        }),
        ...(page.next === undefined ? {} : { nextMarker: encodeMarker(page.next) }),
      },
    };
  }),
];
