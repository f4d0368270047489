import assert from 'node:assert/strict';
import { mns, until } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { createQueue } from './message-actor.ts';
import { Dice } from './random.ts';

const field = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';

/** Receives messages once and leaves most of them, so that they end where their queue has its dead letters. */
export class DeadLetterActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #count = 0;
  #sent = new Set<string>();
  #perhapsSent = new Set<string>();
  #deleted = new Set<string>();
  #perhapsDeleted = new Set<string>();
  /** By what they say, the id of each dead letter: a message dies once. */
  #letters = new Map<string, string>();

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `dying-${number}`;
    this.#stage = stage;
    this.#dice = new Dice(seed);
  }

  get #dead(): string {
    return `${this.name}-dead`;
  }

  async prepare(): Promise<void> {
    await createQueue(this.#stage, this.#dead, 1);
    const policy = `<DlqPolicy><DeadLetterTargetQueue>${this.#dead}</DeadLetterTargetQueue><MaxReceiveCount>1</MaxReceiveCount></DlqPolicy>`;
    const body = `<Queue><VisibilityTimeout>1</VisibilityTimeout>${policy}</Queue>`;
    accepted(await mns(this.#stage.server, { method: 'PUT', path: `/queues/${this.name}`, body }), 201);
  }

  async act(): Promise<void> {
    const chance = this.#dice.next();
    if (chance < 0.5) await this.#send();
    else await this.#receive(this.name, chance < 0.65);
  }

  async #send(): Promise<void> {
    const body = `${this.name} ${++this.#count}`;
    this.#perhapsSent.add(body);
    const message = `<Message><MessageBody>${body}</MessageBody></Message>`;
    const path = `/queues/${this.name}/messages`;
    accepted(await mns(this.#stage.server, { method: 'POST', path, body: message }), 201);
    this.#sent.add(body);
  }

  /** Says whether there was a message. */
  async #receive(queue: string, deletes: boolean): Promise<boolean> {
    const { server } = this.#stage;
    const path = `/queues/${queue}/messages`;
    const { status, text } = accepted(await mns(server, { method: 'GET', path }), 200, 404);
    if (status === 404) return false;
    const [body, id] = [field(text, 'MessageBody'), field(text, 'MessageId')];
    assert.ok(this.#perhapsSent.has(body), `${body} was never sent`);
    assert.ok(!this.#deleted.has(body), `${body} came back after its deletion was acknowledged`);
    if (queue === this.#dead) {
      assert.match(text, /<Name>DLQMessageType</, 'a dead letter says where it came from');
      assert.equal(this.#letters.get(body) ?? id, id, `${body} died twice`);
      this.#letters.set(body, id);
    } else {
      assert.ok(!this.#letters.has(body), `${body} is alive and dead`);
      assert.equal(field(text, 'DequeueCount'), '1', `${body} was received more often than its queue allows`);
    }
    if (!deletes) return true;
    this.#perhapsDeleted.add(body);
    const query = { ReceiptHandle: field(text, 'ReceiptHandle') };
    const deleted = accepted(await mns(server, { method: 'DELETE', path, query }), 204, 404);
    if (deleted.status === 204) this.#deleted.add(body);
    return true;
  }

  /** Together the two queues hold what was sent and not deleted. */
  async check(): Promise<void> {
    let held = 0;
    for (const queue of [this.name, this.#dead]) {
      const { text } = accepted(await mns(this.#stage.server, { method: 'GET', path: `/queues/${queue}` }), 200);
      for (const name of ['ActiveMessages', 'InactiveMessages', 'DelayMessages']) held += Number(field(text, name));
    }
    const least = [...this.#sent].filter((body) => !this.#perhapsDeleted.has(body)).length;
    const most = [...this.#perhapsSent].filter((body) => !this.#deleted.has(body)).length;
    // One that moves between the two questions is counted in both.
    assert.ok(least <= held, `${this.name} and its dead letters are ${held}, must be ${least} at least`);
    assert.ok(held <= most * 2, `${this.name} and its dead letters are ${held}, may be ${most}`);
  }

  async settle(): Promise<void> {
    const due = () => [...this.#sent].filter((body) => !this.#perhapsDeleted.has(body));
    await until(`messages of ${this.name}`, 60_000, async () => {
      while (await this.#receive(this.name, false));
      while (await this.#receive(this.#dead, true));
      return due().length === 0;
    }).catch((error: unknown) => {
      throw new Error(`neither dead nor alive: ${due().slice(0, 10).join(', ')}`, { cause: error });
    });
  }
}
