import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fixture, mns, oss, until } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { createQueue, subscribe } from './message-actor.ts';

/** As many tasks as may be under way at once: the machine has other work. */
const OUTSTANDING = 4;

const SOURCE = 'tasks/blip.wav';

/** Has sounds converted out of band and hears of the ends. */
export class TaskActor implements Actor {
  readonly name = 'tasks';
  #stage: Stage;
  #count = 0;
  /** Accepted, by id: the key its output is to have. */
  #accepted = new Map<string, string>();
  #ended = new Map<string, string>();
  /** What every output must be: the same work gives the same bytes. */
  #output: Buffer | undefined;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** How the accepted tasks ended. */
  get ends(): { succeeded: number; failed: number } {
    const states = [...this.#ended.values()];
    return {
      succeeded: states.filter((state) => state === 'Succeeded').length,
      failed: states.filter((state) => state === 'Failed').length,
    };
  }

  async prepare(): Promise<void> {
    const { server, bucket } = this.#stage;
    const body = await readFile(await fixture('blip.wav'));
    accepted(await oss(server, { method: 'PUT', path: `/${bucket}/${SOURCE}`, body }), 200);
    await createQueue(this.#stage, this.name, 2);
    accepted(await mns(server, { method: 'PUT', path: `/topics/${this.name}`, body: '<Topic/>' }), 201);
    await subscribe(this.#stage, this.name, this.name);
  }

  #outstanding = () => [...this.#accepted.keys()].filter((id) => !this.#ended.has(id));

  async act(): Promise<void> {
    if (this.#outstanding().length < OUTSTANDING) await this.#submit();
    else await this.#hear(1);
  }

  async #submit(): Promise<void> {
    const { server, bucket } = this.#stage;
    const key = `tasks/out-${++this.#count}.mp3`;
    const encoded = (text: string) => Buffer.from(text).toString('base64url');
    const process = `audio/convert,f_mp3|sys/saveas,o_${encoded(key)}/notify,topic_${encoded(this.name)}`;
    const answer = accepted(
      await oss(server, {
        method: 'POST',
        path: `/${bucket}/${SOURCE}`,
        query: { 'x-oss-async-process': '' },
        body: `x-oss-async-process=${process}`,
      }),
      200,
    );
    const { TaskId }: { TaskId?: unknown } = JSON.parse(answer.text);
    assert.ok(typeof TaskId === 'string', answer.text);
    this.#accepted.set(TaskId, key);
  }

  /** Waits for one end and takes note of it; says whether there was one. */
  async #hear(waitSeconds: number): Promise<boolean> {
    const { server } = this.#stage;
    const path = `/queues/${this.name}/messages`;
    const answer = accepted(
      await mns(server, { method: 'GET', path, query: { waitseconds: String(waitSeconds) } }),
      200,
      404,
    );
    if (answer.status === 404) return false;
    const body = plainText(/<MessageBody>([^<]*)</.exec(answer.text)?.[1] ?? '');
    const event: { content?: string } = JSON.parse(body);
    const content: { TaskId?: string; Status?: string } = JSON.parse(event.content ?? '{}');
    const { TaskId = '', Status = '' } = content;
    assert.ok(Status === 'Succeeded' || Status === 'Failed', body);
    const earlier = this.#ended.get(TaskId);
    assert.ok(earlier === undefined || earlier === Status, `${TaskId} ended as ${earlier} and as ${Status}`);
    const key = this.#accepted.get(TaskId);
    if (Status === 'Succeeded' && key !== undefined)
      assert.ok(await this.#readOutput(key), `${key} is not there, but its task succeeded`);
    this.#ended.set(TaskId, Status);
    const handle = /<ReceiptHandle>([^<]*)</.exec(answer.text)?.[1] ?? '';
    accepted(await mns(server, { method: 'DELETE', path, query: { ReceiptHandle: handle } }), 204, 404);
    return true;
  }

  /** Says whether the output is there; when it is, it is whole. */
  async #readOutput(key: string): Promise<boolean> {
    const answer = accepted(
      await oss(this.#stage.server, { method: 'GET', path: `/${this.#stage.bucket}/${key}` }),
      200,
      404,
    );
    if (answer.status === 404) return false;
    this.#output ??= answer.body;
    assert.ok(this.#output.length > 500 && answer.body.equals(this.#output), `${key} differs from the other outputs`);
    return true;
  }

  async check(): Promise<void> {
    for (const [id, key] of this.#accepted) {
      const there = await this.#readOutput(key);
      if (this.#ended.get(id) === 'Succeeded') assert.ok(there, `${key} is lost`);
    }
    // Enough is known of those that ended long ago.
    for (const id of [...this.#accepted.keys()].slice(0, -40)) if (this.#ended.has(id)) this.#accepted.delete(id);
  }

  async settle(): Promise<void> {
    await until('all accepted tasks to end', 180_000, async () => {
      await this.#hear(2);
      return this.#outstanding().length === 0;
    }).catch((error: unknown) => {
      throw new Error(`never ended: ${this.#outstanding().join(', ')}`, { cause: error });
    });
    await this.check();
    // Repeated crashes may have made the server give up on what it had. On new work it must not.
    await this.#submit();
    const id = [...this.#accepted.keys()].at(-1) ?? '';
    await until('one more task to end', 60_000, async () => {
      await this.#hear(2);
      return this.#ended.has(id);
    });
    assert.equal(this.#ended.get(id), 'Succeeded');
  }
}

const plainText = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
