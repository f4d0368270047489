import assert from 'node:assert/strict';
import { mns, until } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { Dice } from './random.ts';

const field = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';

/** Sends messages, to the queue or through a topic, and receives and deletes them. */
export class MessageActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #count = 0;
  #sent = new Set<string>();
  #perhapsSent = new Set<string>();
  #deleted = new Set<string>();
  #perhapsDeleted = new Set<string>();

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `messages-${number}`;
    this.#stage = stage;
    this.#dice = new Dice(seed);
  }

  async prepare(): Promise<void> {
    const { server } = this.#stage;
    await createQueue(this.#stage, this.name, 1);
    accepted(await mns(server, { method: 'PUT', path: `/topics/${this.name}`, body: '<Topic/>' }), 201);
    await subscribe(this.#stage, this.name, this.name);
  }

  async act(): Promise<void> {
    if (this.#dice.next() < 0.5) await this.#send();
    else await this.#receive(0);
  }

  async #send(): Promise<void> {
    const body = `${this.name} ${++this.#count}`;
    const path = this.#dice.next() < 0.3 ? `/topics/${this.name}/messages` : `/queues/${this.name}/messages`;
    this.#perhapsSent.add(body);
    const message = `<Message><MessageBody>${body}</MessageBody></Message>`;
    accepted(await mns(this.#stage.server, { method: 'POST', path, body: message }), 201);
    this.#sent.add(body);
  }

  /** Receives and deletes one message; says whether there was one. */
  async #receive(waitSeconds: number): Promise<boolean> {
    const path = `/queues/${this.name}/messages`;
    const query = { waitseconds: String(waitSeconds) };
    const answer = accepted(await mns(this.#stage.server, { method: 'GET', path, query }), 200, 404);
    if (answer.status === 404) return false;
    const body = field(answer.text, 'MessageBody');
    assert.ok(this.#perhapsSent.has(body), `${body} was never sent`);
    assert.ok(!this.#deleted.has(body), `${body} came back after its deletion was acknowledged`);
    this.#perhapsDeleted.add(body);
    const handle = field(answer.text, 'ReceiptHandle');
    const deleted = await mns(this.#stage.server, { method: 'DELETE', path, query: { ReceiptHandle: handle } });
    accepted(deleted, 204, 404);
    // 404: it took so long that the message is visible again. Then it comes once more.
    if (deleted.status === 204) this.#deleted.add(body);
    return true;
  }

  /** A message that is kept in the queue says nothing; only the end shows. */
  async check(): Promise<void> {
    const path = `/queues/${this.name}`;
    const answer = accepted(await mns(this.#stage.server, { method: 'GET', path }), 200);
    const held = ['ActiveMessages', 'InactiveMessages', 'DelayMessages'].reduce(
      (sum, name) => sum + Number(field(answer.text, name)),
      0,
    );
    const least = [...this.#sent].filter((body) => !this.#perhapsDeleted.has(body)).length;
    const most = [...this.#perhapsSent].filter((body) => !this.#deleted.has(body)).length;
    assert.ok(least <= held && held <= most, `${this.name} holds ${held} messages, may hold ${least} to ${most}`);
  }

  async settle(): Promise<void> {
    const due = () => [...this.#sent].filter((body) => !this.#perhapsDeleted.has(body));
    await until(`messages of ${this.name}`, 60_000, async () => {
      while (await this.#receive(2));
      return due().length === 0;
    }).catch((error: unknown) => {
      throw new Error(`never delivered: ${due().slice(0, 10).join(', ')}`, { cause: error });
    });
  }
}

export async function createQueue(stage: Stage, name: string, visibilitySeconds: number): Promise<void> {
  const body = `<Queue><VisibilityTimeout>${visibilitySeconds}</VisibilityTimeout></Queue>`;
  accepted(await mns(stage.server, { method: 'PUT', path: `/queues/${name}`, body }), 201);
}

export async function subscribe(stage: Stage, topic: string, queue: string): Promise<void> {
  const { server } = stage;
  const endpoint = `acs:mns:${server.region}:${server.accountId}:queues/${queue}`;
  const body = `<Subscription><Endpoint>${endpoint}</Endpoint><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat></Subscription>`;
  accepted(await mns(server, { method: 'PUT', path: `/topics/${topic}/subscriptions/s`, body }), 201);
}
