import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { signV1, stringToSignV1 } from '@millrace/protocol/oss';
import { parseXml, type XmlNode } from '@millrace/protocol/xml';
import { pino } from 'pino';
import { AccessService } from '../domain/access/access-service.ts';
import { IdentityService } from '../domain/access/identity-service.ts';
import { rootKey } from '../domain/access/principal.ts';
import { CallbackService } from '../domain/callbacks/callback-service.ts';
import { DomainError } from '../domain/errors.ts';
import { Identities } from '../domain/identities.ts';
import type { ProcessRequest, ProcessService } from '../domain/media/process-service.ts';
import { AccessTimes } from '../domain/objects/access-times.ts';
import { BucketService } from '../domain/objects/bucket-service.ts';
import { ObjectService } from '../domain/objects/object-service.ts';
import { RetentionService } from '../domain/objects/retention-service.ts';
import { UploadService } from '../domain/objects/upload-service.ts';
import type { CallbackSender } from '../domain/ports/callback-sender.ts';
import { systemClock } from '../domain/ports/clock.ts';
import type { SelectEngine } from '../domain/ports/select-engine.ts';
import { SelectService } from '../domain/select/select-service.ts';
import { DomainService } from '../domain/settings/domain-service.ts';
import { SettingsService } from '../domain/settings/settings-service.ts';
import { Listener } from '../http/listener.ts';
import { testCiphers } from '../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../stores/files/file-blob-store.ts';
import { openSecretBox } from '../stores/files/secret-box.ts';
import { openSqliteStore } from '../stores/sqlite/sqlite-record-store.ts';
import { readQuery } from './address.ts';
import { OssFrontEnd } from './front-end.ts';
import { hashes } from './hashes.ts';

const key = rootKey('testAccessKey', 'testSecret', '1001');
let port = 0;
let close: () => Promise<void> = async () => {};
const processed: string[] = [];

/** Stands in for the media domain: says what it was asked. */
const process: ProcessService = {
  async read({ process }) {
    processed.push(process);
    if (process.includes('w_0')) {
      const reason = 'It must be at least 1.';
      throw new DomainError('ProcessInvalid', { operation: 'image/resize', parameter: 'w', value: '0', reason });
    }
    return {
      contentType: 'image/png',
      size: 4,
      etag: 'ABCD',
      lastModifiedMs: 0,
      cache: 'miss',
      byAccept: false,
      async *bytes(range) {
        const bytes = Buffer.from('done');
        yield range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
      },
    };
  },
  async save(request: ProcessRequest) {
    processed.push(request.process);
    return { bucket: '', key: 'target', fileSize: 4, status: 'OK' };
  },
  async fill(request) {
    processed.push(request.process);
  },
  async submit(request) {
    processed.push(request.process);
    return { eventId: 'E', requestId: 'R', taskId: 'T' };
  },
};

/** Stands in for other people's servers. */
const sender: CallbackSender = {
  async send({ url, body }) {
    return url.endsWith('/moved') ? { status: 301, body: undefined } : { status: 200, body: Buffer.from(body) };
  },
};

