/**
 * Requests put together at random, some of them broken on purpose. Whatever comes, the server answers or closes the
 * connection, in time; it never answers that it failed itself, and it goes on serving.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { oss } from '@millrace/testkit';
import { Dice } from '../../faults/random.ts';
import { openTarget, type Target } from './server.ts';
import { type Query, queryText, signedHeaders } from './sign-v4.ts';

const seed = Number(process.env.MILLRACE_FUZZ_SEED ?? Date.now() % 1_000_000);
const seconds = Number(process.env.MILLRACE_FUZZ_SECONDS ?? 3);

/** Longer than anything these requests ask for may take on a busy machine. */
const ANSWER_WITHIN_MS = 15_000;
const AT_A_TIME = 4;

type Choices<T> = readonly [T, ...T[]];

const methods: Choices<string> = [
  'GET',
  'GET',
  'HEAD',
  'PUT',
  'PUT',
  'POST',
  'POST',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
];
const keys: Choices<string> = [
  '',
  'a',
  'a',
  'dir/b',
  '文件 1+%.txt',
  '..',
  '/x',
  '\\x',
  'n\0ul',
  'q?acl',
  'k'.repeat(1024),
];
const names: Choices<string> =
  `acl append bucketInfo comp continuation-token delete delimiter encoding-type Expires fetch-owner key-marker
list-type location marker max-keys max-parts max-uploads objectMeta part-number-marker partNumber position prefix
response-content-disposition response-content-type response-expires security-token sequential Signature start-after stat
upload-id-marker uploadId uploads versionId versions x-oss-async-process x-oss-process x-oss-signature
x-oss-signature-version x-oss-traffic-limit OSSAccessKeyId Action Version __proto__ constructor`.split(
    /\s+/,
  ) as unknown as Choices<string>;
