// proves oss: PutObject, GetObject, CopyObject, AppendObject, DeleteMultipleObjects, ProcessObject, GetBucketInfo

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { fixture } from '@millrace/testkit';
import OSS from 'ali-oss';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;
let folder: string;

before(async () => {
  ({ target, close } = await openTarget());
  folder = await mkdtemp(join(tmpdir(), 'millrace-ali-oss-'));
});

after(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

const port = () => new URL(target.endpoint).port;

/** The ways in which users of this client address a server of their own. */
const ways = {
  // The client overwrites Host with BUCKET.REGION.aliyuncs.com and keeps only the key in the path.
  'an IP address': () => ({ endpoint: `http://127.0.0.1:${port()}` }),
  'localhost and second-level names off': () => ({ endpoint: `http://localhost:${port()}`, sldEnable: true }),
  'an IP address and second-level names off': () => ({ endpoint: `http://127.0.0.1:${port()}`, sldEnable: true }),
};

for (const [way, options] of Object.entries(ways)) {
  for (const authorizationV4 of [false, true]) {
    describe(`ali-oss with ${way}, ${authorizationV4 ? 'V4' : 'V1'}`, () => {
      let client: OSS;
      let bucket: string;

      before(async () => {
        bucket = `node-${randomBytes(8).toString('hex')}`;
        client = new OSS({
          region: `oss-${target.region}`,
          accessKeyId: target.accessKeyId,
          accessKeySecret: target.accessKeySecret,
          authorizationV4,
          ...options(),
        });
        const made = await client.putBucket(bucket);
        assert.equal(made.bucket, bucket);
        client.useBucket(bucket);
      });

      after(async () => {
        const left = await client.list({ 'max-keys': 1000 });
        for (const object of left.objects ?? []) await client.delete(object.name);
        const uploads = await client.listUploads({ 'max-uploads': 100 });
        for (const upload of uploads.uploads) await client.abortMultipartUpload(upload.name, upload.uploadId);
        await client.deleteBucket(bucket);
      });

      test('objects go round', async () => {
        const put = await client.put('dir/文 件+1.txt', Buffer.from('body'), { meta: { author: 'x' } });
        assert.equal(put.res.status, 200);
        const got = await client.get('dir/文 件+1.txt');
        assert.equal(got.content.toString(), 'body');
        const head = await client.head('dir/文 件+1.txt');
        assert.deepEqual(head.meta, { author: 'x' });
        // The client sends conditions under the name for the source and, beside it, under their plain one.
        const { etag } = head.res.headers as { etag: string };
        await client.copy('copy.txt', 'dir/文 件+1.txt', { headers: { 'If-Match': etag } });
        const changed = client.copy('copy.txt', 'dir/文 件+1.txt', { headers: { 'If-Match': '"0"' } });
        await assert.rejects(changed, { status: 412 });
        assert.equal((await client.get('copy.txt')).content.toString(), 'body');
        assert.equal((await client.delete('copy.txt')).res.status, 204);
        await assert.rejects(client.get('copy.txt'), { code: 'NoSuchKey', status: 404 });
        await assert.rejects(client.head('copy.txt'), { status: 404 });
      });

      test('a stream without a length is stored', async () => {
        await client.putStream('streamed', Readable.from([Buffer.from('one '), Buffer.from('two')]));
        assert.equal((await client.get('streamed')).content.toString(), 'one two');
      });

      test('listings have owners, pages and prefixes', async () => {
        for (const name of ['list/a', 'list/b', 'list/c/d']) await client.put(name, Buffer.from('x'));
        const first = await client.list({ prefix: 'list/', delimiter: '/', 'max-keys': 2 });
        assert.deepEqual(
          first.objects?.map((object) => object.name),
          ['list/a', 'list/b'],
        );
        assert.ok(first.objects?.[0]?.owner.id);
        assert.equal(first.isTruncated, true);
        const second = await client.list({
          prefix: 'list/',
          delimiter: '/',
          marker: first.nextMarker ?? '',
          'max-keys': 2,
        });
        assert.deepEqual(second.prefixes, ['list/c/']);
        const all = await client.listV2({ prefix: 'list/', 'max-keys': 1000 });
        assert.equal(all.objects?.length, 3);
        const deleted = await client.deleteMulti(['list/a', 'list/b', 'list/c/d']);
        assert.equal(deleted.deleted?.length, 3);
      });

      test('appends continue where the answer says', async () => {
        const first = await client.append('log', Buffer.from('one'));
        const second = await client.append('log', Buffer.from('two'), { position: first.nextAppendPosition });
        assert.equal(second.nextAppendPosition, '6');
        assert.equal((await client.get('log')).content.toString(), 'onetwo');
      });

      test('a multipart upload resumes from its checkpoint', async () => {
        const path = join(folder, `${bucket}.bin`);
        const bytes = randomBytes(1_100_000);
        await writeFile(path, bytes);
        let checkpoint: { uploadId: string; doneParts: { number: number; etag: string }[] } | undefined;
        const interrupted = client.multipartUpload('big', path, {
          partSize: 102_400,
          parallel: 1,
          progress: (_done, reached) => {
            checkpoint = reached;
            if (reached && reached.doneParts.length >= 4) throw new Error('interrupted here');
          },
        });
        await assert.rejects(interrupted, /interrupted here/);
        const done = checkpoint?.doneParts.length ?? 0;
        assert.ok(done >= 4 && done < 11);
        const result = await client.multipartUpload('big', path, { partSize: 102_400, parallel: 3, checkpoint });
        assert.ok(result.etag);
        assert.deepEqual((await client.get('big')).content, bytes);
      });

      test('photos are processed on reading and into another object', async () => {
        await client.put('photo.jpg', await readFile(await fixture('photo.jpg')));
        const small = await client.get('photo.jpg', { process: 'image/resize,w_100' });
        assert.equal(small.res.headers['content-type'], 'image/jpeg');
        const saved = await client.processObjectSave('photo.jpg', 'saved 文.jpg', 'image/resize,m_fixed,w_100,h_100');
        assert.equal(saved.status, 200);
        assert.equal((await client.head('saved 文.jpg')).res.headers['content-type'], 'image/jpeg');
      });

      test('the bucket is listed and described', async () => {
        const listed = await client.listBuckets({ prefix: bucket, 'max-keys': 10 });
        assert.deepEqual(
          listed.buckets?.map((one) => one.name),
          [bucket],
        );
        assert.equal((await client.getBucketInfo(bucket)).bucket.Name, bucket);
      });
    });
  }
}

test('a signed address opens in fetch', async () => {
  const client = new OSS({
    region: `oss-${target.region}`,
    accessKeyId: target.accessKeyId,
    accessKeySecret: target.accessKeySecret,
    endpoint: `http://localhost:${port()}`,
    sldEnable: true,
  });
  const bucket = `node-${randomBytes(8).toString('hex')}`;
  await client.putBucket(bucket);
  client.useBucket(bucket);
  await client.put('photo.jpg', await readFile(await fixture('photo.jpg')));
  const answer = await fetch(client.signatureUrl('photo.jpg', { expires: 60, process: 'image/resize,w_50' }));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'image/jpeg');
  await answer.arrayBuffer();
  await client.delete('photo.jpg');
  await client.deleteBucket(bucket);
});

