import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningServer, startServer } from '@millrace/testkit';
import { httpTransport, InconsistentError, InvalidRequestError, Oss, ServiceError } from 'millrace';

let server: RunningServer;
let oss: Oss;
let to: { endpoint: string; region: string; accessKeyId: string; accessKeySecret: string };
const bucket = 'sdk-bucket';
/** Everything that a key may hold and a URL, a header or XML may trip over. */
const oddKeys = [
  'plain.txt',
  'dir a/文件+1.txt',
  "q?&=#%25'()*!~.txt",
  'a//b/../c',
  'emoji-😀',
  'tab\tand\nline',
  'control\u0001\u001f\u007f',
];

before(async () => {
  server = await startServer();
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  to = { endpoint, region, accessKeyId, accessKeySecret };
  oss = new Oss(to);
  await oss.putBucket({ bucket });
});
after(async () => {
  await server.stop();
});

for (const signatureVersion of ['v4', 'v1'] as const) {
  test(`puts, lists, reads and deletes any key, signed with ${signatureVersion}`, async () => {
    const client = new Oss({ ...to, signatureVersion });
    for (const key of oddKeys) {
      const put = await client.putObject({ bucket, key, body: `body of ${key}`, meta: { Author: 'zhao 刘' } });
      assert.equal(put.status, 200);
      assert.match(put.requestId, /^[0-9A-F]{24}$/);
      const got = await client.getObject({ bucket, key });
      assert.equal(await got.body.text(), `body of ${key}`);
      assert.equal(got.etag, put.etag);
      assert.deepEqual(got.meta, { author: 'zhao 刘' });
      assert.equal((await client.headObject({ bucket, key })).size, got.body.length);
    }
    const listed = await client.listObjectsV2({ bucket });
    assert.deepEqual(listed.Contents.map(({ Key }) => Key).sort(), [...oddKeys].sort());
    const deleted = await client.deleteMultipleObjects({ bucket, body: { Object: oddKeys.map((Key) => ({ Key })) } });
    assert.deepEqual(deleted.Deleted?.map(({ Key }) => Key).sort(), [...oddKeys].sort());
    assert.equal(await client.isObjectExist(bucket, 'plain.txt'), false);
  });
}

test('a body that nobody reads gives its connection back once it is cancelled', async () => {
  await oss.putObject({ bucket, key: 'unread', body: new Uint8Array(500_000) });
  const client = new Oss({ ...to, platform: { transport: httpTransport({ connections: 2 }) } });
  for (const range of [undefined, 'bytes=0-400000']) {
    for (let at = 0; at < 6; at++) await (await client.getObject({ bucket, key: 'unread', range })).body.cancel();
  }
  assert.equal(
    (await client.headObject({ bucket, key: 'unread' }, { signal: AbortSignal.timeout(10_000) })).size,
    500_000,
  );
});

test('refusals are errors with code, status, EC and request id, also where the answer has no body', async () => {
  const absent = { bucket, key: 'absent' };
  for (const ask of [() => oss.getObject(absent), () => oss.headObject(absent)]) {
    await assert.rejects(ask, (error: unknown) => {
      assert.ok(error instanceof ServiceError);
      assert.equal(error.code, 'NoSuchKey');
      assert.equal(error.status, 404);
      assert.match(error.ec, /^\d{4}-\d{8}$/);
      assert.match(error.requestId, /^[0-9A-F]{24}$/);
      return true;
    });
  }
});

test('what no service could take is refused before anything is sent', async () => {
  await assert.rejects(oss.putObject({ bucket: 'evil.example/', key: 'a' }), InvalidRequestError);
  await assert.rejects(oss.putObject({ bucket, key: '' }), InvalidRequestError);
  await assert.rejects(oss.presign('GetObject', { bucket, key: 'a' }, { expires: 604_801 }), InvalidRequestError);
});

