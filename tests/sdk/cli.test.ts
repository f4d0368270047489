import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fixture, type RunningServer, startServer } from '@millrace/testkit';
import { Oss, Ram } from 'millrace';
import { bytesOf } from '../faults/random.ts';

const millrace = fileURLToPath(new URL('../../bin/millrace', import.meta.url));
let server: RunningServer;
let folder: string;
let env: NodeJS.ProcessEnv;
let oss: Oss;

before(async () => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  const { endpoint, console, region, accessKeyId, accessKeySecret } = server;
  env = {
    PATH: process.env.PATH,
    HOME: folder,
    MILLRACE_ENDPOINT: endpoint,
    MILLRACE_CONSOLE: console,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET: accessKeySecret,
  };
  oss = new Oss({ endpoint, region, accessKeyId, accessKeySecret });
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Ran {
  code: number;
  out: string;
  err: string;
}

function cli(...words: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(millrace, words, { env, cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

async function ok(...words: string[]): Promise<string> {
  const { code, out, err } = await cli(...words);
  assert.equal(code, 0, `millrace ${words.join(' ')}: ${err}`);
  return out;
}

const names = [
  'plain.txt',
  'with space',
  'CJK 文件.txt',
  'new\nline',
  'control\u0001',
  '-hyphen',
  'deep/er/file',
  'quo\'te"s',
];

test('makes a bucket, copies a folder of odd names up and down, and lists, reads, tells and removes', async () => {
  const source = join(folder, 'up');
  for (const name of names) {
    await mkdir(join(source, name, '..'), { recursive: true });
    await writeFile(join(source, name), `of ${name}`);
  }
  await ok('mb', 'oss://cli-bucket');
  assert.match(await ok('ls'), /oss:\/\/cli-bucket/);
  assert.match(await ok('cp', '-r', source, 'oss://cli-bucket/in/'), /8 moved/);
  const keys = (await ok('ls', 'oss://cli-bucket/in/', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).Key);
  assert.deepEqual(keys.sort(), names.map((name) => `in/${name}`).sort());
  assert.ok(!(await ok('ls', 'oss://cli-bucket')).includes('\u0001'), 'no control characters reach a terminal');
  assert.equal(await ok('cat', 'oss://cli-bucket/in/CJK 文件.txt'), 'of CJK 文件.txt');
  assert.match(await ok('stat', 'oss://cli-bucket/in/with space'), /size\s+13/);
  await ok('cp', '-r', 'oss://cli-bucket/in/', join(folder, 'down'));
  for (const name of names) assert.equal(await readFile(join(folder, 'down', name), 'utf8'), `of ${name}`);
  assert.match(await ok('cp', '-r', '--update', source, 'oss://cli-bucket/in/'), /^0 moved/m);
  await ok('cp', 'oss://cli-bucket/in/plain.txt', 'oss://cli-bucket/copy.txt');
  assert.equal(await ok('cat', 'oss://cli-bucket/copy.txt'), 'of plain.txt');
  assert.match(await ok('rm', '-r', 'oss://cli-bucket/'), /9 removed/);
  await ok('rb', 'oss://cli-bucket');
});

test('sync moves what differs by size and CRC, removes with --delete, and keeps to include and exclude', async () => {
  await ok('mb', 'oss://sync-bucket');
  const source = join(folder, 'sync');
  await mkdir(source);
  for (const name of ['a.txt', 'b.txt', 'c.jpg']) await writeFile(join(source, name), name);
  assert.match(await ok('sync', source, 'oss://sync-bucket/s', '--exclude', '*.jpg'), /2 moved/);
  await writeFile(join(source, 'a.txt'), 'A.TXT');
  await rm(join(source, 'b.txt'));
  assert.match(
    await ok('sync', source, 'oss://sync-bucket/s', '--delete'),
    /removed oss:\/\/sync-bucket\/s\/b.txt\n2 moved/,
  );
  assert.deepEqual(
    (await oss.listObjectsV2({ bucket: 'sync-bucket' })).Contents.map(({ Key }) => Key),
    ['s/a.txt', 's/c.jpg'],
  );
});

test('links, empty folders and odd entries: what cp makes of them, and what sync never does', async () => {
  await ok('mb', 'oss://links-bucket');
  const source = join(folder, 'linked');
  await mkdir(join(source, 'sub/empty'), { recursive: true });
  await writeFile(join(source, 'a'), 'of a');
  await writeFile(join(source, 'sub/b'), 'of b');
  await symlink('a', join(source, 'to-a'));
  await symlink('sub', join(source, 'to-sub'));
  await symlink('..', join(source, 'sub/round'));
  await symlink('nowhere', join(source, 'dangling'));
  const plain = await cli('cp', '-r', source, 'oss://links-bucket/l/');
  assert.equal(plain.code, 5, 'a link to nothing cannot be sent');
  assert.match(plain.err, /dangling: ENOENT/);
  assert.match(plain.err, /to-sub is a link to a folder: passed over without --enable-symlink-dir/);
  const below = async (prefix: string) =>
    (await oss.listObjectsV2({ bucket: 'links-bucket', prefix })).Contents.map(({ Key }) => Key.slice(prefix.length));
  assert.deepEqual(await below('l/'), ['a', 'sub/b', 'sub/empty/', 'to-a']);
  await rm(join(source, 'dangling'));
  await ok('cp', '-r', source, 'oss://links-bucket/all/', '--enable-symlink-dir', '--disable-dir-object');
  assert.deepEqual(await below('all/'), ['a', 'sub/b', 'to-a', 'to-sub/b']);
  const back = join(folder, 'linked-back');
  await ok('sync', 'oss://links-bucket/l', back);
  assert.deepEqual((await readdir(back, { recursive: true })).sort(), ['a', 'sub', 'sub/b', 'sub/empty', 'to-a']);
  assert.match(await ok('sync', 'oss://links-bucket/l', back, '--delete'), /^0 moved/);

  // Neither a single file nor a prefix that does not exist is a reason to empty the target.
  assert.equal((await cli('sync', join(source, 'a'), 'oss://links-bucket/l', '--delete')).code, 2);
  assert.equal((await cli('sync', 'oss://links-bucket/lost', back, '--delete')).code, 1);
  assert.equal((await readdir(back, { recursive: true })).length, 5);
  // `a//b` would be written over `a/b`.
  for (const key of ['odd/a/b', 'odd/a//b', 'odd/./a/b'])
    await oss.putObject({ bucket: 'links-bucket', key, body: key });
  assert.equal((await cli('cp', '-r', 'oss://links-bucket/odd/', join(folder, 'odd'))).code, 5);
  assert.equal(await readFile(join(folder, 'odd/a/b'), 'utf8'), 'odd/a/b');
  await ok('rm', '-r', 'oss://links-bucket/');
});

test('a limit holds for all files together, small ones as well', async () => {
  await ok('mb', 'oss://limit-bucket');
  const source = join(folder, 'limited');
  await mkdir(source);
  for (const name of ['a', 'b', 'c']) await writeFile(join(source, name), bytesOf(3, 50_000));
  for (const words of [
    [source, 'oss://limit-bucket/l/'],
    ['oss://limit-bucket/l/', join(folder, 'limited-back')],
  ]) {
    const began = performance.now();
    await ok('cp', '-r', ...words, '--bandwidth-limit', '150K');
    const took = performance.now() - began;
    assert.ok(took > 950, `150,000 bytes in ${took} ms`);
  }
});

test('rm takes delete markers and old versions, so that any bucket can be emptied', async () => {
  await ok('mb', 'oss://kept-bucket');
  await oss.putBucketVersioning({ bucket: 'kept-bucket', body: { Status: 'Enabled' } });
  await oss.putObject({ bucket: 'kept-bucket', key: 'a', body: '1' });
  await oss.putObject({ bucket: 'kept-bucket', key: 'b', body: '1' });
  const { versionId = '' } = await oss.deleteObject({ bucket: 'kept-bucket', key: 'a' });
  await ok('rm', 'oss://kept-bucket/a', '--version-id', versionId);
  assert.equal(await ok('cat', 'oss://kept-bucket/a'), '1');
  await ok('rm', '-r', 'oss://kept-bucket/');
  assert.match(await ok('rm', '-r', '--all-versions', 'oss://kept-bucket/'), /4 removed/);
  await ok('rb', 'oss://kept-bucket');
});

test('exit codes tell usage, keys, absence, part of a batch and the network apart', async () => {
  await ok('mb', 'oss://codes-bucket');
  const { endpoint } = server;
  const code = async (...words: string[]) => (await cli(...words)).code;
  assert.equal(await code('cp', 'a', 'b'), 2);
  assert.equal(await code('nonsense'), 2);
  assert.equal(await code('ls', '--nonsense'), 2);
  assert.equal(await code('ls', '-e', endpoint, '-i', 'nobody', '-k', 'wrong'), 3);
  assert.equal(await code('stat', 'oss://codes-bucket/absent'), 4);
  assert.equal(await code('rm', 'oss://codes-bucket/absent'), 4);
  assert.equal(await code('ls', '-e', 'http://127.0.0.1:1', '--retry-times', '1'), 6);
  await oss.putObject({ bucket: 'codes-bucket', key: '../../outside', body: 'x' });
  await oss.putObject({ bucket: 'codes-bucket', key: 'inside', body: 'x' });
  const { code: batch } = await cli('cp', '-r', 'oss://codes-bucket/', join(folder, 'codes'));
  assert.equal(batch, 5, 'a key that leads outside is no file; the others are');
  assert.equal(await readFile(join(folder, 'codes/inside'), 'utf8'), 'x');
  assert.ok(!(await readdir(tmpdir())).includes('outside'));
});

test('an interrupted upload says so with 130, and the same command goes on', async () => {
  await ok('mb', 'oss://stopped-bucket');
  const file = join(folder, 'large');
  const bytes = bytesOf(1, 24 * 1024 * 1024);
  await writeFile(file, bytes);
  const words = ['cp', file, 'oss://stopped-bucket/large', '--part-size', '1M', '--parallel', '2'];
  const child = spawn(millrace, [...words, '--bandwidth-limit', '8M'], { env, cwd: folder, stdio: 'ignore' });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let stored = 0;
  while (stored < 3) {
    const [upload] = (await oss.listMultipartUploads({ bucket: 'stopped-bucket' })).Upload;
    if (upload) {
      stored = (await oss.listParts({ bucket: 'stopped-bucket', key: 'large', uploadId: upload.UploadId })).Part.length;
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  await ok(...words);
  assert.ok(
    Buffer.from(await (await oss.getObject({ bucket: 'stopped-bucket', key: 'large' })).body.bytes()).equals(bytes),
  );
  assert.deepEqual((await oss.listMultipartUploads({ bucket: 'stopped-bucket' })).Upload, []);
});

test('presigned URLs, processing, tasks, queues and topics work from the shell', async () => {
  await ok('mb', 'oss://work-bucket');
  await ok('cp', await fixture('photo.jpg'), 'oss://work-bucket/photo.jpg');
  const url = (await ok('presign', 'oss://work-bucket/photo.jpg', '--expires-duration', '1m')).trim();
  assert.equal((await fetch(url)).headers.get('content-type'), 'image/jpeg');
  assert.match(await ok('presign', 'oss://work-bucket/photo.jpg', '--qr'), /^http\S+\n(?:\S*[ ▀▄█]+\S*\n){20,}$/);
  await ok('process', 'oss://work-bucket/photo.jpg', 'image/resize,w_20/format,png', 'small.png');
  assert.equal((await readFile(join(folder, 'small.png'))).subarray(1, 4).toString(), 'PNG');
  assert.match(await ok('process', 'oss://work-bucket/photo.jpg', 'image/resize,w_20|sys/saveas,o_YS5qcGc'), /a\.jpg/);
  await ok('cp', await fixture('song.wav'), 'oss://work-bucket/song.wav');
  const said = await ok(
    'process',
    'oss://work-bucket/song.wav',
    'audio/convert,f_mp3,t_300|sys/saveas,o_YS5tcDM',
    '--wait',
  );
  assert.match(said, /Succeeded/);
  assert.match(await ok('task', 'ls', '--state', 'Succeeded'), new RegExp(said.split(' ')[0] ?? ''));
  assert.match(await ok('explain', 'image/resize,w_100/rotate,90', '--size', '400x200'), /100x50[\s\S]*50x100/);
  const refused = await cli('explain', 'image/resize,w_0');
  assert.deepEqual([refused.code, /Refused: It must be an integer/.test(refused.out)], [2, true]);
  await ok('queue', 'make', 'shell');
  await ok('topic', 'make', 'news');
  await ok('topic', 'subscribe', 'news', 'all', `acs:mns:${server.region}:${server.accountId}:queues/shell`);
  await ok('queue', 'send', 'shell', 'hello 文');
  assert.equal(await ok('queue', 'receive', 'shell'), 'hello 文\n');
  await ok('topic', 'publish', 'news', 'it happened');
  assert.match(await ok('queue', 'receive', 'shell'), /it happened/);
  assert.match(await ok('queue', 'stat', 'shell'), /activeMessages\s+0/);
});

test('users are made, given a key and removed', async () => {
  await ok('user', 'make', 'ann');
  const { AccessKey } = JSON.parse(await ok('user', 'key', 'ann', '--json'));
  assert.equal((await cli('ls', '-i', AccessKey.AccessKeyId, '-k', AccessKey.AccessKeySecret)).code, 3);
  assert.match(await ok('user', 'ls'), /"UserName": "ann"/);
});

test('policy simulate says whether a user may, and which statement decides', async () => {
  await ok('mb', 'oss://judged-bucket');
  const { endpoint, accessKeyId, accessKeySecret } = server;
  const ram = new Ram({ endpoint, accessKeyId, accessKeySecret });
  await ram.createUser({ UserName: 'judged' });
  const Statement = [
    { Effect: 'Allow', Action: 'oss:GetObject', Resource: 'acs:oss:*:*:judged-bucket/*' },
    {
      Effect: 'Deny',
      Action: 'oss:*',
      Resource: 'acs:oss:*:*:judged-bucket/secret/*',
      Condition: { NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: '1', Statement });
  await ram.createPolicy({ PolicyName: 'reads', PolicyDocument });
  await ram.attachPolicyToUser({ PolicyType: 'Custom', PolicyName: 'reads', UserName: 'judged' });
  const ask = async (...words: string[]) => {
    const { code, out } = await cli('policy', 'simulate', ...words);
    return [code, out.split('\n')[0]];
  };
  const secret = ['judged', 'oss:GetObject', 'oss://judged-bucket/secret/x'];
  assert.deepEqual(await ask('judged', 'oss:GetObject', 'oss://judged-bucket/a'), [
    0,
    'allowed: statement 1 of policy reads',
  ]);
  assert.deepEqual(await ask(...secret, '--context', 'acs:SourceIp=192.0.2.1'), [
    3,
    'denied: statement 2 of policy reads',
  ]);
  assert.deepEqual(await ask(...secret, '--context', 'acs:SourceIp=10.1.2.3'), [
    0,
    'allowed: statement 1 of policy reads',
  ]);
  assert.equal((await ask('judged', 'oss:PutObject', 'oss://judged-bucket/a'))[0], 3);
  assert.equal((await ask('root', 'oss:PutObject', 'oss://judged-bucket/a'))[0], 0);
  assert.equal((await ask('anonymous', 'oss:GetObject', 'oss://judged-bucket/a'))[0], 3);
  assert.equal((await ask('nobody', 'oss:GetObject', 'oss://judged-bucket/a'))[0], 1);
});

test('bench measures both ways and leaves nothing', async () => {
  await ok('mb', 'oss://bench-bucket');
  const said = await ok('bench', 'oss://bench-bucket', '--time', '1', '--size', '1K', '--parallel', '2');
  assert.match(said, /^put +\d+\/s .*\nget +\d+\/s .*p99 [\d.]+ ms\n$/);
  assert.deepEqual((await oss.listObjectsV2({ bucket: 'bench-bucket' })).Contents, []);
});

test('help and completion come from the declarations of the verbs', async () => {
  const help = await ok('help');
  for (const verb of ['serve', 'doctor', 'cp', 'sync', 'process', 'queue'])
    assert.match(help, new RegExp(`^  ${verb} `, 'm'));
  assert.match(await ok('cp', '--help'), /--checkpoint-dir/);
  assert.equal((await cli('completion', 'fish')).code, 2);
  assert.match(await ok('completion', 'bash'), /cp\) words="[^"]*--recursive/);
  assert.equal(await ok('--version'), '0.1.0\n');
});
