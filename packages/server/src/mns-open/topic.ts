import { mnsOpenOperations, type WireTopic } from '@millrace/protocol/mns-open';
import type { TopicRow } from '../domain/ports/queue-records.ts';
import { TOPIC_RETENTION_SECONDS } from '../domain/queues/topic-service.ts';
import { handle } from '../rpc/product.ts';
import { answer, domainTags, done, everything, isTagged, pageOf, refuseOthers, seconds, wireTags } from './answer.ts';
import type { MnsOpenServices } from './services.ts';

function domainAttributes(input: { MaxMessageSize?: number | undefined; EnableLogging?: boolean | undefined }) {
  const { MaxMessageSize: maximumMessageSize, EnableLogging: loggingEnabled } = input;
  return {
    ...(maximumMessageSize === undefined ? {} : { maximumMessageSize }),
    ...(loggingEnabled === undefined ? {} : { loggingEnabled }),
  };
}

export const topicHandlers = ({ topics, publicUrl }: MnsOpenServices) => {
  const wireTopic = async (topic: TopicRow): Promise<WireTopic> => {
    const url = `${publicUrl()}/topics/${topic.name}`;
    return {
      TopicName: topic.name,
      TopicType: 'normal',
      CreateTime: seconds(topic.createdMs),
      LastModifyTime: seconds(topic.modifiedMs),
      MaxMessageSize: topic.maximumMessageSize,
      MessageRetentionPeriod: TOPIC_RETENTION_SECONDS,
      MessageCount: await topics.waiting(topic),
      LoggingEnabled: topic.loggingEnabled,
      TopicUrl: url,
      TopicInnerUrl: url,
      Tags: wireTags(topic.traits.tags),
    };
  };
  return {
    createTopic: handle(mnsOpenOperations.createTopic, async (input, { principal: { accountId } }) => {
      refuseOthers(input.TopicType, input.EnableSSE);
      const name = { accountId, topic: input.TopicName };
      await topics.create(name, domainAttributes(input), domainTags(input.Tag));
      return done();
    }),

    setTopicAttributes: handle(mnsOpenOperations.setTopicAttributes, async (input, { principal: { accountId } }) => {
      refuseOthers(undefined, input.EnableSSE);
      await topics.setAttributes({ accountId, topic: input.TopicName }, domainAttributes(input));
      return done();
    }),

    getTopicAttributes: handle(mnsOpenOperations.getTopicAttributes, async (input, { principal: { accountId } }) =>
      answer(await wireTopic(await topics.describe({ accountId, topic: input.TopicName }))),
    ),

    deleteTopic: handle(mnsOpenOperations.deleteTopic, async (input, { principal: { accountId } }) => {
      await topics.delete({ accountId, topic: input.TopicName });
      return done();
    }),

    listTopic: handle(mnsOpenOperations.listTopic, async (input, { principal: { accountId } }) => {
      const { TopicName: prefix = '', TopicType = 'normal' } = input;
      const named = await everything(async (query) => {
        const { topics: rows, next } = await topics.list({ ...query, accountId, prefix });
        return { rows, next };
      });
      const found = named.filter(({ traits }) => TopicType === 'normal' && isTagged(traits.tags, input.Tag));
      return pageOf(found, input, (rows) => Promise.all(rows.map(wireTopic)));
    }),
  };
};