/** A client and a bucket of its own, for tests that need one way only. */
async function withBucket(use: (client: OSS, bucket: string) => Promise<void>): Promise<void> {
  const client = new OSS({
    region: `oss-${target.region}`,
    accessKeyId: target.accessKeyId,
    accessKeySecret: target.accessKeySecret,
    endpoint: `http://localhost:${port()}`,
    sldEnable: true,
  });
  const bucket = `node-${randomBytes(8).toString('hex')}`;
  await client.putBucket(bucket);
  client.useBucket(bucket);
  await use(client, bucket);
  for (const object of (await client.list({ 'max-keys': 1000 })).objects ?? []) await client.delete(object.name);
  await client.deleteBucket(bucket);
}

async function postForm(bucket: string, fields: Record<string, string>, content: string): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: 'text/plain' }), '文 件.txt');
  const answer = await fetch(`${target.endpoint}/${bucket}/`, { method: 'POST', body: form });
  return answer;
}

test('a form signed by this client, as a browser posts it, is stored', async () => {
  await withBucket(async (client, bucket) => {
    const policy = {
      expiration: new Date(Date.now() + 60_000).toISOString(),
      conditions: [{ bucket }, ['content-length-range', 1, 100]],
    };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the vendor's placeholder
    const key = 'v1/${filename}';
    const posted = await postForm(bucket, { ...client.calculatePostSignature(policy), key }, 'of a form');
    assert.equal(posted.status, 204, await posted.text());
    assert.equal((await client.get('v1/文 件.txt')).content.toString(), 'of a form');

    const date = new Date();
    const day = date.toISOString().replace(/[-:]|\.\d+/g, '');
    const fields = {
      'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      'x-oss-credential': `${target.accessKeyId}/${day.slice(0, 8)}/${target.region}/oss/aliyun_v4_request`,
      'x-oss-date': day,
    };
    const policyV4 = {
      ...policy,
      conditions: [...policy.conditions, ...Object.entries(fields).map(([n, v]) => ({ [n]: v }))],
    };
    const signed = {
      ...fields,
      policy: Buffer.from(JSON.stringify(policyV4)).toString('base64'),
      'x-oss-signature': client.signPostObjectPolicyV4(policyV4, date),
      key: 'v4',
    };
    const postedV4 = await postForm(bucket, signed, 'of a form');
    assert.equal(postedV4.status, 204, await postedV4.text());
    assert.equal((await client.head('v4')).res.headers['content-type'], 'text/plain');
  });
});

test('an upload with a callback gives what its receiver answered', async () => {
  const told: string[] = [];
  const receiver = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (piece: string) => told.push(piece));
    request.on('end', () => response.end('{"Status":"OK"}'));
  });
  // A length that is known beforehand, as receivers must send one.
  receiver.prependListener('request', (_, response) => response.setHeader('content-length', 15));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  try {
    await withBucket(async (client) => {
      const stored = await client.put('with callback', Buffer.from('hello'), {
        callback: {
          url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the vendor's placeholders
          body: 'object=${object}&size=${size}&mine=${x:mine}',
          customValue: { mine: '1' },
        },
      });
      assert.deepEqual(stored.data, { Status: 'OK' });
      assert.deepEqual(told, ['object=with%20callback&size=5&mine=1']);
    });
  } finally {
    receiver.close();
  }
});
