import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { BlobRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import { crc64 } from './crc64.ts';
import { type Damage, Scrubber } from './scrubber.ts';

const atOnce: Clock = {
  now: () => 0,
  schedule(_, callback) {
    setImmediate(callback);
    return () => {};
  },
};

function store(files: Record<string, string>, inline: Record<string, string>, recorded: Record<string, string>) {
  const rows: BlobRow[] = Object.entries(recorded)
    .map(([id, text]) => ({ id, length: text.length, crc64: crc64(Buffer.from(text)) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const reads = {
    blobs: {
      page: (after: string, limit: number) => rows.filter(({ id }) => id > after).slice(0, limit),
      content: (id: string) => (inline[id] === undefined ? {} : { data: Buffer.from(inline[id]) }),
      users: (id: string) => [{ bucket: 'b', key: `of ${id}` }],
      known: (ids: string[]) => new Set(ids),
    },
  } as unknown as Reads;
  const blobs = {
    async *read(id: string) {
      const text = files[id];
      if (text === undefined) throw new Error('The file is missing.');
      yield Buffer.from(text);
    },
  } as unknown as BlobStore;
  return new Scrubber({ reads, blobs, ciphers: testCiphers(), clock: atOnce });
}

describe('Scrubber', () => {
  it('finds flipped bits and missing files, names the objects, and leaves whole blobs alone', async () => {
    const scrubber = store(
      { a: 'whole', b: 'wh0le' },
      { d: 'inline', e: 'inl1ne' },
      {
        a: 'whole',
        b: 'whole',
        c: 'missing',
        d: 'inline',
        e: 'inline',
      },
    );
    const found: Damage[] = [];
    assert.equal(await scrubber.pass((damage) => found.push(damage)), 3);
    assert.deepEqual(
      found.map(({ blob, objects }) => [blob, objects[0]?.key]),
      [
        ['b', 'of b'],
        ['c', 'of c'],
        ['e', 'of e'],
      ],
    );
    assert.match(found[1]?.reason ?? '', /missing/);
    assert.deepEqual([...scrubber.damaged.keys()], ['b', 'c', 'e']);
  });

  it('forgets damage that a later pass no longer finds', async () => {
    const files: Record<string, string> = { a: 'wh0le' };
    const scrubber = store(files, {}, { a: 'whole' });
    assert.equal(await scrubber.pass(() => {}), 1);
    files.a = 'whole';
    assert.equal(await scrubber.pass(() => {}), 0);
    assert.equal(scrubber.damaged.size, 0);
  });

  it('walks more blobs than one page holds', async () => {
    const names = Array.from({ length: 600 }, (_, number) => `blob${String(number).padStart(4, '0')}`);
    const texts = Object.fromEntries(names.map((name) => [name, name]));
    const scrubber = store({ ...texts, blob0599: 'flipped!' }, {}, texts);
    assert.equal(await scrubber.pass(() => {}), 1);
  });

  it('stops when it is told to', async () => {
    const scrubber = store({ a: 'wh0le' }, {}, { a: 'whole' });
    assert.equal(await scrubber.pass(() => {}, AbortSignal.abort()), 0);
  });
});
