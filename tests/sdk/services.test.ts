import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fixture, type RunningServer, startServer } from '@millrace/testkit';
import {
  aliyunCredentials,
  audio,
  consume,
  eachObject,
  environmentCredentials,
  explain,
  fileBody,
  httpTransport,
  image,
  listObjectVersionsPages,
  Mns,
  Oss,
  ossutilCredentials,
  Ram,
  refreshingCredentials,
  roleCredentials,
  ServiceError,
  Sts,
  waitForTask,
} from 'millrace';

let server: RunningServer;
let to: { endpoint: string; region: string; accessKeyId: string; accessKeySecret: string };

before(async () => {
  server = await startServer();
  const { endpoint, region, accessKeyId, accessKeySecret } = server;
  to = { endpoint, region, accessKeyId, accessKeySecret };
});
after(async () => {
  await server.stop();
});

test('queues and topics: what is sent is received, deleted, and a batch tells what failed', async () => {
  const mns = new Mns(to);
  await mns.createQueue({ queue: 'jobs', body: { visibilityTimeout: 5 } });
  const sent = await mns.sendMessage({ queue: 'jobs', body: { messageBody: 'hello <&> 文' } });
  const got = await mns.receiveMessage({ queue: 'jobs', waitSeconds: 1 });
  assert.equal(got.messageId, sent.messageId);
  assert.equal(got.messageBody, 'hello <&> 文');
  await mns.deleteMessage({ queue: 'jobs', receiptHandle: got.receiptHandle });
  await assert.rejects(mns.receiveMessage({ queue: 'jobs', waitSeconds: 0 }), { code: 'MessageNotExist', status: 404 });
  assert.equal((await mns.getQueueAttributes({ queue: 'jobs' })).visibilityTimeout, 5);
  const { failed } = await mns.batchDeleteMessage({ queue: 'jobs', body: { handles: [got.receiptHandle] } });
  assert.equal(failed?.errors.length, 1);
});

test('a consumer works on messages side by side, keeps long ones hidden, and ends when told, with nothing left', async () => {
  const mns = new Mns(to);
  await mns.createQueue({ queue: 'work', body: { visibilityTimeout: 1 } });
  for (let at = 0; at < 6; at++) await mns.sendMessage({ queue: 'work', body: { messageBody: `m${at}` } });
  const stop = new AbortController();
  const seen = new Map<string, number>();
  let atOnce = 0;
  let most = 0;
  await consume(
    mns,
    'work',
    async ({ messageBody }) => {
      most = Math.max(most, ++atOnce);
      seen.set(messageBody, (seen.get(messageBody) ?? 0) + 1);
      // Longer than the queue hides a message by itself.
      await new Promise((resolve) => setTimeout(resolve, messageBody === 'm0' ? 1800 : 50));
      atOnce--;
      if (messageBody === 'm0') stop.abort();
    },
    { concurrency: 3, visibilityTimeout: 2, waitSeconds: 1, signal: stop.signal },
  );
  assert.deepEqual(
    [...seen.entries()].sort(),
    Array.from({ length: 6 }, (_, at) => [`m${at}`, 1]),
  );
  assert.ok(most > 1 && most <= 3);
  const { activeMessages, inactiveMessages } = await mns.getQueueAttributes({ queue: 'work' });
  assert.deepEqual([activeMessages, inactiveMessages], [0, 0]);
});

test('keys of a role are assumed, used and refused as the service says', async () => {
  const ram = new Ram(to);
  const trust = {
    Version: '1',
    Statement: [
      { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { RAM: [`acs:ram::${server.accountId}:root`] } },
    ],
  };
  await ram.call('CreateRole', { RoleName: 'reader', AssumeRolePolicyDocument: JSON.stringify(trust) });
  const sts = new Sts(to);
  assert.equal((await sts.getCallerIdentity()).AccountId, server.accountId);
  const credentials = roleCredentials(sts, {
    RoleArn: `acs:ram::${server.accountId}:role/reader`,
    RoleSessionName: 'test',
  });
  const { endpoint, region } = to;
  const me = await new Sts({ endpoint, region, credentials }).getCallerIdentity();
  assert.equal(me.IdentityType, 'AssumedRoleUser');
  for (const signatureVersion of ['v4', 'v1'] as const) {
    const oss = new Oss({ endpoint, region, credentials, signatureVersion });
    await assert.rejects(oss.listBuckets(), (error) => error instanceof ServiceError && error.code === 'AccessDenied');
  }
});

