import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import OSS from 'ali-oss';
import { openTarget, type Target } from './server.ts';

let target: Target;
let close: () => Promise<void>;

before(async () => {
  ({ target, close } = await openTarget());
});
after(() => close());

for (const authorizationV4 of [false, true]) {
  describe(`settings of buckets through ali-oss, ${authorizationV4 ? 'V4' : 'V1'}`, () => {
    let client: OSS;
    let bucket: string;

    before(async () => {
      bucket = `node-${randomBytes(8).toString('hex')}`;
      client = new OSS({
        region: `oss-${target.region}`,
        endpoint: target.endpoint,
        accessKeyId: target.accessKeyId,
        accessKeySecret: target.accessKeySecret,
        authorizationV4,
      });
      await client.putBucket(bucket);
    });
    after(async () => {
      await client.deleteBucket(bucket);
    });

    test('CORS rules come back', async () => {
      await assert.rejects(client.getBucketCORS(bucket), { code: 'NoSuchCORSConfiguration', status: 404 });
      const rule = {
        allowedOrigin: ['http://a.example.com', 'http://b.example.com'],
        allowedMethod: 'GET',
        allowedHeader: '*',
        exposeHeader: 'ETag',
        maxAgeSeconds: '30',
      };
      await client.putBucketCORS(bucket, [rule]);
      assert.deepEqual((await client.getBucketCORS(bucket)).rules, [rule]);
      assert.equal((await client.deleteBucketCORS(bucket)).res.status, 204);
    });

    test('referers are set and taken away', async () => {
      assert.deepEqual((await client.getBucketReferer(bucket)).allowEmpty, true);
      await client.putBucketReferer(bucket, false, ['http://a.example.com', 'http://b.example.com']);
      const set = await client.getBucketReferer(bucket);
      assert.deepEqual([set.allowEmpty, set.referers], [false, ['http://a.example.com', 'http://b.example.com']]);
      await client.deleteBucketReferer(bucket);
      assert.equal((await client.getBucketReferer(bucket)).allowEmpty, true);
    });

    test('a website comes back', async () => {
      await client.putBucketWebsite(bucket, { index: 'home.html', supportSubDir: 'true', type: '2', error: 'e.html' });
      const site = await client.getBucketWebsite(bucket);
      assert.deepEqual([site.index, site.supportSubDir, site.type, site.error], ['home.html', 'true', '2', 'e.html']);
      assert.equal((await client.deleteBucketWebsite(bucket)).res.status, 204);
    });

    test('logging, tags and who pays come back', async () => {
      await client.putBucketLogging(bucket, 'logs/');
      assert.equal((await client.getBucketLogging(bucket)).prefix, 'logs/');
      await client.deleteBucketLogging(bucket);
      assert.equal((await client.getBucketLogging(bucket)).enable, false);
      await client.putBucketTags(bucket, { a: '1', b: '2' });
      assert.deepEqual((await client.getBucketTags(bucket)).tag, { a: '1', b: '2' });
      assert.deepEqual((await client.listBuckets({ prefix: bucket })).buckets?.[0]?.tag, { a: '1', b: '2' });
      await client.deleteBucketTags(bucket);
      assert.deepEqual((await client.getBucketTags(bucket)).tag, {});
      await client.putBucketRequestPayment(bucket, 'Requester');
      assert.equal((await client.getBucketRequestPayment(bucket)).payer, 'Requester');
    });
  });
}
