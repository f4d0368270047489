import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SelectQuery } from '../../domain/ports/select-engine.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { SandboxedSelectEngine } from './select-engine.ts';

let folder: string;
let host: SandboxedToolHost;
let engine: SandboxedSelectEngine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-select-'));
  host = createToolHost({ folder: join(folder, 'host'), sandbox: 'on' });
  engine = new SandboxedSelectEngine({ host, size: 1 });
});

after(async () => {
  await engine.close();
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;

function query(statement: string): SelectQuery {
  return {
    statement,
    input: {
      kind: 'csv',
      header: 'none',
      recordDelimiter: undefined,
      fieldDelimiter: ',',
      quote: '"',
      comment: undefined,
      quotedDelimiters: true,
    },
    compression: 'none',
    output: { recordDelimiter: '\n', fieldDelimiter: ',', quote: '"', keepAllColumns: false, header: false },
    skipPartial: false,
    maxSkipped: 0,
  };
}

async function* repeated(line: string, megabytes: number, given = { bytes: 0 }): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.from(line.repeat(Math.ceil(65_536 / line.length)));
  for (; given.bytes < megabytes * 2 ** 20; given.bytes += chunk.length) yield chunk;
}

async function rowsOf(statement: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let rows = '';
  for await (const event of engine.run(query(statement), bytes, never)) {
    if (event.type === 'rows') rows += Buffer.from(event.bytes).toString();
  }
  return rows;
}

test('one worker serves query after query, also after one that it refused', async () => {
  assert.equal(await rowsOf('select count(*) from ossobject', repeated('a,b\n', 0.1)), '32768\n');
  await assert.rejects(rowsOf('select nothing from nowhere', repeated('a,b\n', 1)), { kind: 'SelectFailed' });
  assert.equal(await rowsOf('select _2 from ossobject limit 2', repeated('a,b\n', 8)), 'b\nb\n');
  await assert.rejects(rowsOf('select sum(_1) from ossobject', repeated('a,b\n', 8)), { kind: 'SelectFailed' });
  assert.equal(await rowsOf('select max(_1) from ossobject', repeated('7,b\n', 1)), '7\n');
});

test('a query that needs no more rows leaves the rest of the object unread', async () => {
  const given = { bytes: 0 };
  assert.equal(await rowsOf('select _1 from ossobject limit 1', repeated('a,b\n', 512, given)), 'a\n');
  assert.ok(given.bytes < 64 * 2 ** 20, `read ${given.bytes} bytes`);
});

test('a client that reads slowly makes the object wait', async () => {
  const given = { bytes: 0 };
  const events = engine.run(query('select * from ossobject'), repeated('a,b,c,d,e,f\n', 256, given), never);
  await events.next();
  const settled = async (): Promise<number> => {
    for (let before = -1; before !== given.bytes; ) {
      before = given.bytes;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return given.bytes;
  };
  assert.ok((await settled()) < 32 * 2 ** 20, `read ${given.bytes} bytes for a client that takes none`);
  await events.return();
});

test('who leaves or cancels ends the work, and the next query gets a worker', async () => {
  const leaving = engine.run(query('select * from ossobject'), repeated('a,b\n', 1024), never);
  await leaving.next();
  await leaving.return();
  const cancel = new AbortController();
  const cancelled = engine.run(query('select count(*) from ossobject'), repeated('a,b\n', 4096), cancel.signal);
  const end = assert.rejects(cancelled.next(), { name: 'AbortError' });
  setTimeout(() => cancel.abort(), 200);
  await end;
  assert.equal(await rowsOf('select count(*) from ossobject', repeated('a,b\n', 0.1)), '32768\n');
});

test('a damaged object ends the query with its own error, and the next query gets a worker', async () => {
  async function* damaged(): AsyncGenerator<Uint8Array> {
    yield* repeated('a,b\n', 1);
    throw new Error('damaged');
  }
  await assert.rejects(rowsOf('select count(*) from ossobject', damaged()), /damaged/);
  assert.equal(await rowsOf('select count(*) from ossobject', repeated('a,b\n', 0.1)), '32768\n');
});