const values: Choices<string> = [
  '',
  '',
  '0',
  '1',
  '2',
  '-1',
  '1000',
  '1001',
  '99999999999999999999',
  '1e3',
  'NaN',
  'true',
  'false',
  'url',
  '/',
  'dir/',
  '\0',
  '文',
  '%',
  '%zz',
  'a\r\nx-evil: 1',
  'null',
  'undefined',
  '[object Object]',
  'OSS4-HMAC-SHA256',
  'image/resize,w_10',
  'image/info',
  'image/resize,w_99999999999',
  'video/snapshot,t_0',
  'style/none',
  '|||',
  'sys/saveas,o_YQ',
  'image/resize,w_1|sys/saveas,o_',
  'ZGly',
  'x'.repeat(3000),
  '\u{10ffff}',
  '\ufeff',
];
const headers: Choices<readonly [string, Choices<string>]> = [
  ['Range', ['bytes=0-', 'bytes=-1', 'bytes=5-1', 'bytes=0-0,1-1', 'bytes=99999999999999999-', 'x']],
  ['x-oss-range-behavior', ['standard', 'x']],
  ['If-Match', ['*', '"', 'W/"x"', ',,,']],
  ['If-None-Match', ['*', '"5D41402ABC4B2A76B9719D911017C592"']],
  [
    'If-Modified-Since',
    ['5', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 99 Jan 9999 99:99:99 GMT', '+275760-09-13T00:00:00.001Z'],
  ],
  ['If-Unmodified-Since', ['x', 'Fri, 31 Dec 9999 23:59:59 GMT']],
  ['Content-MD5', ['', 'x', '1B2M2Y8AsgTpgAmY7PhCfg==']],
  ['Content-Type', ['', 'text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded', '\xff']],
  ['Content-Encoding', ['gzip', 'aws-chunked']],
  ['Expect', ['100-continue', '200-ok']],
  [
    'Host',
    [
      '',
      ':',
      '[::1',
      '.localhost',
      'b.localhost',
      'b.oss-cn-hangzhou.aliyuncs.com',
      'a.b.c.d.e',
      'x'.repeat(5000),
      '\xff',
    ],
  ],
  ['x-oss-acl', ['private', 'public', '']],
  ['x-oss-object-acl', ['default', 'x']],
  ['x-oss-storage-class', ['IA', 'x']],
  ['x-oss-forbid-overwrite', ['true', 'maybe']],
  ['x-oss-copy-source', ['', '/', '/BUCKET/a', 'BUCKET/a', '/BUCKET/%ff', '/BUCKET/a?versionId=x', '/none/a', '//']],
  ['x-oss-copy-source-range', ['bytes=0-1', 'bytes=9-1', 'bytes=0-99999999999999', 'x']],
  ['x-oss-copy-source-if-match', ['x']],
  ['x-oss-metadata-directive', ['replace', 'x']],
  ['x-oss-complete-all', ['yes', 'no']],
  ['x-oss-content-sha256', ['UNSIGNED-PAYLOAD', '0', 'STREAMING']],
  ['x-oss-date', ['', '20250102T030405Z', 'x', '+275760-09-13T00:00:00.000Z']],
  ['x-oss-security-token', ['', 'x']],
  ['x-oss-tagging', ['a=b']],
  ['x-oss-meta-', ['x']],
  ['x-oss-meta-__proto__', ['x']],
  ['x-oss-meta-a', ['\xe6\x96\x87', '\xff', 'x'.repeat(9000)]],
  ['x-acs-action', ['', 'CreateProject']],
  [
    'Authorization',
    [
      '',
      'OSS',
      'OSS :',
      'OSS a:b',
      'OSS2 x',
      'OSS4-HMAC-SHA256',
      'OSS4-HMAC-SHA256 Credential=/////,Signature=',
      'Bearer x',
    ],
  ],
  ['Connection', ['keep-alive', 'upgrade', 'close, x']],
  ['Upgrade', ['h2c', 'websocket']],
];
const bodies: Choices<string> = [
  '',
  '',
  'hello',
  'x'.repeat(70_000),
  'x-oss-process=image/resize,w_1|sys/saveas,o_YQ',
  'x-oss-process=',
  'x-oss-async-process=%zz|',
  '<Delete><Object><Key>a</Key></Object></Delete>',
  '<Delete><Quiet>x</Quiet></Delete>',
  '<Delete>',
  '<?xml?>',
  '<!DOCTYPE x>',
  '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>',
  '<CompleteMultipartUpload></CompleteMultipartUpload>',
  '<a:Delete xmlns:a="b"><a:Object/></a:Delete>',
  '<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>',
  '\xff\xfe<\0D\0',
  'Action=x&Version=1',
];

/** One request as bytes; most are well-formed, so that they come past the parser and the signature. */
function compose(dice: Dice, target: Target, bucket: string, uploadId: string): Buffer {
  const method = dice.pick(methods);
  const chance = (oneIn: number): boolean => dice.between(1, oneIn) === 1;
  const inBucket = chance(12) ? dice.pick(['', 'none', 'No_Name', '..']) : bucket;
  const key = dice.pick(keys);
  const query: Query = [];
  while (chance(2) && query.length < 6) {
    const name = dice.pick(names);
    query.push([name, name === 'uploadId' && chance(2) ? uploadId : dice.pick(values)]);
  }
  const given: Record<string, string> = {};
  while (chance(2)) {
    const [name, choices] = dice.pick(headers);
    given[name] = dice.pick(choices).replace('BUCKET', bucket);
  }
  const path = inBucket === '' ? '/' : `/${inBucket}/${key}`;
  const whole = { Host: new URL(target.endpoint).host, Connection: 'close', ...given };
  const signed =
    given.Authorization !== undefined || chance(6) ? whole : signedHeaders(target, method, path, query, whole);
  const text = queryText(query);
  const body = Buffer.from(dice.pick(bodies), 'latin1');
  const framing = dice.pick(['length', 'length', 'length', 'chunked', 'none', 'wrong', 'both']);
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`);
  if (framing === 'length' || framing === 'both') lines.push(`Content-Length: ${body.length}\r\n`);
  if (framing === 'wrong') lines.push(`Content-Length: ${body.length + dice.between(-1, 5)}\r\n`);
  const chunked = framing === 'chunked' || (framing === 'both' && chance(2));
  if (chunked) lines.push('Transfer-Encoding: chunked\r\n');
  const sent = chunked
    ? Buffer.concat([
        Buffer.from(body.length > 0 ? `${body.length.toString(16)}\r\n` : ''),
        body,
        Buffer.from(body.length > 0 ? '\r\n0\r\n\r\n' : '0\r\n\r\n'),
      ])
    : body;
  const line = `${method} ${encodeURI(path.toWellFormed()).replaceAll('?', '%3F')}${text === '' ? '' : `?${text}`} HTTP/1.1\r\n`;
  const bytes = Buffer.concat([Buffer.from(`${line}${lines.join('')}\r\n`, 'latin1'), sent]);
  if (chance(4)) {
    for (let changes = dice.between(1, 3); changes > 0; changes--)
      bytes[dice.between(0, bytes.length - 1)] = dice.between(0, 255);
  }
  return chance(10) ? bytes.subarray(0, dice.between(0, bytes.length)) : bytes;
}

/** Sends, ends our side, and gives what came back until the server closed too. */
function send(target: Target, bytes: Buffer): Promise<string> {
  const where = new URL(target.endpoint);
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(where.port), where.hostname);
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`neither answered nor closed within ${ANSWER_WITHIN_MS} ms`));
    }, ANSWER_WITHIN_MS);
    socket.on('data', (piece) => {
      heard += piece.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(heard);
    });
    socket.end(bytes);
  });
}

test(`requests put together at random never break the server (MILLRACE_FUZZ_SEED=${seed})`, async () => {
  const { target, close } = await openTarget();
  try {
    const dice = new Dice(seed);
    const bucket = `fuzz-${seed}`;
    const setUp = async (): Promise<string> => {
      await oss(target, { method: 'PUT', path: `/${bucket}/`, body: '' });
      await oss(target, { method: 'PUT', path: `/${bucket}/a`, body: 'hello' });
      const upload = await oss(target, { method: 'POST', path: `/${bucket}/a`, query: { uploads: '' } });
      return /<UploadId>([^<]+)</.exec(upload.text)?.[1] ?? '';
    };
    const end = performance.now() + seconds * 1000;
    const statuses = new Map<string, number>();
    while (performance.now() < end) {
      const uploadId = await setUp();
      for (let round = 0; round < 25; round++) {
        const requests = Array.from({ length: AT_A_TIME }, () => compose(dice, target, bucket, uploadId));
        await Promise.all(
          requests.map(async (bytes) => {
            const told = JSON.stringify(bytes.toString('latin1').slice(0, 2000));
            const answer = await send(target, bytes).catch((error: Error) => assert.fail(`${error.message}: ${told}`));
            const status = /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 'closed';
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            // 501 is how the RPC protocols say that they are not served.
            assert.ok(!/^5/.test(status) || status === '501', `${status}: ${told}\n${answer.slice(0, 1000)}`);
            assert.doesNotMatch(answer.split('\r\n\r\n', 1)[0] ?? '', /^x-evil/im, told);
          }),
        );
      }
    }
    // Both kinds came past the front door, or the requests test nothing.
    for (const status of ['200', '400', '404'])
      assert.ok(statuses.has(status), `never ${status}: ${JSON.stringify([...statuses])}`);
    await setUp();
    assert.equal((await oss(target, { method: 'GET', path: `/${bucket}/a` })).text, 'hello');
  } finally {
    await close();
  }
});
