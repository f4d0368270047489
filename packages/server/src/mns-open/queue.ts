import { mnsOpenOperations, type WireQueue } from '@millrace/protocol/mns-open';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import type { QueueAttributes, QueueTraits } from '../domain/ports/queue-records.ts';
import type { QueueDescription } from '../domain/queues/queue-service.ts';
import { handle } from '../rpc/product.ts';
import { answer, domainTags, done, everything, isTagged, pageOf, refuseOthers, seconds, wireTags } from './answer.ts';
import { type MnsOpenServices, requireSending } from './services.ts';

type Settings = RpcInputOf<typeof mnsOpenOperations.setQueueAttributes>;

const LEAST_RECEIVES = 1;
const MOST_RECEIVES = 1000;

function domainAttributes(input: Settings): Partial<QueueAttributes> {
  const given: Partial<Record<keyof QueueAttributes, number | boolean | undefined>> = {
    delaySeconds: input.DelaySeconds,
    maximumMessageSize: input.MaximumMessageSize,
    messageRetentionSeconds: input.MessageRetentionPeriod,
    visibilityTimeoutSeconds: input.VisibilityTimeout,
    pollingWaitSeconds: input.PollingWaitSeconds,
    loggingEnabled: input.EnableLogging,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What a policy leaves out is as it was, or as the vendor's console begins with. */
function domainTraits(input: Settings, before: QueueTraits = {}): QueueTraits {
  const { DlqPolicy: letters, TenantRateLimitPolicy: limit } = input;
  return {
    ...(letters === undefined ? {} : deadLetters(letters, before.deadLetters)),
    ...(limit === undefined ? {} : { receiveLimit: receiveLimit(limit, before.receiveLimit) }),
  };
}

function deadLetters(
  given: NonNullable<Settings['DlqPolicy']>,
  before: QueueTraits['deadLetters'],
): Pick<QueueTraits, 'deadLetters'> {
  const targetQueue = given.DeadLetterTargetQueue ?? before?.targetQueue;
  const enabled = given.Enabled ?? before?.enabled ?? true;
  const maxReceiveCount = given.MaxReceiveCount ?? before?.maxReceiveCount ?? 16;
  if (targetQueue === undefined || targetQueue === '') {
    // None is wanted where there is none.
    if (!enabled) return {};
    throw new RpcError('InvalidParameter.DlqPolicy', 'A DlqPolicy must name the DeadLetterTargetQueue.');
  }
  if (!Number.isInteger(maxReceiveCount) || maxReceiveCount < LEAST_RECEIVES || maxReceiveCount > MOST_RECEIVES) {
    const rule = `a whole number, ${LEAST_RECEIVES} to ${MOST_RECEIVES}`;
    throw new RpcError('InvalidParameter.DlqPolicy', `The MaxReceiveCount of a DlqPolicy must be ${rule}.`);
  }
  return { deadLetters: { enabled, targetQueue, maxReceiveCount } };
}

function receiveLimit(
  given: NonNullable<Settings['TenantRateLimitPolicy']>,
  before: QueueTraits['receiveLimit'],
): NonNullable<QueueTraits['receiveLimit']> {
  const enabled = given.Enabled ?? before?.enabled ?? true;
  const perSecond = given.MaxReceivesPerSecond ?? before?.perSecond ?? 0;
  if (!Number.isInteger(perSecond) || perSecond < (enabled ? 1 : 0)) {
    const reason = 'A TenantRateLimitPolicy must say MaxReceivesPerSecond, a whole number above 0.';
    throw new RpcError('InvalidParameter.TenantRateLimitPolicy', reason);
  }
  return { enabled, perSecond };
}

function wireQueue({ queue, counts }: QueueDescription): WireQueue {
  const { deadLetters: letters, receiveLimit: limit, tags } = queue.traits;
  return {
    QueueName: queue.name,
    QueueType: 'normal',
    CreateTime: seconds(queue.createdMs),
    LastModifyTime: seconds(queue.modifiedMs),
    DelaySeconds: queue.delaySeconds,
    MaximumMessageSize: queue.maximumMessageSize,
    MessageRetentionPeriod: queue.messageRetentionSeconds,
    VisibilityTimeout: queue.visibilityTimeoutSeconds,
    PollingWaitSeconds: queue.pollingWaitSeconds,
    ActiveMessages: counts.active,
    InactiveMessages: counts.inactive,
    DelayMessages: counts.delayed,
    LoggingEnabled: queue.loggingEnabled,
    Tags: wireTags(tags),
    ...(letters && {
      DlqPolicy: {
        Enabled: letters.enabled,
        DeadLetterTargetQueue: letters.targetQueue,
        MaxReceiveCount: letters.maxReceiveCount,
      },
    }),
    ...(limit && { TenantRateLimitPolicy: { Enabled: limit.enabled, MaxReceivesPerSecond: limit.perSecond } }),
  };
}

export const queueHandlers = ({ queues, access }: MnsOpenServices) => ({
  createQueue: handle(mnsOpenOperations.createQueue, async (input, { principal }) => {
    refuseOthers(input.QueueType, input.EnableSSE);
    const traits = { ...domainTraits(input), ...domainTags(input.Tag) };
    if (traits.deadLetters?.enabled === true) await requireSending(access, principal, traits.deadLetters.targetQueue);
    const name = { accountId: principal.accountId, queue: input.QueueName };
    await queues.create(name, domainAttributes(input), traits);
    return done();
  }),

  setQueueAttributes: handle(mnsOpenOperations.setQueueAttributes, async (input, { principal }) => {
    refuseOthers(undefined, input.EnableSSE);
    const name = { accountId: principal.accountId, queue: input.QueueName };
    const traits = domainTraits(input, (await queues.describe(name)).queue.traits);
    if (traits.deadLetters?.enabled === true) await requireSending(access, principal, traits.deadLetters.targetQueue);
    await queues.setAttributes(name, domainAttributes(input), traits);
    return done();
  }),

  getQueueAttributes: handle(mnsOpenOperations.getQueueAttributes, async (input, { principal: { accountId } }) =>
    answer(wireQueue(await queues.describe({ accountId, queue: input.QueueName }))),
  ),

  deleteQueue: handle(mnsOpenOperations.deleteQueue, async (input, { principal: { accountId } }) => {
    await queues.delete({ accountId, queue: input.QueueName });
    return done();
  }),

  listQueue: handle(mnsOpenOperations.listQueue, async (input, { principal: { accountId } }) => {
    const { QueueName: prefix = '', QueueType = 'normal' } = input;
    const named = await everything(async (query) => {
      const { queues: rows, next } = await queues.list({ ...query, accountId, prefix });
      return { rows, next };
    });
    const found = named.filter(({ traits }) => QueueType === 'normal' && isTagged(traits.tags, input.Tag));
    return pageOf(found, input, async (rows) => (await queues.describeAll(rows)).map(wireQueue));
  }),
});
