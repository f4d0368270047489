import { oss } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { bytesOfContent, type Content, ExpectedObjects, sizeOf } from './expected-objects.ts';
import { Dice } from './random.ts';

const KEYS = 12;

/** An appended object is given up and begun anew past this size, so that checks stay quick. */
const LONGEST_LOG = 300_000;

/** Puts, overwrites, copies, appends to and deletes a few objects. */
export class ObjectActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #expected = new ExpectedObjects();
  #seed: number;

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `objects-${number}`;
    this.#stage = stage;
    this.#dice = new Dice(seed);
    this.#seed = seed;
  }

  #key = () => `${this.name}/${this.#dice.between(1, KEYS)}`;

  #piece(size: number) {
    this.#seed = (this.#seed + 1) >>> 0;
    return { seed: this.#seed, size };
  }

  async act(): Promise<void> {
    const choice = this.#dice.next();
    if (choice < 0.5) await this.#put(this.#key());
    else if (choice < 0.65) await this.#copy(this.#key(), this.#key());
    else if (choice < 0.8) await this.#delete(this.#key());
    else await this.#append(`${this.name}/log-${this.#dice.between(1, 2)}`);
  }

  async #change(key: string, next: Content | null, send: () => Promise<unknown>): Promise<void> {
    this.#expected.sending(key, next);
    await send();
    this.#expected.acknowledged(key, next);
  }

  async #put(key: string): Promise<void> {
    // Both sides of the size up to which bodies may be kept with their records, and nothing at all.
    const size = this.#dice.pick([0, 1, 700, 4_000, 30_000, 90_000, 250_000, 1_200_000]);
    const content = [this.#piece(size)];
    await this.#change(key, content, async () =>
      accepted(
        await oss(this.#stage.server, {
          method: 'PUT',
          path: `/${this.#stage.bucket}/${key}`,
          body: bytesOfContent(content),
        }),
        200,
      ),
    );
  }

  async #delete(key: string): Promise<void> {
    await this.#change(key, null, async () =>
      accepted(await oss(this.#stage.server, { method: 'DELETE', path: `/${this.#stage.bucket}/${key}` }), 204),
    );
  }

  async #copy(source: string, target: string): Promise<void> {
    const content = this.#expected.get(source);
    if (content === null) return;
    await this.#change(target, content, async () =>
      accepted(
        await oss(this.#stage.server, {
          method: 'PUT',
          path: `/${this.#stage.bucket}/${target}`,
          headers: { 'x-oss-copy-source': `/${this.#stage.bucket}/${source}`, 'content-length': '0' },
        }),
        200,
      ),
    );
  }

  async #append(key: string): Promise<void> {
    const before = this.#expected.get(key) ?? [];
    if (sizeOf(before) > LONGEST_LOG) return await this.#delete(key);
    const piece = this.#piece(this.#dice.pick([10, 5_000, 70_000]));
    await this.#change(key, [...before, piece], async () =>
      accepted(
        await oss(this.#stage.server, {
          method: 'POST',
          path: `/${this.#stage.bucket}/${key}`,
          query: { append: '', position: String(sizeOf(before)) },
          body: bytesOfContent([piece]),
        }),
        200,
      ),
    );
  }

  async check(): Promise<void> {
    await this.#expected.checkAll(this.#stage.server, this.#stage.bucket, `${this.name}/`);
  }
}
