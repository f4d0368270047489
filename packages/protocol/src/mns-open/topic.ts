import { flag, optional, required, text } from '../rpc/field.ts';
import { rpcOperation } from '../rpc/operation.ts';
import type { Answer, Done, Page, WireTag } from './answer.ts';
import { pages, resourceName, tags, within } from './codecs.ts';

export interface WireTopic {
  TopicName: string;
  TopicType: 'normal';
  /** Seconds since 1970. */
  CreateTime: number;
  LastModifyTime: number;
  MaxMessageSize: number;
  MessageRetentionPeriod: number;
  MessageCount: number;
  LoggingEnabled: boolean;
  TopicUrl: string;
  TopicInnerUrl: string;
  Tags: WireTag[];
}

const TopicName = required(resourceName);
const settings = {
  MaxMessageSize: optional(within(1024, 65_536)),
  EnableLogging: optional(flag),
  EnableSSE: optional(flag),
};

export const createTopic = rpcOperation<Answer<Done>>()({
  name: 'CreateTopic',
  action: 'mns:CreateTopic',
  resource: '/topics/{TopicName}',
  input: { TopicName, ...settings, TopicType: optional(text), Tag: tags },
});

export const setTopicAttributes = rpcOperation<Answer<Done>>()({
  name: 'SetTopicAttributes',
  action: 'mns:SetTopicAttributes',
  resource: '/topics/{TopicName}',
  input: { TopicName, ...settings },
});

export const getTopicAttributes = rpcOperation<Answer<WireTopic>>()({
  name: 'GetTopicAttributes',
  action: 'mns:GetTopicAttributes',
  resource: '/topics/{TopicName}',
  input: { TopicName },
});

export const deleteTopic = rpcOperation<Answer<Done>>()({
  name: 'DeleteTopic',
  action: 'mns:DeleteTopic',
  resource: '/topics/{TopicName}',
  input: { TopicName },
});

export const listTopic = rpcOperation<Answer<Page<WireTopic>>>()({
  name: 'ListTopic',
  action: 'mns:ListTopic',
  resource: '/topics',
  input: { ...pages, TopicName: optional(text), TopicType: optional(text), Tag: tags },
});
