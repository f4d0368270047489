import type { SubscriptionRow } from '../ports/queue-records.ts';

/** What a published message looks like to one subscription, before it is spelt in the format the subscriber chose. */
export interface PublishedMessage {
  topicOwner: string;
  topicName: string;
  subscriber: string;
  subscriptionName: string;
  messageId: string;
  body: string;
  /** Upper-case hex. */
  bodyMd5: string;
  tag?: string;
  publishedMs: number;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const escapeText = (text: string): string => text.replace(/[&<>\r]/g, (found) => ESCAPES[found] ?? found);

/** The body that a queue subscriber receives. The service never encodes it in base64, whatever the publisher did. */
export function notificationBody(format: SubscriptionRow['notifyContentFormat'], message: PublishedMessage): string {
  switch (format) {
    case 'SIMPLIFIED':
      return message.body;
    case 'JSON':
      return asJson(message);
    case 'XML':
      return asXml(message);
  }
}

/** One line, no spaces, keys in the order of a recorded delivery; every value is a string, the time too. */
function asJson(message: PublishedMessage): string {
  return JSON.stringify({
    TopicOwner: message.topicOwner,
    Message: message.body,
    Subscriber: message.subscriber,
    PublishTime: String(message.publishedMs),
    SubscriptionName: message.subscriptionName,
    MessageMD5: message.bodyMd5,
    TopicName: message.topicName,
    MessageId: message.messageId,
    ...(message.tag === undefined ? {} : { MessageTag: message.tag }),
  });
}

function asXml(message: PublishedMessage): string {
  const elements: [string, string][] = [
    ['TopicOwner', message.topicOwner],
    ['TopicName', message.topicName],
    ['Subscriber', message.subscriber],
    ['SubscriptionName', message.subscriptionName],
    ['MessageId', message.messageId],
    ['Message', message.body],
    ['MessageMD5', message.bodyMd5],
    ...(message.tag === undefined ? [] : [['MessageTag', message.tag] satisfies [string, string]]),
    ['PublishTime', String(message.publishedMs)],
  ];
  const lines = elements.map(([name, text]) => `  <${name}>${escapeText(text)}</${name}>\n`);
  return (
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    `<Notification xmlns="http://mns.aliyuncs.com/doc/v1/">\n${lines.join('')}</Notification>`
  );
}
