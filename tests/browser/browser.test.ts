/** The SDK in a real browser, against what `npm start` starts: another origin, keys of a role, CORS as the bucket has it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixture, until } from '@millrace/testkit';
import { build } from 'esbuild';
import { crc64OfFile, Oss, Ram, roleCredentials, Sts } from 'millrace';
import { bytesOf } from '../faults/random.ts';
import { Chromium } from './chromium.ts';
import { npmStart, type Started } from './npm-start.ts';

const PART = 256 * 1024;
const bucket = 'browser-bucket';
const region = 'cn-hangzhou';
const keys = { accessKeyId: 'BrowserRootKey000001', accessKeySecret: 'BrowserRootSecretABCDEFGHIJKLM' };

interface State {
  transferred: number;
  total: number;
  moved: number;
  first: number;
  done: string;
  failed: string;
}

let server: Started;
let site: Server;
let origin: string;
let folder: string;
let oss: Oss;
let browser: Chromium;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-browser-'));
  server = await npmStart(join(folder, 'data'), keys);
  const { endpoint } = server;
  oss = new Oss({ endpoint, region, ...keys });
  await oss.putBucket({ bucket });
  const { Owner } = await oss.listBuckets();
  const role = await uploaderRole(new Ram({ endpoint, ...keys }), Owner.ID);
  const sts = new Sts({ endpoint, ...keys });
  const provider = roleCredentials(sts, { RoleArn: role, RoleSessionName: 'page' });
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const html = await readFile(new URL('page.html', import.meta.url));
  const files: Record<string, () => Promise<[type: string, body: string | Uint8Array]>> = {
    '/': async () => ['text/html', html],
    '/page.js': async () => ['text/javascript', bundle.outputFiles[0]?.contents ?? ''],
    '/setup.json': async () => ['application/json', JSON.stringify({ endpoint, region, bucket, partSize: PART })],
    '/keys.json': async () => ['application/json', JSON.stringify(await provider.credentials())],
  };
  site = createServer(async (request, response) => {
    const [type, body] = (await files[request.url ?? '']?.()) ?? [];
    if (type === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  browser = await Chromium.start();
  await browser.open(`${origin}/`);
});
after(async () => {
  await browser?.close();
  site?.closeAllConnections();
  await new Promise((resolve) => site?.close(resolve));
  await server?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** A role that may put objects into the bucket, go on with uploads, and read. */
async function uploaderRole(ram: Ram, account: string): Promise<string> {
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${account}:root`] } };
  const may = {
    Effect: 'Allow',
    Action: ['oss:PutObject', 'oss:GetObject', 'oss:ListParts', 'oss:AbortMultipartUpload'],
    Resource: `acs:oss:*:*:${bucket}/*`,
  };
  const document = (statement: object): string => JSON.stringify({ Version: '1', Statement: [statement] });
  await ram.call('CreateRole', { RoleName: 'page', AssumeRolePolicyDocument: document(trust) });
  await ram.call('CreatePolicy', { PolicyName: 'page', PolicyDocument: document(may) });
  await ram.call('AttachPolicyToRole', { PolicyType: 'Custom', PolicyName: 'page', RoleName: 'page' });
  return `acs:ram::${account}:role/page`;
}

const stateOf = async (): Promise<State> => (await browser.value('({ ...state })')) as State;
const loaded = () =>
  until('the page', 20_000, () => browser.value('document.body?.dataset.ready === "yes"').then(Boolean));

async function done(): Promise<State> {
  return await until('the end of the upload', 30_000, async () => {
    const state = await stateOf();
    if (state.failed !== '') throw new Error(`${state.failed}\n${browser.said.join('\n')}`);
    return state.done !== '' && state;
  });
}

test('without CORS rules a page is refused, and told where to look', async () => {
  await loaded();
  const file = join(folder, 'early.bin');
  await writeFile(file, bytesOf(1, 1000));
  await browser.choose('input', file);
  await browser.click('#upload');
  const failed = await until('a refusal', 30_000, async () => (await stateOf()).failed || undefined);
  assert.match(failed, /CORS/);
});

test('an upload that was paused goes on after a reload, and sends only what is missing', async () => {
  await oss.putBucketCors({
    bucket,
    body: {
      CORSRule: [
        {
          AllowedOrigin: [origin],
          AllowedMethod: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
          AllowedHeader: ['*'],
          ExposeHeader: ['ETag', 'x-oss-request-id', 'x-oss-hash-crc64ecma', 'x-oss-version-id'],
        },
      ],
    },
  });
  const file = join(folder, 'large 文件.bin');
  await writeFile(file, bytesOf(2, PART * 24 + 17));
  await browser.reload();
  await loaded();
  await browser.choose('input', file);
  await browser.click('#upload');
  await until('some parts', 30_000, async () => (await stateOf()).transferred >= PART * 4);
  await browser.click('#pause');
  // Parts under way are finished; then nothing moves.
  let before = -1;
  let { transferred } = await stateOf();
  while (before !== transferred) {
    before = transferred;
    await new Promise((resolve) => setTimeout(resolve, 300));
    transferred = (await stateOf()).transferred;
  }
  assert.ok(transferred < PART * 24, 'it was paused before its end');
  await browser.reload();
  await loaded();
  await browser.choose('input', file);
  await browser.click('#upload');
  const state = await done();
  assert.equal(state.first, transferred, 'it begins with what is there');
  assert.equal(state.moved, PART * 24 + 17 - transferred);
  assert.equal(state.done, await crc64OfFile(file));
  assert.equal((await oss.headObject({ bucket, key: 'large 文件.bin' })).crc64, state.done);
  assert.deepEqual((await oss.listMultipartUploads({ bucket })).Upload, []);
  assert.equal(await browser.value('localStorage.length'), 0, 'no record is left');
});

test('a picture is uploaded, and its preview comes processed from the server', async () => {
  await browser.reload();
  await loaded();
  await browser.choose('input', await fixture('photo.jpg'));
  await browser.click('#upload');
  await done();
  const size = await browser.value(
    "(({ naturalWidth: w, naturalHeight: h }) => [w, h])(document.querySelector('img'))",
  );
  assert.deepEqual(size, [120, 90]);
  const colours = `(() => {
    const canvas = new OffscreenCanvas(120, 90).getContext('2d');
    canvas.drawImage(document.querySelector('img'), 0, 0);
    return new Set(canvas.getImageData(0, 0, 120, 90).data).size;
  })()`;
  assert.ok(Number(await browser.value(colours)) > 16, 'it shows something');
  const picture = await browser.screenshot();
  assert.equal(picture.subarray(1, 4).toString(), 'PNG');
  if (process.env.MILLRACE_TEST_SCREENSHOT) await writeFile(process.env.MILLRACE_TEST_SCREENSHOT, picture);
});
