import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { LogSpool } from '../../domain/ports/log-spool.ts';

/** How a suite gets at one kind of spool. All spools opened between `make` and `dispose` are the same one. */
export interface LogSpoolHarness {
  make(): Promise<{ open(): Promise<LogSpool>; dispose(): Promise<void> }>;
}

/** What every spool of log lines does, whatever it is made of. */
export function logSpoolContract(harness: LogSpoolHarness): void {
  let place: Awaited<ReturnType<LogSpoolHarness['make']>>;
  let spool: LogSpool;
  beforeEach(async () => {
    place = await harness.make();
    spool = await place.open();
  });
  afterEach(() => place.dispose());

  const batch = (id: string) => ({ id, bucket: 'logs', key: `p/"${id}"\n文` });
  const text = async (id: string): Promise<string> => Buffer.from(await spool.read(id)).toString();

  test('gives the lines of a batch in the order in which they came, also to a later run', async () => {
    await spool.append(batch('a'), 'one\ntwo\n');
    await spool.append(batch('b'), 'other\n');
    await spool.append(batch('a'), 'three 文\n');
    assert.equal(await text('a'), 'one\ntwo\nthree 文\n');
    spool = await place.open();
    assert.deepEqual(await spool.list(), [batch('a'), batch('b')]);
    assert.equal(await text('a'), 'one\ntwo\nthree 文\n');
    assert.equal(await text('b'), 'other\n');
  });

  test('forgets what was removed', async () => {
    await spool.append(batch('a'), 'one\n');
    await spool.remove('a');
    assert.deepEqual(await spool.list(), []);
    await spool.append(batch('a'), 'two\n');
    assert.equal(await text('a'), 'two\n');
  });
}