/** Says what it was asked, or what its statement names. */
const selectEngine: SelectEngine = {
  async *run(query, bytes) {
    for await (const _ of bytes);
    if (!('statement' in query)) {
      yield { type: 'end', scanned: 7, counts: { rows: 3, columns: 2, splits: 1 } };
      return;
    }
    yield { type: 'rows', bytes: Buffer.from(JSON.stringify(query)), scanned: 5 };
    if (query.statement === 'fail') throw new DomainError('SelectFailed', { fault: 'data', reason: 'Row 2. Odd.' });
    yield { type: 'end', scanned: 7 };
  },
};

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-oss-'));
  const records = await openSqliteStore({ folder: join(folder, 'records') });
  const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
  const clock = systemClock;
  const identities = new Identities(clock, { bytes: (count) => randomBytes(count) });
  const ciphers = testCiphers();
  const objects = new ObjectService({ records, blobs, ciphers, clock, identities });
  const box = openSecretBox(folder, { bytes: (count) => randomBytes(count) });
  const settings = new SettingsService({ records, clock });
  const oss = new OssFrontEnd({
    accessTimes: new AccessTimes({ records, clock }),
    buckets: new BucketService({ records, clock }),
    settings,
    domains: new DomainService({ settings, records, names: undefined, clock, identities }),
    objects,
    uploads: new UploadService({ records, blobs, ciphers, clock, identities }),
    retentions: new RetentionService({ records, clock, identities }),
    access: new AccessService(records.reads),
    accounts: new IdentityService({ records, box, clock, identities }),
    process,
    callbacks: new CallbackService({ sender, clock, delivered: () => {} }),
    callbackKey: async () => 'PEM',
    select: new SelectService({ objects, engine: selectEngine }),
    keys: { find: (id) => (id === key.id ? { key } : { fault: 'unknown' }) },
    clock,
    region: 'cn-hangzhou',
    hosts: [],
    publicUrl: () => `http://127.0.0.1:${port}`,
  });
  const frontEnds = { oss, mns: oss, rpc: oss };
  const log = pino({ enabled: false });
  const listener = await Listener.open({ host: '127.0.0.1', port: 0, frontEnds, identities, clock, log });
  port = listener.port;
  close = async () => {
    await listener.close(1_000);
    await records.close();
    await rm(folder, { recursive: true });
  };
});

after(() => close());

interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: Buffer;
}

interface Options {
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  host?: string;
  anonymous?: boolean;
}

function send(method: string, target: string, options: Options = {}): Promise<Answer> {
  const headers: Record<string, string> = { date: new Date().toUTCString(), ...options.headers };
  const host = options.host ?? '127.0.0.1';
  if (!options.anonymous) {
    const label = host.endsWith('.localhost') ? `/${host.slice(0, -10)}` : '';
    const path = decodeURIComponent(`${label}${target.split('?')[0]}`);
    const [, bucket, ...rest] = path.split('/');
    const query = readQuery(target);
    const resource = bucket ? { bucket, key: rest.join('/') } : {};
    const text = stringToSignV1({ method, query, headers, ...resource }, headers['x-oss-date'] ?? headers.date ?? '');
    headers.authorization = `OSS ${key.id}:${signV1(hashes, key.secret, text)}`;
  }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest(
    { port, method, path: target, headers: { ...headers, host }, agent: false },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, headers: response.headers as Answer['headers'], body: Buffer.concat(chunks) });
      });
    },
  );
  request.on('error', reject);
  request.end(options.body);
  return promise;
}

const xml = (answer: Answer): XmlNode => parseXml(answer.body.toString());
function texts(node: XmlNode, path: string): string[] {
  const [name, ...rest] = path.split('>');
  const found = node.children.filter((child) => child.name === name);
  return rest.length === 0 ? found.map(({ text }) => text) : found.flatMap((child) => texts(child, rest.join('>')));
}
const code = (answer: Answer): string | undefined => texts(xml(answer), 'Code')[0];

/** Sends bytes as they are; resolves with all that comes back. */
function raw(text: string, end = false): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = '';
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(text, 'latin1');
    if (end) socket.end();
  });
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(received));
  return promise;
}

test('buckets are made, described, listed and deleted', async () => {
  const made = await send('PUT', '/first', { headers: { 'x-oss-acl': 'public-read' } });
  assert.equal(made.status, 200);
  assert.equal(made.headers.location, '/first');
  assert.equal((await send('PUT', '/first')).status, 200);
  assert.equal(texts(xml(await send('GET', '/first/?acl')), 'AccessControlList>Grant')[0], 'public-read');
  const info = xml(await send('GET', '/first/?bucketInfo'));
  assert.deepEqual(texts(info, 'Bucket>Owner>ID'), ['1001']);
  assert.deepEqual(texts(info, 'Bucket>Location'), ['oss-cn-hangzhou']);
  assert.equal(xml(await send('GET', '/first?location')).text, 'oss-cn-hangzhou');
  assert.deepEqual(texts(xml(await send('GET', '/?prefix=fir')), 'Buckets>Bucket>Name'), ['first']);
  assert.equal((await send('HEAD', '/first')).status, 200);
  assert.equal((await send('DELETE', '/first')).status, 204);
  const gone = await send('GET', '/first');
  assert.equal(gone.status, 404);
  assert.equal(code(gone), 'NoSuchBucket');
  assert.equal(code(await send('PUT', '/No')), 'InvalidBucketName');
});

