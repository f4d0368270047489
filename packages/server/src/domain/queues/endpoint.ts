const QUEUE_ENDPOINT = /^acs:mns:[^:]*:[^:]*:queues\/([^/]+)$/;

/**
 * The queue that a subscription endpoint `acs:mns:{region}:{account}:queues/{queue}` names, or undefined for any other
 * kind of endpoint. Official clients derive region and account from the host they talk to (on 127.0.0.1 the account
 * becomes "127"), so neither is believed: the queue is looked up by name in the topic's own account.
 */
export function queueOfEndpoint(endpoint: string): string | undefined {
  return QUEUE_ENDPOINT.exec(endpoint)?.[1];
}
