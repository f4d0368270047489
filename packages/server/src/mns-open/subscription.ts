import { mnsOpenOperations, type WireSubscription } from '@millrace/protocol/mns-open';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import type { SubscriptionRow, SubscriptionTraits } from '../domain/ports/queue-records.ts';
import { pushUrlOfEndpoint, queueOfEndpoint, queueResource } from '../domain/queues/endpoint.ts';
import { handle } from '../rpc/product.ts';
import { answer, done, everything, pageOf, seconds } from './answer.ts';
import { type MnsOpenServices, requireSending } from './services.ts';

type NewSubscription = RpcInputOf<typeof mnsOpenOperations.subscribe>;

const LONGEST_TAG = 16;

/** Where messages go that could not be delivered. What is left out is as it was. */
function domainTraits(
  { DlqPolicy: given, TenantRateLimitPolicy: limit }: Pick<NewSubscription, 'DlqPolicy' | 'TenantRateLimitPolicy'>,
  before: SubscriptionTraits = {},
): SubscriptionTraits {
  if (limit?.Enabled === true) {
    throw new RpcError('UnsupportedOperation', 'TenantRateLimitPolicy is for queues here, not for subscriptions.');
  }
  if (given === undefined) return {};
  const enabled = given.Enabled ?? before.deadLetters?.enabled ?? true;
  const targetQueue = given.DeadLetterTargetQueue ?? before.deadLetters?.targetQueue ?? '';
  if (targetQueue === '') {
    // None is wanted where there is none.
    if (!enabled) return {};
    throw new RpcError('InvalidParameter.DlqPolicy', 'A DlqPolicy must name the DeadLetterTargetQueue.');
  }
  return { deadLetters: { enabled, targetQueue } };
}

const wireSubscription = (topicOwner: string, topic: string, row: SubscriptionRow): WireSubscription => ({
  TopicOwner: topicOwner,
  TopicName: topic,
  SubscriptionName: row.name,
  Endpoint: row.endpoint,
  ...(row.filterTag === '' ? {} : { FilterTag: row.filterTag }),
  NotifyStrategy: row.notifyStrategy,
  NotifyContentFormat: row.notifyContentFormat,
  CreateTime: seconds(row.createdMs),
  LastModifyTime: seconds(row.modifiedMs),
  ...(row.traits.deadLetters && {
    DlqPolicy: {
      Enabled: row.traits.deadLetters.enabled,
      DeadLetterTargetQueue: row.traits.deadLetters.targetQueue,
    },
  }),
});

const kindOf = (endpoint: string): 'queue' | 'http' => (queueOfEndpoint(endpoint) === undefined ? 'http' : 'queue');

export const subscriptionHandlers = ({ topics, access, region }: MnsOpenServices) => ({
  subscribe: handle(mnsOpenOperations.subscribe, async (input, { principal }) => {
    const { accountId } = principal;
    const { PushType: kind, MessageTag: filterTag = '' } = input;
    if (kind !== 'queue' && kind !== 'http') {
      const reason = `This server delivers nothing by ${kind.slice(0, 40)}: PushType must be queue or http.`;
      throw new RpcError('UnsupportedOperation', reason);
    }
    if ([...filterTag].length > LONGEST_TAG) {
      throw new RpcError('InvalidParameter.MessageTag', `A MessageTag has at most ${LONGEST_TAG} characters.`);
    }
    const named = queueOfEndpoint(input.Endpoint) ?? input.Endpoint;
    const endpoint = kind === 'queue' ? queueResource({ region, accountId, queue: named }) : input.Endpoint;
    if (kind === 'queue') await requireSending(access, principal, named);
    else if (pushUrlOfEndpoint(endpoint) === undefined) {
      throw new RpcError('InvalidParameter.Endpoint', 'The Endpoint of a PushType http must be an http or https URL.');
    }
    const traits = domainTraits(input);
    if (traits.deadLetters?.enabled === true) await requireSending(access, principal, traits.deadLetters.targetQueue);
    await topics.subscribe({
      accountId,
      topic: input.TopicName,
      subscription: input.SubscriptionName,
      endpoint,
      filterTag,
      notifyStrategy: input.NotifyStrategy ?? 'BACKOFF_RETRY',
      notifyContentFormat: input.NotifyContentFormat ?? 'XML',
      traits,
    });
    return done();
  }),

  setSubscriptionAttributes: handle(mnsOpenOperations.setSubscriptionAttributes, async (input, { principal }) => {
    const name = {
      accountId: principal.accountId,
      topic: input.TopicName,
      subscription: input.SubscriptionName,
    };
    const traits = domainTraits(input, (await topics.describeSubscription(name)).traits);
    if (traits.deadLetters?.enabled === true) await requireSending(access, principal, traits.deadLetters.targetQueue);
    const { NotifyStrategy: notifyStrategy } = input;
    await topics.setSubscription(name, notifyStrategy === undefined ? {} : { notifyStrategy }, traits);
    return done();
  }),

  getSubscriptionAttributes: handle(
    mnsOpenOperations.getSubscriptionAttributes,
    async (input, { principal: { accountId } }) => {
      const name = { accountId, topic: input.TopicName, subscription: input.SubscriptionName };
      return answer(wireSubscription(accountId, input.TopicName, await topics.describeSubscription(name)));
    },
  ),

  unsubscribe: handle(mnsOpenOperations.unsubscribe, async (input, { principal: { accountId } }) => {
    await topics.unsubscribe({ accountId, topic: input.TopicName, subscription: input.SubscriptionName });
    return done();
  }),

  listSubscriptionByTopic: handle(
    mnsOpenOperations.listSubscriptionByTopic,
    async (input, { principal: { accountId } }) => {
      const { TopicName: topic, SubscriptionName: prefix = '', EndpointType: kind, EndpointValue: value = '' } = input;
      const named = await everything(async (query) => {
        const { subscriptions: rows, next } = await topics.listSubscriptions(
          { accountId, topic },
          { ...query, prefix },
        );
        return { rows, next };
      });
      const found = named.filter(
        ({ endpoint }) => (kind === undefined || kindOf(endpoint) === kind) && endpoint.includes(value),
      );
      return pageOf(found, input, async (rows) => rows.map((row) => wireSubscription(accountId, topic, row)));
    },
  ),
});