test('an object comes back with its bytes, headers and metadata', async () => {
  await send('PUT', '/objects');
  const body = Buffer.from('hello');
  const md5 = createHash('md5').update(body).digest('base64');
  const put = await send('PUT', '/objects/a%2Fb%20%E6%96%87', {
    body,
    headers: {
      'content-md5': md5,
      'content-type': 'text/plain',
      'x-oss-meta-author': 'zhao',
      'cache-control': 'no-cache',
    },
  });
  assert.equal(put.status, 200);
  assert.equal(put.headers.etag, '"5D41402ABC4B2A76B9719D911017C592"');
  assert.equal(put.headers['x-oss-hash-crc64ecma'], '11177612005948864433');
  const got = await send('GET', '/objects/a/b%20%E6%96%87');
  assert.equal(got.body.toString(), 'hello');
  assert.equal(got.headers['content-type'], 'text/plain');
  assert.equal(got.headers['x-oss-meta-author'], 'zhao');
  assert.equal(got.headers['cache-control'], 'no-cache');
  assert.equal(got.headers['content-md5'], md5);
  assert.equal(got.headers['x-oss-object-type'], 'Normal');
  assert.match(got.headers['x-oss-request-id'] ?? '', /^[0-9A-F]{24}$/);
  assert.equal(got.headers.server, 'AliyunOSS');
  const head = await send('HEAD', '/objects/a/b%20%E6%96%87');
  assert.equal(head.headers['content-length'], '5');
  assert.equal((await send('GET', '/a/b%20%E6%96%87', { host: 'objects.localhost' })).body.toString(), 'hello');
});

test('metadata past ASCII goes in and out as UTF-8', async () => {
  await send('PUT', '/objects');
  const latin1 = Buffer.from('文件').toString('latin1');
  // Signed as UTF-8, sent as the same bytes.
  const date = new Date().toUTCString();
  const text = stringToSignV1(
    { method: 'PUT', bucket: 'objects', key: 'utf8', query: new Map(), headers: { 'x-oss-meta-name': '文件' } },
    date,
  );
  const authorization = `OSS ${key.id}:${signV1(hashes, key.secret, text)}`;
  const headers = { date, authorization, 'x-oss-meta-name': latin1 };
  assert.equal((await send('PUT', '/objects/utf8', { anonymous: true, headers, body: Buffer.from('x') })).status, 200);
  assert.equal((await send('HEAD', '/objects/utf8')).headers['x-oss-meta-name'], latin1);
});

test('ranges and conditions', async () => {
  await send('PUT', '/objects');
  const body = randomBytes(300_000);
  const put = await send('PUT', '/objects/range', { body });
  const get = (headers: Record<string, string>) => send('GET', '/objects/range', { headers });
  const part = await get({ range: 'bytes=100000-199999' });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], 'bytes 100000-199999/300000');
  assert.deepEqual(part.body, body.subarray(100_000, 200_000));
  assert.equal((await get({ range: 'bytes=300000-' })).status, 200);
  const refused = await get({ range: 'bytes=300000-', 'x-oss-range-behavior': 'standard' });
  assert.equal(refused.status, 416);
  const etag = (put.headers.etag ?? '').replaceAll('"', '');
  assert.equal((await get({ 'if-match': etag })).status, 200);
  assert.equal((await get({ 'if-match': 'other' })).status, 412);
  const same = await get({ 'if-none-match': `"${etag}"` });
  assert.equal(same.status, 304);
  assert.equal(same.headers.etag, `"${etag}"`);
  assert.equal((await get({ 'if-modified-since': 'no date' })).status, 200);
  assert.equal((await get({ 'if-modified-since': '2099' })).status, 200);
  assert.equal((await get({ 'if-unmodified-since': '1970' })).status, 200);
});

