import assert from 'node:assert/strict';
import { type Answer, oss } from '@millrace/testkit';
import { type Actor, accepted, type Stage } from './actor.ts';
import { bytesOfContent, type Content } from './expected-objects.ts';
import { Dice } from './random.ts';

const KEYS = 4;

/** A key with more versions than this loses one of them, so that checks stay quick. */
const MOST_VERSIONS = 6;

/** A version of a key. What was sent without hearing the answer has no id that is known. */
interface Version {
  id: string | undefined;
  /** Null for a delete marker. */
  content: Content | null;
}

/** Newest first. */
type Versions = readonly Version[];

/** Writes, hides and removes versions in a bucket of its own; one of two suspends versioning now and then. */
export class VersionActor implements Actor {
  readonly name: string;
  #stage: Stage;
  #bucket: string;
  #dice: Dice;
  #seed: number;
  #suspends: boolean;
  #status: 'Enabled' | 'Suspended' = 'Enabled';
  #keys = new Map<string, Versions>();
  /** The change that was sent last, until it is acknowledged. */
  #pending: { key: string; next: Versions } | undefined;

  constructor(stage: Stage, number: number, options: { seed: number; suspends: boolean }) {
    this.name = `versions-${number}`;
    this.#stage = stage;
    this.#bucket = `${stage.bucket}-${this.name}`;
    this.#dice = new Dice(options.seed);
    this.#seed = options.seed;
    this.#suspends = options.suspends;
  }

