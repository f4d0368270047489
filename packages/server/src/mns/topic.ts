import {
  createTopic,
  deleteTopic,
  getTopicAttributes,
  listTopic,
  type ResultOf,
  setTopicAttributes,
} from '@millrace/protocol/mns';
import type { TopicRow } from '../domain/ports/queue-records.ts';
import { TOPIC_RETENTION_SECONDS } from '../domain/queues/topic-service.ts';
import { handle } from './handler.ts';
import { encodeMarker, pageQuery, seconds } from './listing.ts';

const wireAttributes = (topic: TopicRow): ResultOf<typeof getTopicAttributes> => ({
  topicName: topic.name,
  createTime: seconds(topic.createdMs),
  lastModifyTime: seconds(topic.modifiedMs),
  maximumMessageSize: topic.maximumMessageSize,
  messageRetentionPeriod: TOPIC_RETENTION_SECONDS,
  // A publication is in its subscribers' queues when it is acknowledged: none is ever left waiting in the topic.
  messageCount: 0,
  loggingEnabled: topic.loggingEnabled,
});

export const topicHandlers = [
  handle(createTopic, async ({ topic, body }, { topics, accountId }) => {
    const { created } = await topics.create({ accountId, topic }, body);
    return { location: `/topics/${topic}`, existed: !created };
  }),

  handle(setTopicAttributes, async ({ topic, body }, { topics, accountId }) => {
    await topics.setAttributes({ accountId, topic }, body);
    return {};
  }),

  handle(getTopicAttributes, async ({ topic }, { topics, accountId }) => ({
    value: wireAttributes(await topics.describe({ accountId, topic })),
  })),

  handle(deleteTopic, async ({ topic }, { topics, accountId }) => {
    await topics.delete({ accountId, topic });
    return {};
  }),

  handle(listTopic, async (input, { topics, accountId, baseUrl }) => {
    const page = await topics.list({ accountId, ...pageQuery(input) });
    return {
      value: {
        topics: page.topics.map((topic) => ({
          topicUrl: `${baseUrl}/topics/${topic.name}`,
          ...(input.withMeta === true ? wireAttributes(topic) : {}),
        })),
        ...(page.next === undefined ? {} : { nextMarker: encodeMarker(page.next) }),
      },
    };
  }),
];
