import { createHmac } from 'node:crypto';
import type { Target } from './signed-bytes.ts';

/** A queue of some server, as data: it crosses to a process of its own. */
export type QueueAddress =
  | { protocol: 'mns'; target: Target; queue: string }
  | { protocol: 'sqs'; endpoint: string; queue: string };

/** How one protocol says what is done with messages: whole requests, as they go over the wire. */
export interface QueueDialect {
  port: number;
  send(bodies: readonly string[]): Buffer;
  receive(waitSeconds?: number): Buffer;
  /** The handle in an answer to `receive`, or undefined when there was no message. */
  handleIn(answer: string): string | undefined;
  remove(handle: string): Buffer;
}

const NAMESPACE = 'xmlns="http://mns.aliyuncs.com/doc/v1/"';

/** One MNS request, signed. */
export function mnsRequest(target: Target, method: string, path: string, body = ''): Buffer {
  const date = new Date().toUTCString();
  const type = body === '' ? '' : 'text/xml';
  const text = [method, '', type, date, 'x-mns-version:2015-06-06', path].join('\n');
  const signature = createHmac('sha1', target.accessKeySecret).update(text).digest('base64');
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(target.endpoint).host}`,
    `Date: ${date}`,
    'x-mns-version: 2015-06-06',
    `Authorization: MNS ${target.accessKeyId}:${signature}`,
    ...(body === '' ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function mnsDialect(target: Target, queue: string): QueueDialect {
  const path = `/queues/${queue}/messages`;
  const message = (body: string): string => `<Message><MessageBody>${body}</MessageBody></Message>`;
  return {
    port: Number(new URL(target.endpoint).port),
    send(bodies) {
      const [body = ''] = bodies;
      const messages = bodies.map(message).join('');
      const document = bodies.length === 1 ? message(body) : `<Messages>${messages}</Messages>`;
      return mnsRequest(target, 'POST', path, document.replace('>', ` ${NAMESPACE}>`));
    },
    receive: (waitSeconds = 0) => mnsRequest(target, 'GET', `${path}?waitseconds=${waitSeconds}`),
    handleIn: (answer) => /<ReceiptHandle>([^<]+)</.exec(answer)?.[1],
    remove: (handle) => mnsRequest(target, 'DELETE', `${path}?ReceiptHandle=${handle}`),
  };
}

/** SQS by its JSON protocol, which costs its servers less than the older one, and not signed. */
function sqsDialect(endpoint: string, queue: string): QueueDialect {
  const { host, port } = new URL(endpoint);
  const QueueUrl = `${endpoint}/000000000000/${queue}`;
  const request = (action: string, more: object): Buffer => {
    const body = JSON.stringify({ QueueUrl, ...more });
    const lines = [
      'POST / HTTP/1.1',
      `Host: ${host}`,
      'Content-Type: application/x-amz-json-1.0',
      `X-Amz-Target: AmazonSQS.${action}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
  };
  return {
    port: Number(port),
    send: (bodies) =>
      bodies.length === 1
        ? request('SendMessage', { MessageBody: bodies[0] })
        : request('SendMessageBatch', { Entries: bodies.map((MessageBody, Id) => ({ Id: String(Id), MessageBody })) }),
    receive: (WaitTimeSeconds = 0) => request('ReceiveMessage', { MaxNumberOfMessages: 1, WaitTimeSeconds }),
    handleIn: (answer) => /"ReceiptHandle":"([^"]+)"/.exec(answer)?.[1],
    remove: (ReceiptHandle) => request('DeleteMessage', { ReceiptHandle }),
  };
}

export const dialectOf = (address: QueueAddress): QueueDialect =>
  address.protocol === 'mns' ? mnsDialect(address.target, address.queue) : sqsDialect(address.endpoint, address.queue);