test('documents are written and read by their declarations', async () => {
  const CORSRule = [
    { AllowedOrigin: ['*'], AllowedMethod: ['GET' as const], AllowedHeader: [], ExposeHeader: ['etag'] },
  ];
  await oss.putBucketCors({ bucket, body: { CORSRule } });
  assert.deepEqual((await oss.getBucketCors({ bucket })).CORSRule, CORSRule);
  await oss.putBucketTags({ bucket, body: { TagSet: { Tag: [{ Key: 'k', Value: 'v <&>' }] } } });
  assert.deepEqual((await oss.getBucketTags({ bucket })).TagSet.Tag, [{ Key: 'k', Value: 'v <&>' }]);
  assert.equal((await oss.getBucketInfo({ bucket })).Bucket.Name, bucket);
  assert.equal((await oss.getBucketLocation({ bucket })).result, 'oss-cn-hangzhou');
  assert.ok((await oss.listBuckets()).Buckets.Bucket.some(({ Name }) => Name === bucket));
});

test('bodies are streamed both ways, of known and of unknown length', async () => {
  const piece = new Uint8Array(64 * 1024).map((_, at) => at * 7);
  async function* pieces() {
    for (let count = 0; count < 40; count++) yield piece;
  }
  for (const body of [pieces(), new Blob([piece, piece]), new Blob([piece]).stream(), piece]) {
    await oss.putObject({ bucket, key: 'streamed', body });
    const { body: read } = await oss.getObject({ bucket, key: 'streamed' });
    let length = 0;
    for await (const part of read) length += part.length;
    assert.equal(length, read.length);
  }
  await assert.rejects(
    oss.putObject({ bucket, key: 'streamed', body: piece, contentMd5: '1B2M2Y8AsgTpgAmY7PhCfg==' }),
    {
      code: 'InvalidDigest',
    },
  );
});

for (const signatureVersion of ['v4', 'v1'] as const) {
  test(`URLs signed with ${signatureVersion} work for any operation`, async () => {
    const client = new Oss({ ...to, signatureVersion });
    const key = 'presigned 文件.txt';
    const put = await client.presign('PutObject', { bucket, key, contentType: 'text/x-odd' }, { expires: 60 });
    assert.equal((await fetch(put.url, { method: put.method, headers: put.signedHeaders, body: 'hello' })).status, 200);
    const get = await client.presign('GetObject', { bucket, key, responseContentType: 'text/other' });
    const answer = await fetch(get.url);
    assert.equal(answer.headers.get('content-type'), 'text/other');
    assert.equal(await answer.text(), 'hello');
    const list = await client.presign('ListObjectsV2', { bucket, prefix: 'presigned' });
    assert.match(await (await fetch(list.url)).text(), /<ListBucketResult>/);
  });

  test(`forms signed with ${signatureVersion} upload what their policy lets through`, async () => {
    const client = new Oss({ ...to, signatureVersion });
    const { url, fields } = await client.postPolicy({ bucket, conditions: [['content-length-range', 1, 10]] });
    for (const [text, status] of [
      ['short', 204],
      ['much too long', 400],
    ] as const) {
      const form = new FormData();
      form.set('key', 'posted');
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      form.set('file', new Blob([text]));
      assert.equal((await fetch(url, { method: 'POST', body: form })).status, status, text);
    }
    assert.equal(await (await client.getObject({ bucket, key: 'posted' })).body.text(), 'short');
  });
}

test('a clock that is wrong is put right by what the server says', async () => {
  const platform = { now: () => Date.now() - 3 * 3_600_000 };
  const late = new Oss({ ...to, platform });
  await late.putObject({ bucket, key: 'late', body: 'x' });
});

test('a signal ends a request with its reason', async () => {
  const reason = new Error('enough');
  async function* endless() {
    for (;;) {
      yield new Uint8Array(1024);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 50);
  await assert.rejects(
    oss.putObject({ bucket, key: 'endless', body: endless() }, { signal: controller.signal }),
    reason,
  );
  assert.equal(await oss.isObjectExist(bucket, 'endless'), false);
});

test('bytes that changed on the way are an error', async () => {
  await oss.putObject({ bucket, key: 'whole', body: 'whole' });
  const transport: typeof oss.settings.platform.transport = async (request) => {
    const answer = await oss.settings.platform.transport(request);
    const turned = async function* () {
      for await (const piece of answer.body) yield piece.map((byte) => byte ^ 1);
    };
    return { ...answer, body: turned() };
  };
  const bad = new Oss({ ...to, platform: { transport } });
  const { body } = await bad.getObject({ bucket, key: 'whole' });
  await assert.rejects(body.text(), InconsistentError);
});
