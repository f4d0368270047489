/** Bytes that no well-meaning client sends. After each the server must still answer as if nothing had happened. */
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { contentMd5, mns, oss } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;
let bucket: string;

before(async () => {
  ({ target, close } = await openTarget());
  bucket = `raw-${randomBytes(8).toString('hex')}`;
  assert.equal((await oss(target, { method: 'PUT', path: `/${bucket}/` })).status, 200);
  assert.equal((await oss(target, { method: 'PUT', path: `/${bucket}/witness`, body: 'still here' })).status, 200);
});

after(async () => {
  await close();
});

afterEach(async () => {
  const answer = await oss(target, { method: 'GET', path: `/${bucket}/witness` });
  assert.equal(answer.text, 'still here', 'the server does not answer as before');
});

interface RawAnswer {
  status: number;
  head: string;
  body: string;
  /** Whether the server closed the connection. */
  closed: boolean;
}

/**
 * Sends exactly these bytes on a connection of their own and gives the first answer; status 0 when the connection was
 * closed without one. `end` shuts our side after the last byte, as a client that dies does.
 */
function exchange(
  bytes: (string | Buffer)[],
  options: { end?: boolean; wholeBody?: boolean } = {},
): Promise<RawAnswer> {
  const where = new URL(target.endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(where.port), where.hostname);
    const pieces: Buffer[] = [];
    const finish = (closed: boolean) => {
      const text = Buffer.concat(pieces).toString('latin1');
      const blank = text.indexOf('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
      socket.destroy();
      resolve({
        status,
        head: blank < 0 ? text : text.slice(0, blank),
        body: blank < 0 ? '' : text.slice(blank + 4),
        closed,
      });
    };
    socket.setTimeout(20_000, () => reject(new Error(`no answer within 20 s to ${String(bytes[0]).slice(0, 80)}`)));
    socket.on('data', (piece) => {
      pieces.push(piece);
      const text = Buffer.concat(pieces).toString('latin1');
      const blank = text.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (blank >= 0 && text.length - blank - 4 >= length) finish(false);
    });
    socket.on('close', () => finish(true));
    // A reset while we still write is one way of being refused.
    socket.on('error', () => finish(true));
    for (const piece of bytes) socket.write(piece);
    if (options.end) socket.end();
  });
}