test('errors of HEAD are told in headers', async () => {
  await send('PUT', '/objects');
  const head = await send('HEAD', '/objects/missing');
  assert.equal(head.status, 404);
  assert.equal(head.headers['x-oss-ec'], '0026-00000001');
  const error = parseXml(Buffer.from(head.headers['x-oss-err'] ?? '', 'base64').toString());
  assert.deepEqual(texts(error, 'Code'), ['NoSuchKey']);
  // However long the URL: the whole head must fit into what node's client takes.
  const path = `/objects/${encodeURIComponent('文'.repeat(341))}`;
  const wrong = await send('HEAD', path, {
    anonymous: true,
    headers: { date: new Date().toUTCString(), authorization: `OSS ${key.id}:wrong` },
  });
  assert.equal(wrong.status, 403);
  const told = parseXml(Buffer.from(wrong.headers['x-oss-err'] ?? '', 'base64').toString());
  assert.deepEqual(texts(told, 'Code'), ['SignatureDoesNotMatch']);
  assert.deepEqual(texts(told, 'StringToSign'), []);
});

test('bodies that are not what was announced leave no object', async () => {
  await send('PUT', '/objects');
  const wrong = createHash('md5').update('other').digest('base64');
  assert.equal(
    code(await send('PUT', '/objects/bad', { body: 'hello', headers: { 'content-md5': wrong } })),
    'InvalidDigest',
  );
  const sha = { 'x-oss-content-sha256': createHash('sha256').update('other').digest('hex') };
  assert.equal(code(await send('PUT', '/objects/bad', { body: 'hello', headers: sha })), 'InvalidDigest');
  const date = new Date().toUTCString();
  const text = stringToSignV1({ method: 'PUT', bucket: 'objects', key: 'bad', query: new Map(), headers: {} }, date);
  const signed = `PUT /objects/bad HTTP/1.1\r\nHost: h\r\nDate: ${date}\r\nAuthorization: OSS ${key.id}:${signV1(hashes, key.secret, text)}\r\n`;
  assert.match(await raw(`${signed}Content-Length: 10\r\n\r\nhello`, true), /^HTTP\/1\.1 400 .*IncompleteBody/s);
  assert.match(await raw(`${signed}Connection: close\r\n\r\n`), /^HTTP\/1\.1 411 .*MissingContentLength/s);
  assert.equal((await send('HEAD', '/objects/bad')).status, 404);
});

test('listings page through keys and prefixes, in both versions', async () => {
  await send('PUT', '/listing');
  for (const name of ['a+b', 'dir/1', 'dir/2', 'z'])
    await send('PUT', `/listing/${encodeURIComponent(name)}`, { body: name });
  const first = xml(await send('GET', '/listing/?delimiter=/&max-keys=2&encoding-type=url&marker=&prefix='));
  assert.deepEqual(texts(first, 'Contents>Key'), ['a%2Bb']);
  assert.deepEqual(texts(first, 'CommonPrefixes>Prefix'), ['dir%2F']);
  assert.deepEqual(texts(first, 'Contents>Owner>ID'), ['1001']);
  assert.deepEqual(texts(first, 'NextMarker'), ['dir%2F']);
  const second = xml(await send('GET', '/listing/?delimiter=/&marker=dir/'));
  assert.deepEqual(texts(second, 'Contents>Key'), ['z']);
  assert.deepEqual(texts(second, 'IsTruncated'), ['false']);

  const keys: string[] = [];
  let token = '';
  for (let pages = 0; pages < 10; pages++) {
    const page = xml(await send('GET', `/listing/?list-type=2&max-keys=1${token}`));
    keys.push(...texts(page, 'Contents>Key'));
    assert.deepEqual(texts(page, 'Contents>Owner'), []);
    const [next] = texts(page, 'NextContinuationToken');
    if (next === undefined) break;
    token = `&continuation-token=${next}`;
  }
  assert.deepEqual(keys, ['a+b', 'dir/1', 'dir/2', 'z']);
  assert.equal(code(await send('GET', '/listing/?list-type=2&continuation-token=%25')), 'InvalidArgument');
  assert.equal(code(await send('GET', '/listing/?max-keys=1001')), 'InvalidArgument');
});

