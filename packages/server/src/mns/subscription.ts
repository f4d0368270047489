import {
  getSubscriptionAttributes,
  listSubscriptionByTopic,
  MnsError,
  sendMessage,
  setSubscriptionAttributes,
  subscribe,
  unsubscribe,
} from '@millrace/protocol/mns';
import { pushUrlOfEndpoint, queueOfEndpoint } from '../domain/queues/endpoint.ts';
import { handle } from './handler.ts';
import { encodeMarker, pageQuery, seconds } from './listing.ts';

const FORMS = 'acs:mns:{region}:{account}:queues/{queue}, or an http or https URL';

/** Says what an endpoint is that nothing can be delivered to. */
function refuseEndpoint(endpoint: string): never {
  const kind = /^(mail|sms|push):/i.exec(endpoint)?.[1]?.toLowerCase();
  throw new MnsError(
    'EndpointInvalid',
    kind === undefined
      ? `The endpoint must be ${FORMS}.`
      : `This server delivers nothing to ${kind} endpoints: subscribe ${FORMS}.`,
  );
}

export const subscriptionHandlers = [
  handle(subscribe, async ({ topic, subscription, body }, { topics, accountId, require }) => {
    const queue = queueOfEndpoint(body.endpoint);
    // Whatever is published from now on is written there.
    if (queue !== undefined) await require(sendMessage.action, `/queues/${queue}/messages`);
    else if (pushUrlOfEndpoint(body.endpoint) === undefined) refuseEndpoint(body.endpoint);
    const { created } = await topics.subscribe({
      accountId,
      topic,
      subscription,
      endpoint: body.endpoint,
      filterTag: body.filterTag ?? '',
      notifyStrategy: body.notifyStrategy ?? 'BACKOFF_RETRY',
      notifyContentFormat: body.notifyContentFormat ?? 'XML',
    });
    return { location: `/topics/${topic}/subscriptions/${subscription}`, existed: !created };
  }),

  handle(setSubscriptionAttributes, async ({ topic, subscription, body }, { topics, accountId }) => {
    await topics.setSubscription({ accountId, topic, subscription }, body);
    return {};
  }),

  handle(getSubscriptionAttributes, async ({ topic, subscription }, { topics, accountId }) => {
    const row = await topics.describeSubscription({ accountId, topic, subscription });
    return {
      value: {
        topicOwner: accountId,
        topicName: topic,
        subscriber: accountId,
        subscriptionName: row.name,
        endpoint: row.endpoint,
        ...(row.filterTag === '' ? {} : { filterTag: row.filterTag }),
        notifyStrategy: row.notifyStrategy,
        notifyContentFormat: row.notifyContentFormat,
        createTime: seconds(row.createdMs),
        lastModifyTime: seconds(row.modifiedMs),
      },
    };
  }),

  handle(unsubscribe, async ({ topic, subscription }, { topics, accountId }) => {
    await topics.unsubscribe({ accountId, topic, subscription });
    return {};
  }),

  handle(listSubscriptionByTopic, async (input, { topics, accountId, baseUrl }) => {
    const { topic } = input;
    const page = await topics.listSubscriptions({ accountId, topic }, pageQuery(input));
    return {
      value: {
        subscriptions: page.subscriptions.map((row) => ({
          subscriptionUrl: `${baseUrl}/topics/${topic}/subscriptions/${row.name}`,
        })),
        ...(page.next === undefined ? {} : { nextMarker: encodeMarker(page.next) }),
      },
    };
  }),
];