/** The head of a request with a V1 signature, ready to be sent with any body. */
function signedHead(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  resource = decodeURIComponent(path),
): string {
  const date = new Date().toUTCString();
  const text = [method, headers['Content-MD5'] ?? '', headers['Content-Type'] ?? '', date, resource].join('\n');
  const signature = createHmac('sha1', target.accessKeySecret).update(text).digest('base64');
  const lines = {
    Host: new URL(target.endpoint).host,
    Date: date,
    Authorization: `OSS ${target.accessKeyId}:${signature}`,
    ...headers,
  };
  return `${method} ${path} HTTP/1.1\r\n${Object.entries(lines)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
}

const code = (answer: { body: string }) => /<Code>([^<]*)<\/Code>/.exec(answer.body)?.[1];

const status = async (key: string) => (await oss(target, { method: 'HEAD', path: `/${bucket}/${key}` })).status;

test('malformed XML is MalformedXML', async () => {
  const bodies = [
    '<Delete><Object><Key>a</Key>',
    '<Delete><Object><Key>a</Object></Key></Delete>',
    '<?xml version="1.0"?>',
    '\0\0\0\0',
    '<Delete><Object><\u0001Key/></Object></Delete>',
    Buffer.from([0x3c, 0x44, 0xff, 0xfe, 0x3e]),
    '<Delete>&undefined;</Delete>',
  ];
  for (const body of bodies) {
    const answer = await oss(target, {
      method: 'POST',
      path: `/${bucket}/`,
      query: { delete: '' },
      headers: { 'content-md5': contentMd5(body) },
      body,
    });
    assert.equal(answer.status, 400, String(body));
    assert.match(answer.text, /<Code>MalformedXML<\/Code>/, String(body));
  }
});

test('a malformed message is refused by MNS too', async () => {
  const queue = `raw-${randomBytes(4).toString('hex')}`;
  assert.equal((await mns(target, { method: 'PUT', path: `/queues/${queue}`, body: '' })).status, 201);
  for (const body of [
    '<Message>',
    'text',
    '<Message><MessageBody></MessageBody></Message>',
    '<!DOCTYPE x [<!ENTITY a "b">]><Message><MessageBody>&a;</MessageBody></Message>',
  ]) {
    const answer = await mns(target, { method: 'POST', path: `/queues/${queue}/messages`, body });
    assert.equal(answer.status, 400, body);
    assert.match(answer.text, /<Error xmlns="http:\/\/mns\.aliyuncs\.com\/doc\/v1">/);
  }
  assert.equal((await mns(target, { method: 'DELETE', path: `/queues/${queue}` })).status, 204);
});

test('an entity bomb does not go off', async () => {
  const entities = Array.from(
    { length: 30 },
    (_, level) => `<!ENTITY l${level + 1} "&l${level};&l${level};&l${level};">`,
  );
  const body = `<?xml version="1.0"?><!DOCTYPE d [<!ENTITY l0 "boom">${entities.join('')}]><Delete><Object><Key>&l30;</Key></Object></Delete>`;
  const outside =
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>';
  for (const text of [body, outside]) {
    const began = performance.now();
    const answer = await oss(target, { method: 'POST', path: `/${bucket}/`, query: { delete: '' }, body: text });
    assert.equal(answer.status, 400);
    assert.ok(performance.now() - began < 5_000);
    assert.doesNotMatch(answer.text, /root:/);
  }
});

test('deep nesting is refused', async () => {
  const body = '<a>'.repeat(200_000);
  const answer = await oss(target, { method: 'POST', path: `/${bucket}/`, query: { delete: '' }, body });
  assert.equal(answer.status, 400);
});

test('a header of one megabyte is refused', async () => {
  const answer = await exchange([
    `GET /${bucket}/witness HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(1 << 20)}\r\n\r\n`,
  ]);
  assert.ok(answer.status === 0 || (answer.status >= 400 && answer.status < 500), `status ${answer.status}`);
});

test('ten thousand headers are refused or ignored', async () => {
  const many = Array.from({ length: 10_000 }, (_, number) => `X-H${number}: 1\r\n`).join('');
  const answer = await exchange([`GET /${bucket}/witness HTTP/1.1\r\nHost: x\r\n${many}\r\n`]);
  assert.ok(answer.status === 0 || (answer.status >= 400 && answer.status < 500), `status ${answer.status}`);
});

test('NUL and dots in keys are plain bytes or refused, and never a path', async () => {
  const keys = ['a%00b', '..', '../up', '..%2F..%2Fetc%2Fpasswd', '%2e%2e/%2e%2e/x', 'a/%00', '.', './.'];
  for (const key of keys) {
    const put = await exchange([
      signedHead('PUT', `/${bucket}/${key}`, { 'Content-Length': '4', Connection: 'close' }),
      'body',
    ]);
    assert.ok([200, 400].includes(put.status), `${key}: ${put.status}`);
    if (put.status !== 200) continue;
    const got = await exchange([signedHead('GET', `/${bucket}/${key}`, { Connection: 'close' })]);
    assert.equal(got.body, 'body', key);
    const deleted = await exchange([signedHead('DELETE', `/${bucket}/${key}`, { Connection: 'close' })]);
    assert.equal(deleted.status, 204);
  }
});

test('broken percent escapes and broken UTF-8 are refused', async () => {
  for (const path of [`/${bucket}/%`, `/${bucket}/%zz`, `/${bucket}/%ff%fe`, `/${bucket}/%c0%af`]) {
    const answer = await exchange([signedHead('GET', path, { Connection: 'close' }, '/any')]);
    assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
    assert.ok(code(answer), path);
  }
});

test('a body cut off by the client leaves no object', async () => {
  for (const size of [10, 100_000, 2_000_000]) {
    const answer = await exchange(
      [signedHead('PUT', `/${bucket}/cut`, { 'Content-Length': String(size) }), Buffer.alloc(size - 5)],
      { end: true },
    );
    assert.ok(answer.status === 0 || answer.status === 400, `status ${answer.status}`);
    assert.equal(await status('cut'), 404);
  }
});

test('a chunked body cut off leaves no object', async () => {
  const head = signedHead('PUT', `/${bucket}/cut-chunks`, { 'Transfer-Encoding': 'chunked' });
  for (const body of ['5\r\nhello\r\n', '5\r\nhel', 'zz\r\nhello\r\n0\r\n\r\n', 'ffffffffffffffffff\r\nx']) {
    const answer = await exchange([head, body], { end: true });
    assert.ok(answer.status === 0 || answer.status === 400, `status ${answer.status}`);
    assert.equal(await status('cut-chunks'), 404);
  }
});

test('a cut-off overwrite keeps the old object', async () => {
  assert.equal((await oss(target, { method: 'PUT', path: `/${bucket}/kept`, body: 'old' })).status, 200);
  await exchange([signedHead('PUT', `/${bucket}/kept`, { 'Content-Length': '500000' }), Buffer.alloc(400_000)], {
    end: true,
  });
  assert.equal((await oss(target, { method: 'GET', path: `/${bucket}/kept` })).text, 'old');
});

test('a cut-off part leaves no part', async () => {
  const started = await oss(target, { method: 'POST', path: `/${bucket}/parts`, query: { uploads: '' } });
  const uploadId = /<UploadId>([^<]+)</.exec(started.text)?.[1] ?? '';
  const path = `/${bucket}/parts?partNumber=1&uploadId=${uploadId}`;
  await exchange([signedHead('PUT', path, { 'Content-Length': '200000' }), Buffer.alloc(150_000)], { end: true });
  const listed = await oss(target, { method: 'GET', path: `/${bucket}/parts`, query: { uploadId } });
  assert.equal(listed.status, 200);
  assert.doesNotMatch(listed.text, /<PartNumber>/);
});

test('wrong lengths are refused', async () => {
  for (const length of ['-1', 'many', '1e3', '0x10', '99999999999999999999', '']) {
    const answer = await exchange([
      signedHead('PUT', `/${bucket}/length`, { 'Content-Length': length, Connection: 'close' }),
      'x',
    ]);
    assert.ok(answer.status === 0 || (answer.status >= 400 && answer.status < 500), `${length}: ${answer.status}`);
    assert.equal(await status('length'), 404);
  }
});

test('two lengths, or a length and chunks, are refused', async () => {
  const head = signedHead('PUT', `/${bucket}/smuggled`).slice(0, -2);
  for (const extra of [
    'Content-Length: 4\r\nContent-Length: 5\r\n\r\n',
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n',
  ]) {
    const answer = await exchange([`${head}${extra}`, '4\r\nbody\r\n0\r\n\r\n'], { end: true });
    assert.ok(answer.status === 0 || (answer.status >= 400 && answer.status < 500), `status ${answer.status}`);
    assert.equal(await status('smuggled'), 404);
  }
});

test('a body without a length is MissingContentLength', async () => {
  const answer = await exchange([signedHead('PUT', `/${bucket}/no-length`, { Connection: 'close' })]);
  assert.equal(answer.status, 411);
  assert.equal(code(answer), 'MissingContentLength');
  assert.equal(await status('no-length'), 404);
});

test('more than five gigabytes are refused at once', async () => {
  const answer = await exchange([signedHead('PUT', `/${bucket}/vast`, { 'Content-Length': String(6 * 2 ** 30) }), 'x']);
  assert.equal(answer.status, 400);
  assert.equal(code(answer), 'EntityTooLarge');
  assert.equal(await status('vast'), 404);
});

test('a wrong MD5 is InvalidDigest and leaves no object', async () => {
  const wrong = createHash('md5').update('something else').digest('base64');
  for (const [md5, size] of [
    [wrong, 4],
    [wrong, 500_000],
    ['not base64!', 4],
    ['AAAA', 4],
  ] as const) {
    const answer = await exchange([
      signedHead('PUT', `/${bucket}/digest`, {
        'Content-MD5': md5,
        'Content-Length': String(size),
        Connection: 'close',
      }),
      Buffer.alloc(size, 'b'),
    ]);
    assert.equal(answer.status, 400, md5);
    assert.equal(code(answer), 'InvalidDigest', md5);
    assert.equal(await status('digest'), 404);
  }
});

test('a request without a date is AccessDenied', async () => {
  const head = signedHead('GET', `/${bucket}/witness`, { Connection: 'close' }).replace(/Date: [^\r]*\r\n/, '');
  const answer = await exchange([head]);
  assert.equal(answer.status, 403);
  assert.equal(code(answer), 'AccessDenied');
});

test('MNS without a date or version says so', async () => {
  const host = new URL(target.endpoint).host;
  const cases = [
    ['x-mns-version: 2015-06-06\r\nAuthorization: MNS a:b\r\n', 'MissingDateHeader'],
    ['x-mns-version: 2015-06-06\r\nDate: yesterday\r\nAuthorization: MNS a:b\r\n', 'InvalidDateHeader'],
    [`Date: ${new Date().toUTCString()}\r\nAuthorization: MNS a:b\r\n`, 'MissingVersionHeader'],
    [`x-mns-version: 2015-06-06\r\nDate: ${new Date().toUTCString()}\r\n`, 'MissingAuthorizationHeader'],
    [
      `x-mns-version: 2015-06-06\r\nDate: ${new Date().toUTCString()}\r\nAuthorization: MNS nonsense\r\n`,
      'InvalidAuthorizationHeader',
    ],
  ] as const;
  for (const [headers, expected] of cases) {
    const answer = await exchange([`GET /queues/q HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${headers}\r\n`]);
    assert.equal(code(answer), expected);
    assert.equal(answer.status, 400);
  }
});

test('what is not HTTP is turned away', async () => {
  const garbage = [
    '\r\n\r\n\r\n',
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET  /  HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nno colon here\r\n\r\n',
    'GET / HTTP/1.1\r\n: empty name\r\n\r\n',
    `GET ${'/x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    randomBytes(4096),
  ];
  for (const bytes of garbage) {
    const answer = await exchange([bytes], { end: true });
    assert.ok(answer.status === 0 || (answer.status >= 400 && answer.status < 600), `status ${answer.status}`);
  }
});

