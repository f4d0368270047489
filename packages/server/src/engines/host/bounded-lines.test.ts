import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { test } from 'node:test';
import { boundedLines } from './bounded-lines.ts';

async function read(chunks: readonly Uint8Array[], limit = 20): Promise<{ lines: string[]; tooLong: number }> {
  const stream = new PassThrough();
  const lines: string[] = [];
  let tooLong = 0;
  boundedLines(
    stream,
    limit,
    (line) => lines.push(line),
    () => tooLong++,
  );
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await finished(stream);
  return { lines, tooLong };
}

test('lines come whole however they are cut, also inside a character, and the last without its line feed', async () => {
  const bytes = Buffer.from('first\r\n\n第三\nlast');
  const expected = { lines: ['first', '', '第三', 'last'], tooLong: 0 };
  for (const size of [1, 2, 3, 7, 100]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    assert.deepEqual(await read(chunks), expected);
  }
});

test('a line without an end is given up once, and nothing after it counts', async () => {
  const { lines, tooLong } = await read(['good\n', 'x'.repeat(15), 'y'.repeat(15), '\nlater\n'].map(Buffer.from));
  assert.deepEqual([lines, tooLong], [['good'], 1]);
});
