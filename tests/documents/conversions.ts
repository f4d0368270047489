import { mns, oss, type RunningServer, until } from '@millrace/testkit';
import { accepted } from '../faults/actor.ts';
import { createQueue, subscribe } from '../faults/message-actor.ts';

const NAME = 'documents';

/** How a task ended, as its notification tells. */
export interface End {
  TaskId: string;
  Status: 'Succeeded' | 'Failed';
  Code: string;
  Message: string;
  /** Of a picture in which a text is hidden. */
  Content?: string;
}

const addressed = (key: string) => `/${NAME}/${key.split('/').map(encodeURIComponent).join('/')}`;

const encoded = (text: string) => Buffer.from(text).toString('base64url');

const plain = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** A bucket of documents, the conversions asked for, and what was heard of them. */
export class Conversions {
  readonly server: RunningServer;
  readonly bucket = NAME;
  /** Every end that was heard, as often as it was. */
  readonly heard = new Map<string, End[]>();

  constructor(server: RunningServer) {
    this.server = server;
  }

  async prepare(): Promise<void> {
    accepted(await oss(this.server, { method: 'PUT', path: `/${NAME}/` }), 200);
    await createQueue(this, NAME, 30);
    accepted(await mns(this.server, { method: 'PUT', path: `/topics/${NAME}`, body: '<Topic/>' }), 201);
    await subscribe(this, NAME, NAME);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    accepted(await oss(this.server, { method: 'PUT', path: addressed(key), body }), 200);
  }

  /** Returns the task's id. Without a target nothing is stored. */
  async submit(key: string, action: string, target?: string): Promise<string> {
    const end = target === undefined ? 'sys' : `sys/saveas,o_${encoded(target)}`;
    const answer = await oss(this.server, {
      method: 'POST',
      path: addressed(key),
      query: { 'x-oss-async-process': '' },
      body: `x-oss-async-process=${action}|${end}/notify,topic_${encoded(NAME)}`,
    });
    const { TaskId }: { TaskId: string } = JSON.parse(accepted(answer, 200).text);
    return TaskId;
  }

  /** Takes one message off the queue; says whether there was one. */
  async hear(waitSeconds: number): Promise<boolean> {
    const path = `/queues/${NAME}/messages`;
    const query = { waitseconds: String(waitSeconds) };
    const answer = accepted(await mns(this.server, { method: 'GET', path, query }), 200, 404);
    if (answer.status === 404) return false;
    const event: { content: string } = JSON.parse(plain(/<MessageBody>([^<]*)</.exec(answer.text)?.[1] ?? ''));
    const end: End = JSON.parse(event.content);
    this.heard.set(end.TaskId, [...(this.heard.get(end.TaskId) ?? []), end]);
    const ReceiptHandle = /<ReceiptHandle>([^<]*)</.exec(answer.text)?.[1] ?? '';
    accepted(await mns(this.server, { method: 'DELETE', path, query: { ReceiptHandle } }), 204, 404);
    return true;
  }

  /** Resolves when all of these tasks have ended; names those that have not after `timeoutMs`. */
  async ended(tasks: readonly string[], timeoutMs: number): Promise<void> {
    let left = tasks;
    await until('the ends of all tasks', timeoutMs, async () => {
      while (await this.hear(1));
      left = left.filter((task) => !this.heard.has(task));
      return left.length === 0;
    }).catch((error: unknown) => {
      throw new Error(`never ended: ${left.join(', ')}`, { cause: error });
    });
  }

  /** The keys that begin so. */
  async keys(prefix: string): Promise<string[]> {
    const query = { 'list-type': '2', prefix, 'max-keys': '1000', 'encoding-type': 'url' };
    const { text } = accepted(await oss(this.server, { method: 'GET', path: `/${NAME}/`, query }), 200);
    return [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) =>
      decodeURIComponent(key.replaceAll('+', ' ')),
    );
  }

  async get(key: string): Promise<Buffer> {
    return accepted(await oss(this.server, { method: 'GET', path: addressed(key) }), 200).body;
  }
}