test('many objects are deleted at once', async () => {
  await send('PUT', '/many');
  for (const name of ['1', '2']) await send('PUT', `/many/${name}`, { body: name });
  const body = (quiet: boolean): string =>
    `<Delete><Quiet>${quiet}</Quiet><Object><Key>1</Key></Object><Object><Key>none</Key></Object></Delete>`;
  assert.deepEqual(texts(xml(await send('POST', '/many/?delete', { body: body(false) })), 'Deleted>Key'), [
    '1',
    'none',
  ]);
  const quiet = await send('POST', '/many/?delete', { body: body(true) });
  assert.equal(quiet.status, 200);
  assert.equal(quiet.body.length, 0);
  assert.deepEqual(texts(xml(await send('GET', '/many/')), 'Contents>Key'), ['2']);
  for (const faulty of ['', '<Delete>', '<!DOCTYPE d [<!ENTITY x "y">]><Delete>&x;</Delete>', '<Delete></Delete>']) {
    assert.equal(code(await send('POST', '/many/?delete', { body: faulty })), 'MalformedXML', faulty);
  }
});

test('copies keep or replace what is said about the object', async () => {
  await send('PUT', '/copies');
  await send('PUT', '/copies/source%2F1', {
    body: 'bytes',
    headers: { 'x-oss-meta-a': '1', 'content-type': 'text/x' },
  });
  const source = { 'x-oss-copy-source': '/copies/source%2F1' };
  const copied = await send('PUT', '/copies/kept', { headers: source });
  assert.deepEqual(texts(xml(copied), 'ETag'), [copied.headers.etag]);
  assert.equal((await send('HEAD', '/copies/kept')).headers['x-oss-meta-a'], '1');
  await send('PUT', '/copies/new', {
    headers: { ...source, 'x-oss-metadata-directive': 'replace', 'x-oss-meta-b': '2' },
  });
  const replaced = await send('GET', '/copies/new');
  assert.equal(replaced.body.toString(), 'bytes');
  assert.equal(replaced.headers['x-oss-meta-a'], undefined);
  assert.equal(replaced.headers['x-oss-meta-b'], '2');
  const missing = await send('PUT', '/copies/x', { headers: { 'x-oss-copy-source': '/copies/none' } });
  assert.equal(code(missing), 'NoSuchKey');
});

test('appends go on where the last one ended, and only there', async () => {
  await send('PUT', '/appends');
  const first = await send('POST', '/appends/log?append&position=0', { body: 'abc' });
  assert.equal(first.headers['x-oss-next-append-position'], '3');
  assert.equal((await send('POST', '/appends/log?append&position=3', { body: 'def' })).status, 200);
  const wrong = await send('POST', '/appends/log?append&position=3', { body: 'x' });
  assert.equal(wrong.status, 409);
  assert.equal(wrong.headers['x-oss-next-append-position'], '6');
  assert.equal((await send('GET', '/appends/log')).body.toString(), 'abcdef');
  assert.equal(code(await send('POST', '/appends/log?append', { body: 'x' })), 'MissingArgument');
});

