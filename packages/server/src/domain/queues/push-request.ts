import type { PushRequest } from '../ports/push-sender.ts';
import type { SubscriptionRow } from '../ports/queue-records.ts';
import { pushUrlOfEndpoint } from './endpoint.ts';
import { notificationBody } from './notification-body.ts';
import { type ClaimedPush, publishedMessage } from './push-commands.ts';

const contentTypes: Readonly<Record<SubscriptionRow['notifyContentFormat'], string>> = {
  XML: 'text/xml;charset=utf-8',
  JSON: 'application/json;charset=utf-8',
  SIMPLIFIED: 'text/plain;charset=utf-8',
};

/** Tags are any text, and headers are not. */
const headerText = (text: string): string => (/^[\x21-\x7e]*$/.test(text) ? text : encodeURIComponent(text));

/** What goes to the URL of a subscription. A SIMPLIFIED body says nothing of the message, so headers do, in every format. */
export function pushRequest({ push, topic, subscription }: ClaimedPush, requestId: string): PushRequest | undefined {
  const url = pushUrlOfEndpoint(subscription.endpoint);
  if (url === undefined) return undefined;
  return {
    url,
    contentType: contentTypes[subscription.notifyContentFormat],
    headers: {
      'x-mns-version': '2015-06-06',
      'x-mns-request-id': requestId,
      'x-mns-message-id': push.messageId,
      ...(push.tag === '' ? {} : { 'x-mns-message-tag': headerText(push.tag) }),
      'x-mns-topic-owner': topic.accountId,
      'x-mns-topic-name': topic.name,
      'x-mns-subscriber': topic.accountId,
      'x-mns-subscription-name': subscription.name,
      'x-mns-publish-time': String(push.publishedMs),
    },
    body: notificationBody(subscription.notifyContentFormat, publishedMessage(topic, subscription, push)),
  };
}
