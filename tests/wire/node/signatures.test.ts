/** What the holder of one presigned URL can make of it: that request and no other. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { oss } from '@millrace/testkit';
import { openTarget, type Target } from './server.ts';
import { presigned, type Query, queryText, signedHeaders } from './sign-v4.ts';

let target: Target;
let close: () => Promise<void>;
let bucket: string;

before(async () => {
  ({ target, close } = await openTarget());
  bucket = `signed-${randomBytes(6).toString('hex')}`;
  await oss(target, { method: 'PUT', path: `/${bucket}/`, body: '' });
  await oss(target, { method: 'PUT', path: `/${bucket}/mine`, body: 'mine' });
  await oss(target, { method: 'PUT', path: `/${bucket}/secret`, body: 'secret' });
});

after(async () => {
  await close();
});

interface Answer {
  status: number;
  text: string;
  type: string | undefined;
}

function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  const { hostname, port } = new URL(target.endpoint);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

test('a presigned URL works as it is, and with its parameters in any order', async () => {
  const query = presigned(target, 'GET', `/${bucket}/mine`);
  assert.equal((await send('GET', `/${bucket}/mine?${queryText(query)}`)).text, 'mine');
  assert.equal((await send('GET', `/${bucket}/mine?${queryText([...query].reverse())}`)).text, 'mine');
});

test('nothing can be added to a presigned URL', async () => {
  const query = presigned(target, 'GET', `/${bucket}/mine`);
  const additions: Query = [
    ['acl', ''],
    ['objectMeta', ''],
    ['uploads', ''],
    ['x-oss-process', 'image/info'],
    ['response-content-type', 'text/html'],
    ['versionId', 'null'],
    ['anything', '1'],
    ['X-Oss-Process', 'image/info'],
    ['x-oss-security-token', 'token'],
    ['OSSAccessKeyId', target.accessKeyId],
  ];
  for (const addition of additions) {
    for (const changed of [
      [...query, addition],
      [addition, ...query],
    ] satisfies Query[]) {
      const answer = await send('GET', `/${bucket}/mine?${queryText(changed)}`);
      assert.equal(answer.status, 403, `${addition}: ${answer.text}`);
      assert.match(answer.text, /<Code>SignatureDoesNotMatch<\/Code>/);
    }
  }
});

test('a presigned URL is good for no other method, key, bucket or time', async () => {
  const query = presigned(target, 'GET', `/${bucket}/mine`);
  const text = queryText(query);
  const refused: [method: string, path: string][] = [
    ['PUT', `/${bucket}/mine?${text}`],
    ['DELETE', `/${bucket}/mine?${text}`],
    ['HEAD', `/${bucket}/mine?${text}`],
    ['POST', `/${bucket}/mine?${text}`],
    ['GET', `/${bucket}/secret?${text}`],
    ['GET', `/${bucket}/mine%2F..%2Fsecret?${text}`],
    ['GET', `/${bucket}/mine/../secret?${text}`],
    ['GET', `/${bucket}//mine?${text}`],
    ['GET', `/${bucket}/?${text}`],
    ['GET', `/?${text}`],
    ['GET', `/${bucket}/mine?${text.replace('x-oss-expires=600', 'x-oss-expires=601')}`],
    // The first of a repeated parameter counts, so an extra one in front is a change…
    ['GET', `/${bucket}/mine?x-oss-expires=604800&${text}`],
  ];
  for (const [method, path] of refused) {
    const answer = await send(method, path);
    assert.equal(answer.status, 403, `${method} ${path}: ${answer.status} ${answer.text}`);
    assert.doesNotMatch(answer.text, /^secret/);
  }
  // …and one behind is nothing.
  assert.equal((await send('GET', `/${bucket}/mine?${text}&x-oss-expires=604800`)).text, 'mine');
});

test('the Host header does not turn a presigned URL to another bucket or key', async () => {
  const text = queryText(presigned(target, 'GET', `/${bucket}/mine`));
  const other = `other-${bucket}`;
  assert.equal((await oss(target, { method: 'PUT', path: `/${other}/` })).status, 200);
  for (const host of [`${other}.localhost`, `${other}.oss-cn-hangzhou.aliyuncs.com`, `${other}.example.com`]) {
    const answer = await send('GET', `/mine?${text}`, { host });
    assert.equal(answer.status, 403, host);
  }
  assert.equal((await send('GET', `/mine?${text}`, { host: `absent-${bucket}.localhost` })).status, 404);
  for (const host of [`${bucket}.localhost`, `${bucket}.oss-cn-hangzhou.aliyuncs.com`, `${bucket}.example.com`]) {
    assert.equal((await send('GET', `/mine?${text}`, { host })).text, 'mine', host);
    assert.equal((await send('GET', `/secret?${text}`, { host })).status, 403, host);
  }
});

test('a presigned PUT takes no further x-oss headers', async () => {
  const text = queryText(presigned(target, 'PUT', `/${bucket}/upload`));
  const additions = {
    'x-oss-copy-source': `/${bucket}/secret`,
    'x-oss-object-acl': 'public-read',
    'x-oss-meta-a': '1',
    'x-oss-storage-class': 'IA',
    'x-oss-security-token': 'token',
    'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==',
    'content-type': 'text/html',
  };
  for (const [name, value] of Object.entries(additions)) {
    const answer = await send('PUT', `/${bucket}/upload?${text}`, { [name]: value });
    assert.equal(answer.status, 403, `${name}: ${answer.text}`);
  }
  assert.equal((await send('PUT', `/${bucket}/upload?${text}`, {}, 'ok')).status, 200);
});

test('a signature in the headers and one in the query at once are refused', async () => {
  const path = `/${bucket}/mine`;
  const query = presigned(target, 'GET', path);
  const answer = await send('GET', `${path}?${queryText(query)}`, signedHeaders(target, 'GET', path, query, {}));
  assert.equal(answer.status, 400);
  assert.match(answer.text, /<Code>InvalidArgument<\/Code>/);
});

test('a signed header sent twice, or changed in flight, breaks the signature', async () => {
  const path = `/${bucket}/twice`;
  const headers = signedHeaders(target, 'PUT', path, [], { 'x-oss-meta-a': '1' });
  assert.equal((await send('PUT', path, { ...headers, 'x-oss-meta-a': '2' })).status, 403);
  assert.equal((await send('PUT', path, { ...headers, 'x-oss-meta-a': '1, 1' })).status, 403);
  assert.equal((await send('PUT', path, { ...headers, 'x-oss-forbid-overwrite': 'true' })).status, 403);
  assert.equal((await send('PUT', path, headers)).status, 200);
});
