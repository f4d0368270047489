import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Keys, oss } from '@millrace/testkit';
import { bytesOf } from './random.ts';

/** What an object should hold, as the pieces it was made of. */
export type Content = readonly { seed: number; size: number }[];

export const bytesOfContent = (content: Content): Buffer =>
  Buffer.concat(content.map(({ seed, size }) => bytesOf(seed, size)));

export const sizeOf = (content: Content): number => content.reduce((sum, piece) => sum + piece.size, 0);

/**
 * Knows, for each key, every state that the server may truthfully show: the last one it acknowledged, and after a crash
 * also the one that was on its way.
 */
export class ExpectedObjects {
  #possible = new Map<string, (Content | null)[]>();

  /** The one state a key is in. Only to be asked between requests, when no answer is outstanding. */
  get(key: string): Content | null {
    const states = this.#possible.get(key) ?? [null];
    const [state, ...others] = states;
    assert.equal(others.length, 0, `${key} is not settled`);
    return state ?? null;
  }

  keys(): string[] {
    return [...this.#possible.keys()];
  }

  /** A change is sent: from now on the key may be in its old or its new state. */
  sending(key: string, next: Content | null): void {
    this.#possible.set(key, [...(this.#possible.get(key) ?? [null]), next]);
  }

  /** The change was acknowledged: the new state is the only one. */
  acknowledged(key: string, state: Content | null): void {
    this.#possible.set(key, [state]);
  }

  /** Reads a key and settles which of its states it is in. Fails on anything else: lost, torn or resurrected. */
  async check(server: Keys, bucket: string, key: string): Promise<Content | null> {
    const states = this.#possible.get(key) ?? [null];
    const answer = await oss(server, { method: 'GET', path: `/${bucket}/${key}` });
    const found =
      answer.status === 404
        ? states.find((state) => state === null)
        : states.find((state) => state !== null && answer.body.equals(bytesOfContent(state)));
    if (found === undefined) {
      const described = states.map((state) =>
        state === null ? 'absent' : `${sizeOf(state)} bytes in ${state.length} pieces`,
      );
      assert.fail(`${key}: got ${answer.status} with ${answer.body.length} bytes, may be ${described.join(' or ')}`);
    }
    if (found !== null) {
      assert.equal(answer.status, 200);
      if (answer.headers['x-oss-object-type'] === 'Normal') {
        assert.equal(answer.headers.etag, `"${createHash('md5').update(answer.body).digest('hex').toUpperCase()}"`);
      }
    }
    this.#possible.set(key, [found]);
    return found;
  }

  /** Checks every key, and that a listing shows exactly those that are there. */
  async checkAll(server: Keys, bucket: string, prefix: string): Promise<void> {
    const there: string[] = [];
    for (const key of this.keys()) {
      if ((await this.check(server, bucket, key)) !== null) there.push(key);
    }
    assert.deepEqual(await listAll(server, bucket, prefix), there.sort());
  }
}

async function listAll(server: Keys, bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let marker = ''; ; marker = keys.at(-1) ?? '') {
    const query = { prefix, 'max-keys': '1000', ...(marker === '' ? {} : { marker }) };
    const answer = await oss(server, { method: 'GET', path: `/${bucket}/`, query });
    assert.equal(answer.status, 200, answer.text);
    for (const match of answer.text.matchAll(/<Key>([^<]*)<\/Key>/g)) keys.push(match[1] ?? '');
    if (answer.text.includes('<IsTruncated>false<')) return keys;
  }
}