test('a multipart upload, with a copied part, becomes one object', async () => {
  await send('PUT', '/parts');
  const bytes = randomBytes(102_400);
  await send('PUT', '/parts/source', { body: bytes });
  const [id] = texts(xml(await send('POST', '/parts/big?uploads')), 'UploadId');
  const one = await send('PUT', `/parts/big?partNumber=1&uploadId=${id}`, { body: bytes });
  assert.equal(one.status, 200);
  const two = await send('PUT', `/parts/big?partNumber=2&uploadId=${id}`, {
    headers: { 'x-oss-copy-source': '/parts/source', 'x-oss-copy-source-range': 'bytes=0-9' },
  });
  assert.equal(two.headers['content-range'], 'bytes 0-9/102400');
  const listed = xml(await send('GET', `/parts/big?uploadId=${id}&max-parts=1&part-number-marker=0`));
  assert.deepEqual(texts(listed, 'Part>Size'), ['102400']);
  assert.deepEqual(texts(listed, 'NextPartNumberMarker'), ['1']);
  assert.deepEqual(texts(listed, 'IsTruncated'), ['true']);
  assert.deepEqual(texts(xml(await send('GET', '/parts/?uploads')), 'Upload>UploadId'), [id]);
  const part = (number: number, etag: string | undefined): string =>
    `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`;
  const complete = (parts: string): Promise<Answer> =>
    send('POST', `/parts/big?uploadId=${id}`, {
      body: `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`,
    });
  const both = part(1, one.headers.etag) + part(2, two.headers.etag?.replaceAll('"', ''));
  assert.equal(code(await complete(part(1, one.headers.etag) + part(1, one.headers.etag))), 'InvalidPartOrder');
  assert.equal(code(await complete(part(1, '"00"'))), 'InvalidPart');
  const done = await complete(both);
  assert.equal(done.status, 200);
  assert.deepEqual(texts(xml(done), 'Location'), [`http://127.0.0.1:${port}/parts/big`]);
  const got = await send('GET', '/parts/big');
  assert.deepEqual(got.body, Buffer.concat([bytes, bytes.subarray(0, 10)]));
  assert.equal(got.headers['x-oss-hash-crc64ecma'], done.headers['x-oss-hash-crc64ecma']);
  assert.equal(code(await complete(both)), 'NoSuchUpload');
  assert.equal(code(await send('DELETE', `/parts/big?uploadId=${id}`)), 'NoSuchUpload');
});

test('an empty object makes an empty part', async () => {
  await send('PUT', '/parts');
  await send('PUT', '/parts/empty', { body: '' });
  const [id] = texts(xml(await send('POST', '/parts/of-nothing?uploads')), 'UploadId');
  const target = `/parts/of-nothing?partNumber=1&uploadId=${id}`;
  const copied = await send('PUT', target, { headers: { 'x-oss-copy-source': '/parts/empty' } });
  assert.equal(copied.status, 200);
  assert.equal(copied.headers['content-range'], undefined);
});

test('an append of nothing changes nothing, and a copy of appended bytes claims no MD5', async () => {
  await send('PUT', '/appends');
  for (const [position, body] of [
    [0, 'abc'],
    [3, 'def'],
  ] as const) {
    await send('POST', `/appends/two?append&position=${position}`, { body });
  }
  const before = await send('HEAD', '/appends/two');
  const nothing = await send('POST', '/appends/two?append&position=6', { body: '' });
  assert.equal(nothing.headers['x-oss-next-append-position'], '6');
  assert.equal((await send('HEAD', '/appends/two')).headers.etag, before.headers.etag);

  await send('PUT', '/appends/copy', { headers: { 'x-oss-copy-source': '/appends/two' } });
  const copy = await send('GET', '/appends/copy');
  assert.equal(copy.body.toString(), 'abcdef');
  assert.equal(copy.headers['x-oss-object-type'], 'Normal');
  assert.equal(copy.headers['content-md5'], undefined);
  assert.equal((await send('GET', '/appends/copy', { headers: { 'if-match': copy.headers.etag ?? '' } })).status, 200);
});

test('a bucket says how much it holds, by storage class', async () => {
  await send('PUT', '/measured');
  await send('PUT', '/measured/a', { body: '12345' });
  await send('PUT', '/measured/b', { body: '123', headers: { 'x-oss-storage-class': 'IA' } });
  const [id] = texts(xml(await send('POST', '/measured/big?uploads')), 'UploadId');
  await send('PUT', `/measured/big?partNumber=1&uploadId=${id}`, { body: '1234567' });
  const stat = xml(await send('GET', '/measured/?stat'));
  const figures = Object.fromEntries(stat.children.map(({ name, text }) => [name, Number(text)]));
  assert.equal(stat.name, 'BucketStat');
  assert.deepEqual([figures.Storage, figures.ObjectCount], [8, 2]);
  assert.deepEqual([figures.StandardStorage, figures.StandardObjectCount], [5, 1]);
  assert.deepEqual(
    [figures.InfrequentAccessStorage, figures.InfrequentAccessRealStorage, figures.InfrequentAccessObjectCount],
    [65_536, 3, 1],
  );
  assert.deepEqual([figures.MultipartUploadCount, figures.MultipartPartCount, figures.MultipartPartStorage], [1, 1, 7]);
  assert.ok(Math.abs(Number(figures.LastModifiedTime) - Date.now() / 1000) < 60);
});

