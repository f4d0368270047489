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

const wireAttributes = (topic: TopicRow, messageCount: number): ResultOf<typeof getTopicAttributes> => ({
  topicName: topic.name,
  createTime: seconds(topic.createdMs),
  lastModifyTime: seconds(topic.modifiedMs),
  maximumMessageSize: topic.maximumMessageSize,
  messageRetentionPeriod: TOPIC_RETENTION_SECONDS,
  // Copies that wait for a receiver that has not taken them yet. Those for queues are there when it is published.
  messageCount,
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

  handle(getTopicAttributes, async ({ topic }, { topics, accountId }) => {
    const row = await topics.describe({ accountId, topic });
    return { value: wireAttributes(row, await topics.waiting(row)) };
  }),

  handle(deleteTopic, async ({ topic }, { topics, accountId }) => {
    await topics.delete({ accountId, topic });
    return {};
  }),

  handle(listTopic, async (input, { topics, accountId, baseUrl }) => {
    const page = await topics.list({ accountId, ...pageQuery(input) });
    const counts = input.withMeta === true ? await Promise.all(page.topics.map((topic) => topics.waiting(topic))) : [];
    return {
      value: {
        topics: page.topics.map((topic, index) => {
          const count = counts[index];
          const attributes = count === undefined ? {} : wireAttributes(topic, count);
          return { topicUrl: `${baseUrl}/topics/${topic.name}`, ...attributes };
        }),
        ...(page.next === undefined ? {} : { nextMarker: encodeMarker(page.next) }),
      },
    };
  }),
];