  #send(
    method: string,
    key: string,
    more: { query?: Record<string, string>; headers?: Record<string, string>; body?: Buffer | string } = {},
  ): Promise<Answer> {
    return oss(this.#stage.server, { method, path: `/${this.#bucket}/${key}`, ...more });
  }

  async prepare(): Promise<void> {
    accepted(await this.#send('PUT', ''), 200);
    await this.#setStatus('Enabled');
  }

  async #setStatus(status: 'Enabled' | 'Suspended'): Promise<void> {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    accepted(await this.#send('PUT', '', { query: { versioning: '' }, body }), 200);
    this.#status = status;
  }

  async act(): Promise<void> {
    const key = `k${this.#dice.between(1, KEYS)}`;
    const versions = this.#keys.get(key) ?? [];
    const choice = this.#dice.next();
    if (this.#suspends && choice > 0.92) {
      await this.#setStatus(this.#status === 'Enabled' ? 'Suspended' : 'Enabled');
    } else if (versions.length > MOST_VERSIONS || choice < 0.2) await this.#removeOne(key, versions);
    else if (choice < 0.35) await this.#hide(key);
    else if (choice < 0.5) await this.#copyOld(key, versions);
    else if (choice < 0.6) await this.#complete(key);
    else await this.#put(key);
  }

  #newContent(): Content {
    this.#seed = (this.#seed + 1) >>> 0;
    return [{ seed: this.#seed, size: this.#dice.pick([0, 700, 30_000, 90_000]) }];
  }

  /** The versions of a key once `content` has become the newest. */
  #with(key: string, content: Content | null): Versions {
    const versions = this.#keys.get(key) ?? [];
    if (this.#status === 'Enabled') return [{ id: undefined, content }, ...versions];
    return [{ id: 'null', content }, ...versions.filter(({ id }) => id !== 'null')];
  }

  async #change(key: string, next: Versions, send: () => Promise<Answer>): Promise<void> {
    this.#pending = { key, next };
    const answer = await send();
    const [newest, ...others] = next;
    const named = newest && { ...newest, id: newest.id ?? answer.headers['x-oss-version-id'] };
    assert.ok(!named || named.id, 'the answer names no version');
    this.#keys.set(key, named ? [named, ...others] : []);
    this.#pending = undefined;
  }

  async #put(key: string): Promise<void> {
    const content = this.#newContent();
    await this.#change(key, this.#with(key, content), async () =>
      accepted(await this.#send('PUT', key, { body: bytesOfContent(content) }), 200),
    );
  }

  async #complete(key: string): Promise<void> {
    const content = this.#newContent();
    const started = accepted(await this.#send('POST', key, { query: { uploads: '' }, body: '' }), 200);
    const uploadId = /<UploadId>([^<]+)</.exec(started.text)?.[1] ?? assert.fail(started.text);
    const part = { query: { uploadId, partNumber: '1' }, body: bytesOfContent(content) };
    accepted(await this.#send('PUT', key, part), 200);
    await this.#change(key, this.#with(key, content), async () =>
      accepted(
        await this.#send('POST', key, { query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' }, body: '' }),
        200,
      ),
    );
  }

  async #hide(key: string): Promise<void> {
    await this.#change(key, this.#with(key, null), async () => accepted(await this.#send('DELETE', key), 204));
  }

  async #removeOne(key: string, versions: Versions): Promise<void> {
    const removed = versions[this.#dice.between(0, versions.length - 1)];
    if (removed?.id === undefined) return;
    const next = versions.filter((version) => version !== removed);
    const query = { versionId: removed.id };
    await this.#change(key, next, async () => accepted(await this.#send('DELETE', key, { query }), 204));
  }

  async #copyOld(key: string, versions: Versions): Promise<void> {
    const source = versions[this.#dice.between(0, versions.length - 1)];
    if (!source?.content) return;
    const target = `k${this.#dice.between(1, KEYS)}`;
    const headers = { 'x-oss-copy-source': `/${this.#bucket}/${key}?versionId=${source.id}`, 'content-length': '0' };
    await this.#change(target, this.#with(target, source.content), async () =>
      accepted(await this.#send('PUT', target, { headers }), 200),
    );
  }

  async check(): Promise<void> {
    const asked = accepted(await this.#send('GET', '', { query: { versioning: '' } }), 200);
    this.#status = asked.text.includes('Suspended') ? 'Suspended' : 'Enabled';
    const listed = await this.#list();
    const current: string[] = [];
    for (const key of new Set([
      ...this.#keys.keys(),
      ...listed.keys(),
      ...(this.#pending ? [this.#pending.key] : []),
    ])) {
      const versions = await this.#settle(key, listed.get(key) ?? []);
      this.#keys.set(key, versions);
      const [newest] = versions;
      const read = await this.#send('GET', key);
      if (newest?.content) {
        current.push(key);
        assert.ok(accepted(read, 200).body.equals(bytesOfContent(newest.content)), `${key} is not its newest version`);
      } else accepted(read, 404);
    }
    this.#pending = undefined;
    const objects = accepted(await this.#send('GET', ''), 200);
    assert.deepEqual(
      [...objects.text.matchAll(/<Key>([^<]*)</g)].map(([, key]) => key),
      current.sort(),
    );
  }

  async #list(): Promise<Map<string, { id: string; marker: boolean }[]>> {
    const query = { versions: '', 'max-keys': '1000' };
    const { text } = accepted(await this.#send('GET', '', { query }), 200);
    assert.ok(text.includes('<IsTruncated>false<'), 'there are more versions than this actor makes');
    const listed = new Map<string, { id: string; marker: boolean }[]>();
    for (const [, name, inside = ''] of text.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/gs)) {
      const key = /<Key>([^<]*)</.exec(inside)?.[1] ?? '';
      const id = /<VersionId>([^<]*)</.exec(inside)?.[1] ?? '';
      const versions = listed.get(key) ?? [];
      assert.equal(inside.includes('<IsLatest>true<'), versions.length === 0, `${key} ${id}: which is the latest`);
      listed.set(key, [...versions, { id, marker: name === 'DeleteMarker' }]);
    }
    return listed;
  }

  /** The state that a key is in: the one acknowledged last, or the one that was on its way. Fails on any other. */
  async #settle(key: string, listed: { id: string; marker: boolean }[]): Promise<Versions> {
    const states = [this.#keys.get(key) ?? []];
    if (this.#pending?.key === key) states.push(this.#pending.next);
    for (const state of states) {
      if (state.length !== listed.length) continue;
      const named = state.map(({ id, content }, at) => ({ id: id ?? listed[at]?.id, content }));
      if (await this.#matches(key, named, listed)) return named;
    }
    const described = states.map((state) => state.map(({ id, content }) => `${id}${content ? '' : ' (marker)'}`));
    assert.fail(`${key} has ${JSON.stringify(listed)}, may have ${JSON.stringify(described)}`);
  }

  async #matches(key: string, state: Versions, listed: { id: string; marker: boolean }[]): Promise<boolean> {
    for (const [at, { id, content }] of state.entries()) {
      const there = listed[at];
      if (there?.id !== id || there?.marker !== (content === null)) return false;
      if (content === null) continue;
      const read = await this.#send('GET', key, { query: { versionId: id ?? '' } });
      if (read.status !== 200 || !read.body.equals(bytesOfContent(content))) return false;
    }
    return true;
  }
}
