import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { RunningTool, ToolExit, ToolHost } from '../host/tool-host.ts';
import { ImageWorkers } from './image-workers.ts';
import { prefixed } from './worker-frames.ts';

/** A worker that answers a request with any bytes, as a decoder might that was taken over by a picture. */
function hostile(answer: Uint8Array): { host: ToolHost; kills: () => number } {
  let kills = 0;
  const start = async (): Promise<RunningTool> => {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const exited = Promise.withResolvers<ToolExit>();
    stdin.once('data', () => stdout.write(answer));
    const kill = () => {
      kills++;
      exited.resolve({ code: null, signal: 'SIGKILL', stderr: '', stopped: 'killed' });
    };
    return { stdin, stdout, exited: exited.promise, kill };
  };
  const workspace = async () => ({
    path: '/nowhere',
    inside: '/work',
    inputs: new Map<string, string>(),
    input: () => {},
    output: () => Promise.reject(new Error('not asked for')),
    [Symbol.asyncDispose]: async () => {},
  });
  const run = () => Promise.reject(new Error('not asked for'));
  return { host: { workspace, start, run, close: async () => {} }, kills: () => kills };
}

const lengths = (header: number, body: number): Buffer => {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(header, 0);
  prefix.writeUInt32LE(body, 4);
  return prefix;
};

const framed = (text: string): Buffer => Buffer.concat([lengths(Buffer.byteLength(text), 0), Buffer.from(text)]);

for (const [what, answer] of [
  ['a frame of 8 GiB', lengths(0xffffffff, 0xffffffff)],
  ['a frame without a header', lengths(0, 10)],
  ['a header that is no JSON', framed('{{{{')],
  ['null', framed('null')],
  ['a result without a type', framed('{"type":"done","memoryBytes":1}')],
  [
    'a refusal of a kind that is not its own',
    framed('{"type":"refused","kind":"LeaseLost","details":{},"cause":"","memoryBytes":1}'),
  ],
  ['a refusal without reasons', framed('{"type":"refused","kind":"MediaUnreadable","cause":"","memoryBytes":1}')],
] as const) {
  test(`${what} from a worker costs the worker and not the server`, async () => {
    const { host, kills } = hostile(answer);
    const workers = new ImageWorkers({ host, size: 1, memoryBytes: 1e9, queueLimit: 1 });
    const request = { type: 'encode', width: 1, height: 1, format: 'png', quality: 1 } as const;
    await assert.rejects(workers.run(request, Buffer.alloc(3), new AbortController().signal, 5_000), {
      kind: 'EngineFailed',
    });
    assert.equal(kills(), 1);
    await workers.close();
  });
}

test('an answer that nobody asked for costs the worker', async () => {
  const done = prefixed({ type: 'done', contentType: 'a/b', extension: 'c', memoryBytes: 1 }, 0);
  const { host, kills } = hostile(Buffer.concat([done, done]));
  const workers = new ImageWorkers({ host, size: 1, memoryBytes: 1e9, queueLimit: 1 });
  const request = { type: 'encode', width: 1, height: 1, format: 'png', quality: 1 } as const;
  const result = await workers.run(request, Buffer.alloc(3), new AbortController().signal, 5_000);
  assert.equal(result.extension, 'c');
  assert.equal(kills(), 1);
  await workers.close();
});