test('odd methods, targets and versions get an answer', async () => {
  const host = new URL(target.endpoint).host;
  for (const line of [
    'PATCH / HTTP/1.1',
    'TRACE / HTTP/1.1',
    'OPTIONS * HTTP/1.1',
    `GET http://${host}/ HTTP/1.1`,
    'PROPFIND /a HTTP/1.1',
    'GET /?&&==&%00 HTTP/1.1',
  ]) {
    const answer = await exchange([`${line}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`]);
    assert.ok(answer.status >= 400 && answer.status < 600, `${line}: ${answer.status}`);
  }
});

test('pipelined requests are answered in order', async () => {
  const first = signedHead('GET', `/${bucket}/witness`);
  const second = signedHead('GET', `/${bucket}/absent`, { Connection: 'close' });
  const where = new URL(target.endpoint);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(where.port), where.hostname);
    let heard = '';
    socket.on('data', (piece) => {
      heard += piece.toString('latin1');
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
    socket.write(first + second);
  });
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 404']);
});

test('a GET that announces a body and sends none is answered, and its connection closed', async () => {
  const head = signedHead('GET', `/${bucket}/witness`, { 'Content-Length': '9' });
  const answer = await exchange([head]);
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'still here');
  assert.match(answer.head, /connection: close/i);
});

test('a thousand connections that say nothing do not keep others out', async () => {
  const where = new URL(target.endpoint);
  const idle = Array.from({ length: 1_000 }, () =>
    connect(Number(where.port), where.hostname).on('error', () => undefined),
  );
  try {
    const began = performance.now();
    assert.equal((await oss(target, { method: 'GET', path: `/${bucket}/witness` })).status, 200);
    assert.ok(performance.now() - began < 5_000);
  } finally {
    for (const socket of idle) socket.destroy();
  }
});

test('a reader that goes away in the middle harms nobody', async () => {
  const big = randomBytes(8_000_000);
  assert.equal((await oss(target, { method: 'PUT', path: `/${bucket}/big`, body: big })).status, 200);
  const where = new URL(target.endpoint);
  for (let time = 0; time < 20; time++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(where.port), where.hostname);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.destroy());
      socket.on('close', () => resolve());
      socket.write(signedHead('GET', `/${bucket}/big`));
    });
  }
  assert.ok((await oss(target, { method: 'GET', path: `/${bucket}/big` })).body.equals(big));
});
