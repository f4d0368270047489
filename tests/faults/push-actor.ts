import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mns, until } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { Dice } from './random.ts';

/** An attempt whose process died is made again after 20 seconds, and a machine may be slow. */
const SETTLES_WITHIN_MS = 120_000;

/** Publishes messages and is the receiver of their pushes, which at first refuses some. */
export class PushActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #receiver: Server | undefined;
  #count = 0;
  #published = new Set<string>();
  #perhapsPublished = new Set<string>();
  #refused = new Set<string>();
  #taken = new Set<string>();

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `pushes-${number}`;
    this.#stage = stage;
    this.#dice = new Dice(seed);
  }

  async prepare(): Promise<void> {
    const receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        const refuses = !this.#refused.has(body) && this.#dice.next() < 0.2;
        if (refuses) this.#refused.add(body);
        else this.#taken.add(body);
        response.writeHead(refuses ? 500 : 204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    receiver.unref();
    this.#receiver = receiver;
    const address = receiver.address();
    assert.ok(address !== null && typeof address === 'object');
    const { server } = this.#stage;
    accepted(await mns(server, { method: 'PUT', path: `/topics/${this.name}`, body: '<Topic/>' }), 201);
    const endpoint = `<Endpoint>http://127.0.0.1:${address.port}/</Endpoint>`;
    const how =
      '<NotifyStrategy>EXPONENTIAL_DECAY_RETRY</NotifyStrategy><NotifyContentFormat>SIMPLIFIED</NotifyContentFormat>';
    const body = `<Subscription>${endpoint}${how}</Subscription>`;
    accepted(await mns(server, { method: 'PUT', path: `/topics/${this.name}/subscriptions/s`, body }), 201);
  }

  async act(): Promise<void> {
    const body = `${this.name} ${++this.#count}`;
    this.#perhapsPublished.add(body);
    const message = `<Message><MessageBody>${body}</MessageBody></Message>`;
    const path = `/topics/${this.name}/messages`;
    accepted(await mns(this.#stage.server, { method: 'POST', path, body: message }), 201);
    this.#published.add(body);
  }

  async check(): Promise<void> {
    for (const body of this.#taken) assert.ok(this.#perhapsPublished.has(body), `${body} was never published`);
  }

  async settle(): Promise<void> {
    const due = () => [...this.#published].filter((body) => !this.#taken.has(body));
    await until(`pushes of ${this.name}`, SETTLES_WITHIN_MS, () => due().length === 0).catch((error: unknown) => {
      throw new Error(`never pushed: ${due().slice(0, 10).join(', ')}`, { cause: error });
    });
    this.#receiver?.close();
    this.#receiver?.closeAllConnections();
  }
}