test('keys come from the environment and from the files of ossutil and of aliyun', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-profiles-'));
  t.after(() => rm(folder, { recursive: true }));
  const ossutil = join(folder, 'ossutilconfig');
  await writeFile(
    ossutil,
    '[default]\naccessKeyID = one\naccessKeySecret=s=1\n# no\n[profile dev]\naccess_key_id=two\naccess_key_secret=s2\nsts_token=t\n',
  );
  const aliyun = join(folder, 'config.json');
  const profiles = [{ name: 'p', access_key_id: 'three', access_key_secret: 's3', region_id: 'cn-beijing' }];
  await writeFile(aliyun, JSON.stringify({ current: 'p', profiles }));
  const id = async (provider: { credentials(): Promise<{ accessKeyId: string }> }) =>
    (await provider.credentials()).accessKeyId;
  assert.equal(await id(ossutilCredentials(ossutil)), 'one');
  assert.equal((await ossutilCredentials(ossutil).credentials()).accessKeySecret, 's=1');
  assert.equal((await ossutilCredentials(ossutil, 'dev').credentials()).securityToken, 't');
  assert.equal(await id(aliyunCredentials(aliyun)), 'three');
  assert.equal(
    await id(environmentCredentials({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'four', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 's' })),
    'four',
  );
  await assert.rejects(id(environmentCredentials({})), { name: 'CredentialsError' });
});

test('keys from a function are fetched once for all who ask, and again before they expire', async () => {
  let now = 0;
  let calls = 0;
  const provider = refreshingCredentials(
    async () => ({ accessKeyId: `k${++calls}`, accessKeySecret: 's', expiresAt: now + 3_600_000 }),
    () => now,
  );
  const ids = await Promise.all([provider.credentials(), provider.credentials()]);
  assert.deepEqual(
    ids.map(({ accessKeyId }) => accessKeyId),
    ['k1', 'k1'],
  );
  now += 3_500_000;
  assert.equal((await provider.credentials()).accessKeyId, 'k2');
});

test('listings are walked page by page', async () => {
  const oss = new Oss(to);
  const bucket = 'walked-bucket';
  await oss.putBucket({ bucket });
  await oss.putBucketVersioning({ bucket, body: { Status: 'Enabled' } });
  for (let at = 0; at < 7; at++) await oss.putObject({ bucket, key: `a/${at}`, body: 'x' });
  const keys: string[] = [];
  for await (const { Key } of eachObject(oss, { bucket, prefix: 'a/', maxKeys: 3 })) keys.push(Key);
  assert.deepEqual(
    keys,
    Array.from({ length: 7 }, (_, at) => `a/${at}`),
  );
  let versions = 0;
  for await (const page of listObjectVersionsPages(oss, { bucket, maxKeys: 2 })) versions += page.Entries.length;
  assert.equal(versions, 7);
});

test('asynchronous work is submitted by a builder, and its end awaited through a queue', async () => {
  const oss = new Oss(to);
  const mns = new Mns(to);
  const bucket = 'worked-bucket';
  await oss.putBucket({ bucket });
  await oss.putObject({ bucket, key: 'song.wav', body: await fileBody(await fixture('song.wav')) });
  await mns.createTopic({ topic: 'ends' });
  await mns.createQueue({ queue: 'ends' });
  const endpoint = `acs:mns:${server.region}:${server.accountId}:queues/ends`;
  await mns.subscribe({ topic: 'ends', subscription: 'all', body: { endpoint, notifyContentFormat: 'SIMPLIFIED' } });
  const process = (key: string) => audio().convert({ f: 'mp3', t: 300 }).saveAs(bucket, key).notify('ends');
  const first = await oss.asyncProcessObject({ bucket, key: 'song.wav', process: process('1.mp3') });
  const second = await oss.asyncProcessObject({ bucket, key: 'song.wav', process: process('2.mp3') });
  // In the other order: each waits for its own.
  const ended = await Promise.all([
    waitForTask(mns, 'ends', second.TaskId, { signal: AbortSignal.timeout(30_000) }),
    waitForTask(mns, 'ends', first.TaskId, { signal: AbortSignal.timeout(30_000) }),
  ]);
  assert.deepEqual(
    ended.map(({ status }) => status),
    ['Succeeded', 'Succeeded'],
  );
  assert.ok(await oss.isObjectExist(bucket, '1.mp3'));
});

