import assert from 'node:assert/strict';
import { type Answer, oss, type SignedRequest, until } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { bytesOfContent, type Content, ExpectedObjects } from './expected-objects.ts';
import { Dice } from './random.ts';

const KEYS = 6;
const PAST = '2020-01-01T00:00:00.000Z';
const FUTURE = '2100-01-01T00:00:00.000Z';

const rules = `<LifecycleConfiguration>
  <Rule><ID>expires</ID><Prefix>expires/</Prefix><Status>Enabled</Status><Expiration><Date>${PAST}</Date></Expiration></Rule>
  <Rule><ID>moves</ID><Prefix>moves/</Prefix><Status>Enabled</Status>
    <Transition><CreatedBeforeDate>${FUTURE}</CreatedBeforeDate><StorageClass>IA</StorageClass></Transition></Rule>
  <Rule><ID>aborts</ID><Prefix>aborts/</Prefix><Status>Enabled</Status>
    <AbortMultipartUpload><CreatedBeforeDate>${FUTURE}</CreatedBeforeDate></AbortMultipartUpload></Rule>
</LifecycleConfiguration>`;

/**
 * Puts objects that expire at once, or move to a colder class, and begins uploads that are aborted, whenever the server looks
 * at its rules. What is copied from the former shares their bytes and must stay.
 */
export class LifecycleActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #dice: Dice;
  #seed: number;
  #expected = new ExpectedObjects();
  /** What each object that expires was last put as, unless it is known to be gone. */
  #put = new Map<string, Content>();

  constructor(stage: Stage, number: number, seed: number) {
    this.name = `lifecycle-${number}`;
    this.#stage = { ...stage, bucket: `${stage.bucket}-${this.name}` };
    this.#dice = new Dice(seed);
    this.#seed = seed;
  }

  async prepare(): Promise<void> {
    accepted(await this.#send({ method: 'PUT', path: '' }), 200);
    accepted(await this.#send({ method: 'PUT', path: '', query: { lifecycle: '' }, body: rules }), 200);
  }

  #send(request: SignedRequest): Promise<Answer> {
    const { server, bucket } = this.#stage;
    return oss(server, { ...request, path: `/${bucket}/${request.path}` });
  }

  async act(): Promise<void> {
    const number = this.#dice.between(1, KEYS);
    const choice = this.#dice.next();
    if (choice < 0.4) await this.#putExpiring(`expires/${number}`);
    else if (choice < 0.6) await this.#change(`moves/${number}`, this.#newContent());
    else if (choice < 0.8) await this.#copy(`expires/${number}`, `kept/${number}`);
    else await this.#beginUpload(`aborts/${number}`);
  }

  #newContent(): Content {
    this.#seed = (this.#seed + 1) >>> 0;
    return [{ seed: this.#seed, size: this.#dice.pick([10, 4_000, 90_000]) }];
  }

  async #change(key: string, content: Content, headers?: Record<string, string>): Promise<boolean> {
    this.#expected.sending(key, content);
    const body = headers === undefined ? bytesOfContent(content) : '';
    const answer = accepted(
      await this.#send({ method: 'PUT', path: key, body, ...(headers && { headers }) }),
      ...(headers ? [200, 404] : [200]),
    );
    if (answer.status === 200) this.#expected.acknowledged(key, content);
    return answer.status === 200;
  }

  async #putExpiring(key: string): Promise<void> {
    const content = this.#newContent();
    this.#put.delete(key);
    await this.#change(key, content);
    this.#put.set(key, content);
    // From now on it may go at any time.
    this.#expected.sending(key, null);
  }

  async #copy(source: string, target: string): Promise<void> {
    const content = this.#put.get(source);
    if (content === undefined) return;
    const headers = { 'x-oss-copy-source': `/${this.#stage.bucket}/${source}` };
    if (await this.#change(target, content, headers)) return;
    // It has expired. Nothing was copied.
    this.#put.delete(source);
    this.#expected.acknowledged(source, null);
    await this.#expected.check(this.#stage.server, this.#stage.bucket, target);
  }

  async #beginUpload(key: string): Promise<void> {
    const begun = accepted(await this.#send({ method: 'POST', path: key, query: { uploads: '' }, body: '' }), 200);
    const uploadId = /<UploadId>([^<]+)</.exec(begun.text)?.[1] ?? assert.fail(begun.text);
    const query = { partNumber: '1', uploadId };
    accepted(await this.#send({ method: 'PUT', path: key, query, body: bytesOfContent(this.#newContent()) }), 200, 404);
  }

  async check(): Promise<void> {
    const { server, bucket } = this.#stage;
    for (const key of this.#expected.keys()) {
      const found = await this.#expected.check(server, bucket, key);
      if (!key.startsWith('expires/')) continue;
      if (found === null) this.#put.delete(key);
      else {
        this.#put.set(key, found);
        this.#expected.sending(key, null);
      }
    }
  }

  async settle(): Promise<void> {
    await until('everything that is due by rule', 60_000, async () => {
      const expiring = accepted(await this.#send({ method: 'GET', path: '', query: { prefix: 'expires/' } }), 200);
      const uploads = accepted(await this.#send({ method: 'GET', path: '', query: { uploads: '' } }), 200);
      const moving = accepted(await this.#send({ method: 'GET', path: '', query: { prefix: 'moves/' } }), 200);
      return (
        !expiring.text.includes('<Key>') &&
        !uploads.text.includes('<UploadId>') &&
        !moving.text.includes('<StorageClass>Standard<')
      );
    });
    await this.check();
  }
}
