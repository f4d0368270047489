import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { ResultWriter } from '../../stores/threads/result-writer.ts';
import { type Result, ResultCache } from './result-cache.ts';

const { signal } = new AbortController();

const result = (text: string): Result => ({ contentType: 'image/png', extension: 'png', bytes: Buffer.from(text) });

/** Counts productions. */
function producer(text: string) {
  const counted = {
    calls: 0,
    produce: async (): Promise<Result> => {
      counted.calls += 1;
      return result(text);
    },
  };
  return counted;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const files = new ResultWriter();

describe('the result cache', () => {
  let folder = '';
  let opened: ResultCache[] = [];
  const open = (maxBytes = 1_000_000): ResultCache => {
    const cache = new ResultCache({ folder, maxBytes, files });
    opened.push(cache);
    return cache;
  };
  beforeEach(async (t) => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-cache-'));
    opened = [];
    (t as TestContext).after(async () => {
      await Promise.all(opened.map((cache) => cache.settled()));
      await rm(folder, { recursive: true, force: true });
    });
  });

  it('produces once and answers from disk afterwards, also after a restart', async () => {
    const work = producer('pixels');
    const cache = open();
    assert.deepEqual(await cache.use('k', work.produce, signal), { result: result('pixels'), hit: false });
    assert.equal((await cache.use('k', work.produce, signal)).hit, true);
    await cache.settled();
    for (const again of [cache, open()]) {
      const { result: found, hit } = await again.use('k', work.produce, signal);
      assert.deepEqual([Buffer.from(found.bytes).toString(), found.contentType, hit], ['pixels', 'image/png', true]);
    }
    assert.equal(work.calls, 1);
  });

  it('answers from memory what was asked for again, as long as there is room', async () => {
    const cache = open(100_000_000);
    const large = { ...result(''), bytes: Buffer.alloc(400_000, 1) };
    const keys = Array.from({ length: 100 }, (_, index) => `k${index}`);
    for (const key of keys) await cache.use(key, async () => large, signal);
    await cache.settled();
    for (const key of keys) assert.equal((await cache.use(key, async () => large, signal)).hit, true);
    const work = producer('made again');
    for (const file of await filesIn(folder)) await rm(file);
    assert.equal((await cache.use('k99', work.produce, signal)).hit, true);
    assert.equal((await cache.use('k0', work.produce, signal)).hit, false);
    assert.equal(work.calls, 1);
  });

  it('shares one production between callers that come while it runs', async () => {
    const gate = Promise.withResolvers<Result>();
    let calls = 0;
    const produce = () => {
      calls += 1;
      return gate.promise;
    };
    const cache = open();
    await cache.ready();
    const both = Promise.all([cache.use('k', produce, signal), cache.use('k', produce, signal)]);
    gate.resolve(result('x'));
    assert.deepEqual(
      (await both).map(({ hit }) => hit),
      [false, false],
    );
    assert.equal(calls, 1);
  });

  it('aborts a production when the last caller has gone, and not before', async () => {
    const begun = Promise.withResolvers<AbortSignal>();
    const produce = (shared: AbortSignal) =>
      new Promise<Result>((_, reject) => {
        shared.addEventListener('abort', () => reject(shared.reason));
        begun.resolve(shared);
      });
    const [first, second] = [new AbortController(), new AbortController()];
    const cache = open();
    const one = cache.use('k', produce, first.signal);
    const shared = await begun.promise;
    const two = cache.use('k', produce, second.signal);
    first.abort(new Error('first gone'));
    await assert.rejects(one, /first gone/);
    assert.equal(shared.aborted, false);
    second.abort(new Error('second gone'));
    await assert.rejects(two, /second gone/);
    assert.equal(shared.aborted, true);
    const work = producer('later');
    assert.equal((await cache.use('k', work.produce, signal)).hit, false);
    assert.equal(work.calls, 1);
  });

  it('does not keep a failure', async () => {
    const cache = open();
    await assert.rejects(
      cache.use('k', () => Promise.reject(new Error('broken')), signal),
      /broken/,
    );
    assert.equal((await cache.use('k', producer('x').produce, signal)).hit, false);
  });

  it('drops a file that is torn or changed, and produces again', async () => {
    const cache = open();
    await cache.use('k', producer('pixels').produce, signal);
    await cache.settled();
    const [path = ''] = await filesIn(folder);
    const whole = await readFile(path);
    const changed = Buffer.from(whole);
    changed[changed.length - 1] = 0;
    for (const damaged of [whole.subarray(0, -2), whole.subarray(0, 3), Buffer.alloc(0), Buffer.alloc(99), changed]) {
      await writeFile(path, damaged);
      const again = open();
      const found = await again.use('k', producer('pixels').produce, signal);
      await again.settled();
      assert.deepEqual([found.hit, Buffer.from(found.result.bytes).toString()], [false, 'pixels']);
    }
  });

  it('lets the least recently used leave when it is full, counting what earlier runs left', async () => {
    const first = open(16 * 4096);
    await first.ready();
    for (const key of ['a', 'b', 'c']) await first.use(key, producer(key.repeat(5000)).produce, signal);
    await first.settled();
    await first.use('a', producer('').produce, signal);
    assert.equal(first.bytes, 6 * 4096);
    // File times are coarse: three files written at once may bear the same.
    for (const [index, key] of ['a', 'b', 'c'].entries()) {
      const name = createHash('sha256').update(key).digest('hex');
      await utimes(join(folder, name.slice(0, 2), name), index, index);
    }
    const second = open(7 * 4096 * 2);
    await second.ready();
    assert.equal(second.bytes, 6 * 4096);
    for (const key of ['a', 'd', 'e', 'f', 'g', 'h']) {
      await second.use(key, producer(key.repeat(5000)).produce, signal);
      await second.settled();
    }
    assert.ok(second.bytes <= 14 * 4096);
    assert.equal((await second.use('a', producer('').produce, signal)).hit, true);
    assert.equal((await second.use('b', producer('b').produce, signal)).hit, false);
  });

  it('removes what a crash left half-written and keeps nothing that is too large for it', async () => {
    await writeFile(join(folder, `.${'0'.repeat(64)}.abcd`), 'half');
    const cache = open(40_000);
    await cache.ready();
    await cache.use('big', producer('x'.repeat(20_000)).produce, signal);
    await cache.settled();
    assert.deepEqual(await filesIn(folder), []);
  });

  it('answers even when nothing can be written', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const troubles: unknown[] = [];
    const cache = new ResultCache({ folder: file, files, maxBytes: 1e6, trouble: (error) => troubles.push(error) });
    const { result: produced } = await cache.use('k', producer('x').produce, signal);
    assert.equal(Buffer.from(produced.bytes).toString(), 'x');
    assert.ok(troubles.length > 0);
  });
});
