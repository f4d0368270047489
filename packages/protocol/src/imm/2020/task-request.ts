import { optional, required, text } from '../../rpc/field.ts';
import { anything, aText, json, mapOfTexts, members } from '../json.ts';

/** What every action that makes a task takes. */
export const taskRequest = {
  ProjectName: required(text),
  Notification: optional(
    json(members({ MNS: members({ TopicName: aText }), RocketMQ: anything, ExtendedMessageURI: aText })),
  ),
  /** The oldest clients name the topic here. */
  NotifyTopicName: optional(text),
  NotifyEndpoint: optional(text),
  Tags: optional(json(mapOfTexts)),
  UserData: optional(text),
  /** Chains of roles across accounts: there is one account here. */
  CredentialConfig: optional(json(anything)),
};

export interface WireTaskAccepted {
  EventId: string;
  TaskId: string;
}