test('a picture is processed and stored before the answer', async () => {
  const oss = new Oss(to);
  const bucket = 'drawn-bucket';
  await oss.putBucket({ bucket });
  await oss.putObject({ bucket, key: 'photo.jpg', body: await fileBody(await fixture('photo.jpg')) });
  const small = image().resize({ m: 'fixed', w: 20, h: 10 }).format('webp');
  const done = await oss.processObject({ bucket, key: 'photo.jpg', process: small.saveAs(bucket, 'small.webp') });
  assert.deepEqual([done.status, done.object], ['OK', 'small.webp']);
  const info = await oss.getObject({ bucket, key: 'small.webp', process: image().info() });
  assert.match(await info.body.text(), /"ImageWidth":\s*\{\s*"value":\s*"20"/);
});

test('the sizes that explain tells are those of the pictures that come', async () => {
  const oss = new Oss(to);
  const bucket = 'explained-bucket';
  await oss.putBucket({ bucket });
  await oss.putObject({ bucket, key: 'photo.jpg', body: await fileBody(await fixture('photo.jpg')) });
  const sizeOf = async (process: string): Promise<unknown> => {
    const text = await (await oss.getObject({ bucket, key: 'photo.jpg', process })).body.text();
    const { ImageWidth, ImageHeight } = JSON.parse(text);
    return { width: Number(ImageWidth.value), height: Number(ImageHeight.value) };
  };
  const source = (await sizeOf('image/info')) as { width: number; height: number };
  const strings = [
    ...[
      'resize,w_101',
      'resize,h_77,m_mfit',
      'resize,m_pad,w_100,h_90',
      'resize,m_fill,w_50',
      'resize,l_99',
      'resize,s_99',
    ],
    ...['resize,p_33', 'resize,w_9000', 'resize,w_120,h_90', 'resize,m_fixed,w_9,h_300/rotate,270', 'rotate,180'],
    ...[
      'crop,x_10,y_20,w_30',
      'crop,w_100,h_100,g_se,x_50',
      'indexcrop,x_100,i_1',
      'indexcrop,y_100,i_99',
      'circle,r_50',
    ],
    'circle,r_4000/resize,p_50',
  ];
  for (const one of strings) {
    const told = explain(`image/${one}`, source).at(-1)?.size;
    assert.deepEqual(told, await sizeOf(`image/${one}|image/info`), one);
  }
});

test('a clock that is wrong is set right by what each service refuses', async () => {
  for (const wrong of [3 * 3600_000, -40 * 86_400_000]) {
    const late = { ...to, platform: { now: () => Date.now() + wrong } };
    const oss = new Oss(late);
    await new Mns(late).listQueue({});
    await new Sts(late).getCallerIdentity();
    await new Ram(late).listUsers();
    await oss.listBuckets();
    // What is signed for others is good as well, once the client knows.
    const { expiresAt } = await oss.presign('GetObject', { bucket: 'clock-bucket', key: 'x' }, { expires: 60 });
    assert.ok(Math.abs(expiresAt - Date.now() - 60_000) < 10_000, `${expiresAt - Date.now()}`);
    const form = await oss.postPolicy({ bucket: 'clock-bucket' });
    assert.ok(Math.abs(form.expiresAt - Date.now() - 3600_000) < 10_000, `${form.expiresAt - Date.now()}`);
  }
});

test('requests go through a proxy, with its password; one that is none is named', async (t) => {
  const { origin } = new URL(to.endpoint);
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.headers['proxy-authorization']} ${request.url?.slice(0, origin.length)}`);
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = httpRequest(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  t.after(() => proxy.closeAllConnections());
  const through = `http://some%40one:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const oss = new Oss({ ...to, platform: { transport: httpTransport({ proxy: through }) } });
  await oss.putBucket({ bucket: 'proxy-bucket' });
  await oss.putObject({ bucket: 'proxy-bucket', key: 'a b/文+%', body: 'x' });
  assert.equal(await (await oss.getObject({ bucket: 'proxy-bucket', key: 'a b/文+%' })).body.text(), 'x');
  assert.deepEqual(new Set(asked), new Set([`Basic ${btoa('some@one:secret')} ${origin}`]));
  for (const none of ['socks5://127.0.0.1:1', 'https://127.0.0.1', 'http://[']) {
    assert.throws(() => httpTransport({ proxy: none }), /The proxy must be http:\/\/HOST:PORT/);
  }
});
