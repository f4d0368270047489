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

after(async () => {
  await close();
});

for (const authorizationV4 of [false, true]) {
  describe(`ali-oss keeps versions, ${authorizationV4 ? 'V4' : 'V1'}`, () => {
    let client: OSS;
    let bucket: string;

    before(async () => {
      bucket = `node-${randomBytes(8).toString('hex')}`;
      client = new OSS({
        region: `oss-${target.region}`,
        accessKeyId: target.accessKeyId,
        accessKeySecret: target.accessKeySecret,
        authorizationV4,
        endpoint: target.endpoint.replace('localhost', '127.0.0.1'),
      });
      await client.putBucket(bucket);
      client.useBucket(bucket);
      assert.equal((await client.getBucketVersioning(bucket)).versionStatus, undefined);
      await client.putBucketVersioning(bucket, 'Enabled');
      assert.equal((await client.getBucketVersioning(bucket)).versionStatus, 'Enabled');
    });

    after(async () => {
      const { objects, deleteMarker } = await client.getBucketVersions({ maxKeys: 1000 });
      const left = [...objects, ...deleteMarker].map(({ name, versionId }) => ({ key: name, versionId }));
      if (left.length > 0) await client.deleteMulti(left);
      await client.deleteBucket(bucket);
    });

    const versionOf = ({ res }: { res: { headers: Record<string, string> } }): string =>
      res.headers['x-oss-version-id'] ?? assert.fail('the answer names no version');
    const put = async (name: string, body: string): Promise<string> =>
      versionOf(await client.put(name, Buffer.from(body)));

    test('old versions are read, copied over and removed', async () => {
      const name = 'dir/文 件+1';
      const [first, second] = [await put(name, 'one'), await put(name, 'two')];
      assert.equal((await client.get(name)).content.toString(), 'two');
      assert.equal((await client.get(name, { versionId: first })).content.toString(), 'one');
      assert.equal(versionOf(await client.head(name, { versionId: first })), first);
      assert.equal(versionOf(await client.getObjectMeta(name, { versionId: second })), second);
      const copied = await client.copy(name, name, { versionId: first });
      assert.equal(copied.res.headers['x-oss-copy-source-version-id'], first);
      assert.equal((await client.get(name)).content.toString(), 'one');
      await client.delete(name, { versionId: versionOf(copied) });
      assert.equal((await client.get(name)).content.toString(), 'two');
    });

    test('a delete marker hides an object and is taken away again', async () => {
      await put('hidden', 'x');
      const deleted = await client.delete('hidden');
      assert.equal(deleted.res.headers['x-oss-delete-marker'], 'true');
      await assert.rejects(client.get('hidden'), { code: 'NoSuchKey', status: 404 });
      await assert.rejects(client.head('hidden', { versionId: versionOf(deleted) }), { status: 405 });
      await client.delete('hidden', { versionId: versionOf(deleted) });
      assert.equal((await client.get('hidden')).content.toString(), 'x');
    });

    test('versions are listed in pages, with markers apart', async () => {
      const ids: string[] = [];
      for (const body of ['1', '2', '3']) ids.unshift(await put('list/a', body));
      const marker = versionOf(await client.delete('list/a'));
      const found: string[] = [];
      const markers: string[] = [];
      let query: Record<string, string | number> = { prefix: 'list/', maxKeys: 2 };
      for (;;) {
        const page = await client.getBucketVersions(query);
        found.push(...page.objects.map(({ versionId }) => versionId));
        markers.push(...page.deleteMarker.map(({ versionId }) => versionId));
        if (!page.isTruncated) break;
        query = { ...query, keyMarker: page.nextKeyMarker ?? '', versionIdMarker: page.nextVersionIdMarker ?? '' };
      }
      assert.deepEqual([found, markers], [ids, [marker]]);
      const deleted = await client.deleteMulti([
        { key: 'list/a', versionId: marker },
        ...ids.map((versionId) => ({ key: 'list/a', versionId })),
      ]);
      assert.equal(deleted.deleted?.length, 4);
    });

    test('tags, ACLs and links belong to versions', async () => {
      const [first] = [await put('t', '1'), await put('t', '2')];
      await client.putObjectTagging('t', { a: '1', 'b +': 'c:' }, { versionId: first });
      assert.deepEqual((await client.getObjectTagging('t', { versionId: first })).tag, { a: '1', 'b +': 'c:' });
      assert.deepEqual((await client.getObjectTagging('t')).tag, {});
      await client.deleteObjectTagging('t', { versionId: first });
      assert.deepEqual((await client.getObjectTagging('t', { versionId: first })).tag, {});
      await client.putACL('t', 'public-read', { versionId: first });
      assert.equal((await client.getACL('t', { versionId: first })).acl, 'public-read');
      assert.equal((await client.getACL('t')).acl, 'default');
      const one = versionOf(await client.putSymlink('链 接', 'dir/目标 1'));
      await client.putSymlink('链 接', 't');
      assert.equal((await client.getSymlink('链 接', { versionId: one })).targetName, 'dir/目标 1');
      assert.equal((await client.get('链 接')).content.toString(), '2');
    });

    test('an archived version is restored', async () => {
      const headers = { 'x-oss-storage-class': 'Archive' };
      const version = versionOf(await client.put('archived', Buffer.from('x'), { headers }));
      await put('archived', 'new');
      const restored = await client.restore('archived', { type: 'Archive', versionId: version });
      assert.equal(restored.res.status, 202);
      await assert.rejects(client.restore('archived', { type: 'Archive', versionId: version }), {
        code: 'RestoreAlreadyInProgress',
        status: 409,
      });
      const { objects } = await client.getBucketVersions({ prefix: 'archived' });
      assert.deepEqual(objects[1]?.restoreInfo, { ongoingRequest: true });
    });
  });
}
