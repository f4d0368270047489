const QUEUE_ENDPOINT = /^acs:mns:[^:]*:[^:]*:queues\/([^/]+)$/;

/**
 * The queue that a subscription endpoint `acs:mns:{region}:{account}:queues/{queue}` names, or undefined for any other
 * kind of endpoint. Official clients derive region and account from the host they talk to (on 127.0.0.1 the account
 * becomes "127"), so neither is believed: the queue is looked up by name in the topic's own account.
 */
export function queueOfEndpoint(endpoint: string): string | undefined {
  return QUEUE_ENDPOINT.exec(endpoint)?.[1];
}

/** How a queue is called where resources are named. */
export const queueResource = (of: { region: string; accountId: string; queue: string }): string =>
  `acs:mns:${of.region}:${of.accountId}:queues/${of.queue}`;

export const topicResource = (of: { region: string; accountId: string; topic: string }): string =>
  `acs:mns:${of.region}:${of.accountId}:topics/${of.topic}`;

/** Where a push goes, or undefined for any other kind of endpoint. Without a path it goes to `/notifications`. */
export function pushUrlOfEndpoint(endpoint: string): URL | undefined {
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  if (/^https?:\/\/[^/?#]*$/i.test(endpoint)) url.pathname = '/notifications';
  return url;
}