test('ACLs decide what a request without signature may do', async () => {
  await send('PUT', '/public');
  await send('PUT', '/public/a', { body: 'a' });
  const anonymous = (method: string, target: string): Promise<Answer> => send(method, target, { anonymous: true });
  assert.equal(code(await anonymous('GET', '/public/a')), 'AccessDenied');
  await send('PUT', '/public/a?acl', { headers: { 'x-oss-object-acl': 'public-read' } });
  assert.deepEqual(texts(xml(await send('GET', '/public/a?acl')), 'AccessControlList>Grant'), ['public-read']);
  assert.equal((await anonymous('GET', '/public/a')).body.toString(), 'a');
  assert.equal(code(await anonymous('GET', '/public/a?response-content-type=text/html')), 'InvalidRequest');
  assert.equal(code(await anonymous('PUT', '/public/a')), 'AccessDenied');
  assert.equal(code(await anonymous('GET', '/')), 'AccessDenied');
});

test('a copy needs the right to read its source, also where anybody may write', async () => {
  await send('PUT', '/open', { headers: { 'x-oss-acl': 'public-read-write' } });
  await send('PUT', '/closed');
  await send('PUT', '/closed/secret', { body: 'secret' });
  await send('PUT', '/open/own', { body: 'own', headers: { 'x-oss-object-acl': 'private' } });
  const anonymous = (method: string, target: string, source?: string): Promise<Answer> =>
    send(method, target, { anonymous: true, ...(source && { headers: { 'x-oss-copy-source': source } }) });
  const [id] = texts(xml(await anonymous('POST', '/open/stolen?uploads')), 'UploadId');
  for (const source of ['/closed/secret', 'closed%2Fsecret', '/closed/absent', '/open/own']) {
    assert.equal(code(await anonymous('PUT', '/open/stolen', source)), 'AccessDenied', source);
    const part = await anonymous('PUT', `/open/stolen?partNumber=1&uploadId=${id}`, source);
    assert.equal(code(part), 'AccessDenied', source);
  }
  assert.equal((await send('HEAD', '/open/stolen')).status, 404);
});

test('responses may be given other headers, but not further ones', async () => {
  await send('PUT', '/objects');
  await send('PUT', '/objects/o', { body: 'o' });
  const got = await send('GET', '/objects/o?response-content-type=text%2Fhtml');
  assert.equal(got.headers['content-type'], 'text/html');
  const split = await send('GET', '/objects/o?response-content-type=a%0D%0Ax-evil:1');
  assert.equal(split.status, 400);
  assert.equal(split.headers['x-evil'], undefined);
});

test('process strings reach the media domain in all three ways', async () => {
  await send('PUT', '/objects');
  processed.length = 0;
  const read = await send('GET', '/objects/photo?x-oss-process=image%2Fresize%2Cw_100');
  assert.equal(read.body.toString(), 'done');
  assert.equal(read.headers['content-type'], 'image/png');
  assert.equal(read.headers['x-millrace-cache'], 'miss');
  assert.equal(read.headers['x-oss-hash-crc64ecma'], undefined);
  assert.equal((await send('HEAD', '/objects/photo?x-oss-process=image/info')).headers['content-length'], '4');
  const saved = await send('POST', '/objects/photo?x-oss-process', {
    body: 'x-oss-process=image/info|sys/saveas,o_YQ==',
  });
  assert.equal(saved.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(saved.body.toString()), { bucket: '', fileSize: 4, object: 'target', status: 'OK' });
  const task = await send('POST', '/objects/photo?x-oss-async-process', { body: 'x-oss-async-process=doc%2Fconvert' });
  assert.deepEqual(JSON.parse(task.body.toString()), { EventId: 'E', RequestId: 'R', TaskId: 'T' });
  assert.deepEqual(processed, ['image/resize,w_100', 'image/info', 'image/info|sys/saveas,o_YQ==', 'doc/convert']);
  const photo = '/objects/photo?x-oss-process=image/resize,w_1';
  const part = await send('GET', photo, { headers: { range: 'bytes=1-2' } });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], 'bytes 1-2/4');
  assert.equal(part.body.toString(), 'on');
  const past = { range: 'bytes=9-', 'x-oss-range-behavior': 'standard' };
  assert.equal((await send('GET', photo, { headers: past })).status, 416);
  const refused = await send('GET', '/objects/photo?x-oss-process=image/resize,w_0');
  assert.equal(refused.status, 400);
  assert.deepEqual(texts(xml(refused), 'ArgumentName'), ['w']);
});

