import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FormError, type FormFault, readForm } from './form-data.ts';

const BOUNDARY = 'aaab';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

function formOf(fields: readonly [string, Buffer][], file: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (const [name, value] of [...fields, ['file', file] as const]) {
    pieces.push(Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`), value);
    pieces.push(Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--`)]);
}

/** In chunks of these sizes, again and again; notes how much was asked for. */
async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function faultOf(body: Buffer, type = TYPE): Promise<FormFault | undefined> {
  try {
    await collect((await readForm(chunked(body, [1_000]), type, 'file')).file.bytes);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof FormError, String(error));
    return error.fault;
  }
}

test('gives fields and file as they were written, however the body is cut', async () => {
  // Made of what boundaries are made of, so that halves of them are met everywhere.
  const bytes = fc
    .array(fc.constantFrom('\r', '\n', '\r\n', '-', '--', 'a', 'b', '\r\n--aaa', '\r\n--aaaa', 'x'))
    .map((words) => Buffer.from(words.join('')))
    .filter((value) => !value.includes(`\r\n--${BOUNDARY}`));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 4 }), bytes, sizes, async (values, file, cuts) => {
      const fields = values.map((value, index): [string, Buffer] => [`f${index}`, value]);
      const form = await readForm(chunked(formOf(fields, file), cuts), TYPE, 'file');
      assert.deepEqual(
        [...form.fields],
        fields.map(([name, value]) => [name, value.toString()]),
      );
      assert.deepEqual(await collect(form.file.bytes), file);
    }),
  );
});

test('never does anything but give a form or refuse it, whatever the bytes', async () => {
  const whole = formOf([['key', Buffer.from('k')]], Buffer.from('content'));
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length),
      fc.nat(whole.length),
      fc.uint8Array({ maxLength: 20 }),
      async (a, b, noise) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        await faultOf(Buffer.concat([whole.subarray(0, from), noise, whole.subarray(to)]));
      },
    ),
  );
});

test('holds no more of a file than a chunk', async () => {
  let given = 0;
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`;
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head);
    for (;;) {
      given++;
      yield Buffer.alloc(1024);
    }
  }
  const { file } = await readForm(endless(), TYPE, 'file');
  let size = 0;
  for await (const piece of file.bytes) {
    size += piece.byteLength;
    assert.ok(given * 1024 - size <= 2048);
    if (given > 1000) break;
  }
});

test('lets go of the body when it is refused or given up', async () => {
  let closed = 0;
  async function* source(body: Buffer): AsyncGenerator<Uint8Array> {
    try {
      yield body;
      yield Buffer.alloc(10);
    } finally {
      closed++;
    }
  }
  await assert.rejects(readForm(source(Buffer.from('x'.repeat(100))), TYPE, 'file'), FormError);
  assert.equal(closed, 1);
  const { file } = await readForm(source(formOf([], Buffer.from('x')).subarray(0, -4)), TYPE, 'file');
  await file.bytes.next();
  await file.bytes.return();
  assert.equal(closed, 2);
});

test('takes the name of a file from quotes, escapes, extended values and paths', async () => {
  const names: Record<string, string> = {
    'filename="a b.txt"': 'a b.txt',
    'filename="a\\"b.txt"': 'a"b.txt',
    'filename="C:\\dir\\c.txt"': 'c.txt',
    'filename="/etc/passwd"': 'passwd',
    'filename=bare': 'bare',
    'filename="x"; filename*=UTF-8\'\'%e6%96%87': '文',
    'filename=""': '',
    '': '',
  };
  for (const [written, expected] of Object.entries(names)) {
    const head = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; ${written}\r\nContent-Type: a/b\r\n\r\n`;
    const { file } = await readForm(chunked(Buffer.from(`${head}x\r\n--${BOUNDARY}--`), [99]), TYPE, 'file');
    assert.deepEqual([file.filename, file.contentType], [expected, 'a/b'], written);
    await file.bytes.return();
  }
});

test('reads names in any case, keeps the first of two, and takes quoted boundaries and padded lines', async () => {
  const body = Buffer.concat([
    Buffer.from('a preamble\r\n'),
    formOf(
      [
        ['Key', Buffer.from('1')],
        ['KEY', Buffer.from('2')],
      ],
      Buffer.from('x'),
    ),
    Buffer.from('\r\nan epilogue'),
  ]);
  const padded = Buffer.from(body.toString('latin1').replace(`--${BOUNDARY}\r\n`, `--${BOUNDARY} \t\r\n`), 'latin1');
  const { fields, file } = await readForm(chunked(padded, [5]), `multipart/form-data; boundary="${BOUNDARY}"`, 'file');
  assert.deepEqual([...fields], [['key', '1']]);
  assert.equal((await collect(file.bytes)).toString(), 'x');
});

test('says what is wrong with a form', async () => {
  const file = Buffer.from('x');
  const whole = formOf([], file);
  assert.equal(await faultOf(whole), undefined);
  assert.equal(await faultOf(whole, 'multipart/form-data'), 'malformed');
  assert.equal(await faultOf(whole, `multipart/form-data; boundary=${'b'.repeat(71)}`), 'malformed');
  assert.equal(await faultOf(whole.subarray(0, -1)), 'malformed');
  assert.equal(await faultOf(Buffer.from(`--${BOUNDARY}--`)), 'number-of-files');
  assert.equal(await faultOf(formOf([['file', file]], file)), 'number-of-files');
  assert.equal(await faultOf(formOf([['n'.repeat(9_000), file]], file)), 'field-too-long');
  assert.equal(await faultOf(formOf([['v', Buffer.alloc(2_100_000)]], file)), 'field-too-long');
  const many = Array.from({ length: 5 }, (_, index): [string, Buffer] => [`v${index}`, Buffer.alloc(2_000_000)]);
  assert.equal(await faultOf(formOf(many, file)), 'fields-too-long');
  assert.equal(await faultOf(formOf([['v', Buffer.from([0xff])]], file)), 'malformed');
});