test('what is not served says so with its name', async () => {
  await send('PUT', '/objects');
  const replication = await send('GET', '/objects/?replication');
  assert.equal(code(replication), 'NotImplemented');
  assert.deepEqual(texts(xml(replication), 'Operation'), ['GetBucketReplication']);
  assert.equal(code(await send('DELETE', '/objects/t?acl')), 'MethodNotAllowed');
});

test('garbage, huge headers and odd targets are refused and the server stays up', async () => {
  assert.match(await raw('\x00\x01 nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*<Error>/s);
  assert.match(
    await raw(`GET / HTTP/1.1\r\nHost: h\r\nX-Big: ${'a'.repeat(1_000_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*RequestHeaderSectionTooLarge/s,
  );
  assert.match(await raw('GET /%ff/%00 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(await raw('GET * HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 4/);
  assert.match(await raw('GET http://[x HTTP/1.1\r\nHost: [::\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 4/);
  assert.equal((await send('GET', '/')).status, 200);
});

test('a refused upload is answered while its body still comes, and the connection goes on', async () => {
  const body = 'a'.repeat(3_000_000);
  const head = (last: boolean): string =>
    `PUT /nowhere/k HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
  const answers = await raw(head(false) + body + head(true) + body);
  assert.equal(answers.match(/<Code>NoSuchBucket<\/Code>/g)?.length, 2);
  // Bigger than what the kernel buffers: the answer is there long before the last byte is sent.
  const large = 'a'.repeat(20_000_000);
  const closing = `PUT /nowhere/k HTTP/1.1\r\nHost: h\r\nContent-Length: ${large.length}\r\nConnection: close\r\n\r\n`;
  for (let times = 0; times < 3; times++) assert.match(await raw(closing + large), /NoSuchBucket/);
});

test('a client that waits for 100 is told to go on only when its request is good', async () => {
  await send('PUT', '/objects', { headers: { 'x-oss-acl': 'public-read-write' } });
  const put = (bucket: string): string =>
    `PUT /${bucket}/expected HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nok`;
  assert.match(await raw(put('objects')), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  assert.match(await raw(put('nowhere')), /^HTTP\/1\.1 404 /);
});

const selectBody = (statement: string): string =>
  `<SelectRequest><Expression>${Buffer.from(statement).toString('base64')}</Expression></SelectRequest>`;

test('a query is answered in frames, and what fails after the first rows in the last of them', async () => {
  await send('PUT', '/select-frames');
  await send('PUT', '/select-frames/data', { body: 'a,b\n1,2' });
  const answer = await send('POST', '/select-frames/data?x-oss-process=csv/select', { body: selectBody('all') });
  assert.equal(answer.status, 206);
  assert.equal(answer.headers['content-length'], undefined);
  assert.equal(answer.body.readUInt32BE(0), 0x01800001);
  const rows = answer.body.subarray(20, 12 + answer.body.readUInt32BE(4)).toString();
  assert.equal(JSON.parse(rows).statement, 'all');
  const failed = await send('POST', '/select-frames/data?x-oss-process=csv/select', { body: selectBody('fail') });
  assert.equal(failed.status, 206);
  assert.match(failed.body.toString('latin1'), /InvalidSelectData\.Row 2\. Odd\./);
  const counted = await send('POST', '/select-frames/data?x-oss-process=csv/meta', { body: '<CsvMetaRequest/>' });
  assert.equal(counted.status, 200);
  assert.equal(counted.body.readUInt32BE(0), 0x01800006);
  assert.equal(counted.body.readBigUInt64BE(12 + 24), 3n);
});
