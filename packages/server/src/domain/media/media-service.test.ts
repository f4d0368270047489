import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { encodeBase64 } from '@millrace/process';
import { testCiphers } from '../../stores/contract/test-ciphers.ts';
import { openFileBlobStore } from '../../stores/files/file-blob-store.ts';
import { openSqliteStore } from '../../stores/sqlite/sqlite-record-store.ts';
import { ResultWriter } from '../../stores/threads/result-writer.ts';
import { AccessService } from '../access/access-service.ts';
import { anonymous, type Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import { Identities } from '../identities.ts';
import { BucketService } from '../objects/bucket-service.ts';
import { ObjectService } from '../objects/object-service.ts';
import { systemClock } from '../ports/clock.ts';
import type { MediaEngine, MediaEngines, MediaFamily, MediaOutput, MediaRun } from '../ports/media-engine.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { TaskRunner } from '../tasks/task-runner.ts';
import { LivePlaylists } from './live-playlist.ts';
import { MediaService } from './media-service.ts';
import { mediaTaskKinds } from './media-task.ts';
import { ResultCache } from './result-cache.ts';

/** Engines whose work the test describes; what they were given is kept. */
class ScriptedEngine implements MediaEngine {
  version = '1';
  runs: { operations: string[]; source: string }[] = [];
  script: (run: MediaRun) => Promise<void> = async (run) => run.emit(text(`<${await sourceText(run)}>`));
  async run(run: MediaRun) {
    this.runs.push({ operations: run.operations.map(({ name }) => name), source: run.source.name });
    await this.script(run);
    return { pages: 2 };
  }
  async close(): Promise<void> {}
}

const sourceText = async ({ source }: MediaRun): Promise<string> => Buffer.from(await source.bytes(1e9)).toString();

const text = (content: string, output: Partial<MediaOutput> = {}): MediaOutput => ({
  contentType: 'text/plain',
  extension: 'out',
  body: { bytes: Buffer.from(content) },
  variables: {},
  ...output,
});

const owner: Principal = { kind: 'account', accountId: '1', accessKeyId: 'k' };
const stranger: Principal = { kind: 'account', accountId: '2', accessKeyId: 'k2' };

/** A file has at least this many bytes to be kept outside the records. */
const LARGE = 'x'.repeat(40_000);

describe('media processing', () => {
  let folder = '';
  let records: RecordStore;
  let buckets: BucketService;
  let objects: ObjectService;
  let engines: Record<MediaFamily, ScriptedEngine>;
  let service: MediaService;
  let runner: TaskRunner;
  let source: BucketRow;
  let target: BucketRow;
  let count = 0;
  const clock = systemClock;
  const identities = new Identities(clock, { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) });
  const { signal } = new AbortController();
  const o = (key: string) => `o_${encodeBase64(key)}`;
  const b = (bucket: string) => `b_${encodeBase64(bucket)}`;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-media-'));
    records = await openSqliteStore({ folder: join(folder, 'records') });
    const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });
    buckets = new BucketService({ records, clock });
    objects = new ObjectService({ records, blobs, ciphers: testCiphers(), clock, identities });
  });

  after(async () => {
    await records.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    count += 1;
    source = await buckets.create({ name: `source-${count}`, ownerId: '1' });
    target = await buckets.create({ name: `target-${count}`, ownerId: '1' });
    engines = {
      image: new ScriptedEngine(),
      doc: new ScriptedEngine(),
      video: new ScriptedEngine(),
      audio: new ScriptedEngine(),
    };
    const settings = { temporaryFolder: join(folder, 'temporary'), imageBytes: 50_000, documentBytes: 60_000 };
    service = new MediaService({
      records,
      objects,
      access: new AccessService(records.reads),
      engines: engines as MediaEngines,
      cache: new ResultCache({ folder: join(folder, `cache-${count}`), files: new ResultWriter(), maxBytes: 1e8 }),
      clock,
      identities,
      playlists: new LivePlaylists({
        records,
        objects,
        engine: engines.video,
        box: {
          seal: (text) => Buffer.from(text).toString('base64url'),
          open: (text) => Buffer.from(text, 'base64url').toString(),
        },
        clock,
        identities,
        temporaryFolder: settings.temporaryFolder,
      }),
      settings,
    });
    const kinds = mediaTaskKinds({ reads: records.reads, objects, engines, settings });
    runner = new TaskRunner({
      records,
      clock,
      identities,
      kinds,
      owner: 'test',
      exclusive: true,
      settings: { backOffMs: 1 },
    });
  });

  afterEach(() => runner.stop());

  const put = (key: string, content: string, bucket = source) =>
    objects.put({ bucket, key, body: { bytes: [Buffer.from(content)] as unknown as AsyncIterable<Uint8Array> } });

  async function content(bucket: BucketRow, key: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await objects.read(await objects.get(bucket, key))) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  async function body(bytes: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  const read = (key: string, process: string, principal: Principal = owner) =>
    service.read({ principal, bucket: source, key, process, signal });
  const save = (key: string, process: string, principal: Principal = owner) =>
    service.save({ principal, bucket: source, key, process, signal });
  const submit = (key: string, process: string, principal: Principal = owner) =>
    service.submit({ principal, bucket: source, key, process });

  /** The task once it has ended. */
  function ended(taskId: string): Promise<TaskRow> {
    const { promise, resolve, reject } = Promise.withResolvers<TaskRow>();
    const look = async (): Promise<void> => {
      const row = await records.reads.tasks.get(taskId);
      if (row !== undefined && row.state !== 'Running') resolve(row);
    };
    const stop = records.onCommit((event) => {
      if (event.type === 'task-ended') look().catch(reject);
    });
    look().catch(reject);
    return promise.finally(stop);
  }

  describe('read', () => {
    it('produces once, then answers from the cache until the source changes', async () => {
      await put('a.jpg', 'one');
      const first = await read('a.jpg', 'image/resize,w_10');
      const second = await read('a.jpg', 'image/resize,limit_1,w_10,unknown_1/');
      assert.deepEqual([first.cache, second.cache, await body(second.bytes())], ['miss', 'hit', '<one>']);
      assert.equal(await body(second.bytes({ offset: 1, length: 2 })), 'on');
      assert.equal(second.etag, (await objects.get(source, 'a.jpg')).etag);
      await put('a.jpg', 'two');
      const third = await read('a.jpg', 'image/resize,w_10');
      assert.deepEqual([third.cache, await body(third.bytes())], ['miss', '<two>']);
      engines.image.version = '2';
      assert.equal((await read('a.jpg', 'image/resize,w_10')).cache, 'miss');
    });

    it('gives neighbouring picture operations to the engine together, and a frame to the next family', async () => {
      await put('a.mp4', 'film');
      engines.video.script = async (run) => {
        const path = await run.source.file();
        await run.emit(text(`frame of ${readFileSync(path, 'utf8')}`, { extension: 'jpg' }));
      };
      const result = await read('a.mp4', 'video/snapshot,t_0,f_jpg|image/resize,w_10/rotate,90|image/format,png');
      assert.equal(await body(result.bytes()), '<frame of film>');
      assert.deepEqual(engines.image.runs, [
        { operations: ['image/resize', 'image/rotate', 'image/format'], source: 'stage.jpg' },
      ]);
    });

    it('refuses before the engine is asked', async () => {
      await put('a.jpg', 'one');
      await put('large.jpg', 'x'.repeat(50_001));
      await assert.rejects(read('a.jpg', 'image/resize,w_0'), {
        kind: 'ProcessInvalid',
        details: {
          operation: 'image/resize',
          parameter: 'w',
          value: '0',
          reason: 'It must be an integer from 1 to 16384.',
          lack: undefined,
        },
      });
      const refusals: [() => Promise<unknown>, string][] = [
        [() => read('a.jpg', 'image/faces'), 'MediaUnsupported'],
        [() => read('a.jpg', `image/watermark,image_${encodeBase64('none.png')}`), 'WatermarkUnusable'],
        [() => read('a.jpg', `image/resize,w_1|sys/saveas,${o('x')}`), 'ProcessInvalid'],
        [() => read('a.jpg', 'doc/convert,target_pdf'), 'ProcessInvalid'],
        [() => read('none.jpg', 'image/resize,w_1'), 'ObjectMissing'],
        [() => read('large.jpg', 'image/resize,w_1'), 'MediaTooLarge'],
        [() => read('a.jpg', 'image/resize,w_1', stranger), 'AccessDenied'],
        [() => read('a.jpg', 'image/resize,w_1', anonymous), 'AccessDenied'],
      ];
      for (const [refused, kind] of refusals) await assert.rejects(refused, { kind });
      assert.equal(engines.image.runs.length, 0);
    });

    it('leaves no copy of the source behind, whether the work succeeds or not', async () => {
      await put('a.mp4', LARGE);
      engines.video.script = async (run) => {
        await run.source.file();
        throw new DomainError('MediaUnreadable', { reason: 'no' });
      };
      await assert.rejects(read('a.mp4', 'video/info'), { kind: 'MediaUnreadable' });
      assert.deepEqual(await readdir(join(folder, 'temporary')), []);
    });

    it('stops when the client has gone', async () => {
      await put('a.jpg', 'one');
      const begun = Promise.withResolvers<AbortSignal>();
      engines.image.script = (run) =>
        new Promise((_, reject) => {
          run.signal.addEventListener('abort', () => reject(run.signal.reason));
          begun.resolve(run.signal);
        });
      const client = new AbortController();
      const request = { principal: owner, bucket: source, key: 'a.jpg', process: 'image/info', signal: client.signal };
      const reading = service.read(request);
      const engineSignal = await begun.promise;
      client.abort(new Error('gone'));
      await assert.rejects(reading, /gone/);
      assert.equal(engineSignal.aborted, true);
    });
  });

  describe('save', () => {
    it('stores the result with its type and answers with the bucket as it was written', async () => {
      await put('a.jpg', 'one');
      const process = `image/resize,w_10|sys/saveas,${o('out/{x}.jpg')}`;
      assert.deepEqual(await save('a.jpg', process), { bucket: '', key: 'out/{x}.jpg', fileSize: 5, status: 'OK' });
      assert.equal((await objects.get(source, 'out/{x}.jpg')).headers.contentType, 'text/plain');
      const other = await save('a.jpg', `image/resize,w_10|sys/saveas,${b(target.name)},${o('y')}`);
      assert.equal(other.bucket, target.name);
      assert.equal(await content(target, 'y'), '<one>');
    });

    it('refuses a target that is missing, misnamed or not the caller’s, and a string without one', async () => {
      await put('a.jpg', 'one');
      const foreign = await buckets.create({ name: `foreign-${count}`, ownerId: '2' });
      const saved = (end: string) => save('a.jpg', `image/resize,w_10${end}`);
      await assert.rejects(saved(`|sys/saveas,${o('y')},${b('no-such-bucket')}`), { kind: 'BucketMissing' });
      await assert.rejects(saved(`|sys/saveas,${o('y')},${b('NO')}`), { kind: 'InvalidBucketName' });
      await assert.rejects(saved(`|sys/saveas,${o('/y')}`), { kind: 'InvalidObjectKey' });
      await assert.rejects(saved(`|sys/saveas,${o('y')},${b(foreign.name)}`), { kind: 'AccessDenied' });
      await assert.rejects(saved(''), { kind: 'ProcessInvalid' });
      assert.equal(engines.image.runs.length, 0);
    });
  });

  describe('submit', () => {
    const pages = async (run: MediaRun): Promise<void> => {
      for (const index of ['1', '2']) await run.emit(text(`page ${index}`, { extension: 'png', variables: { index } }));
    };

    it('runs the task, stores every output under its name and then tells the topic', async () => {
      await put('in/report.docx', LARGE);
      const account = { accountId: '1' };
      const nowMs = clock.now();
      const topic = `done-${count}`;
      const queue = `mail-${count}`;
      await records.transact('createTopic', {
        ...account,
        topic,
        attributes: { maximumMessageSize: 65_536, loggingEnabled: false },
        nowMs,
      });
      await records.transact('createQueue', {
        ...account,
        queue,
        attributes: {
          delaySeconds: 0,
          maximumMessageSize: 65_536,
          messageRetentionSeconds: 3600,
          visibilityTimeoutSeconds: 30,
          pollingWaitSeconds: 0,
          loggingEnabled: false,
        },
        nowMs,
      });
      await records.transact('subscribe', {
        ...account,
        topic,
        subscription: 's',
        endpoint: `acs:mns:cn-hangzhou:1:queues/${queue}`,
        filterTag: '',
        notifyStrategy: 'BACKOFF_RETRY',
        notifyContentFormat: 'SIMPLIFIED',
        nowMs,
      });
      let seen = '';
      engines.doc.script = async (run) => {
        assert.deepEqual(run.operations[0]?.params, { target: 'png', source: 'docx' });
        seen = readFileSync(await run.source.file(), 'utf8');
        await pages(run);
      };
      await runner.start();
      const end = `sys/saveas,${b('{bucket}')},${o('{dirname}/{index}.{autoext}')}/notify,topic_${encodeBase64(topic)}`;
      const accepted = await submit('in/report.docx', `doc/convert,target_png|${end}`);
      assert.match(accepted.taskId, /^formatconvert-[0-9a-f-]{36}$/);
      assert.match(accepted.requestId, /^[0-9A-F-]{36}$/);
      assert.match(accepted.eventId, /^[0-9A-F]{3}-[0-9A-Za-z]{27}$/);
      const task = await ended(accepted.taskId);
      assert.deepEqual([task.state, task.message], ['Succeeded', '']);
      assert.equal(seen, LARGE);
      assert.equal(await content(source, 'in/1.png'), 'page 1');
      assert.equal(await content(source, 'in/2.png'), 'page 2');
      const [message] = await records.transact('peekMessages', { ...account, queue, count: 1, nowMs: clock.now() });
      const told = JSON.parse(message?.body ?? '{}');
      assert.equal(told.id, accepted.eventId);
      assert.equal(told.subject, 'acs:imm:cn-hangzhou:1:default/imm:Task:OfficeConversion');
      const { TaskId, Status, Targets, PageCount } = JSON.parse(told.content);
      assert.deepEqual([TaskId, Status, PageCount], [accepted.taskId, 'Succeeded', 2]);
      assert.deepEqual(Targets, [{ URI: `oss://${source.name}/in/1.png` }, { URI: `oss://${source.name}/in/2.png` }]);
      assert.deepEqual(await readdir(join(folder, 'temporary')), []);
    });

    it('appends stream and number to a media target without an extension, and takes files as outputs', async () => {
      await put('a.mp4', 'film');
      const outputs = join(folder, 'outputs');
      await mkdir(outputs, { recursive: true });
      engines.video.script = async (run) => {
        await writeFile(join(outputs, 'frame'), LARGE);
        const variables = { index: '1', streamindex: '0' };
        await run.emit(text('', { extension: 'jpg', body: { path: join(outputs, 'frame') }, variables }));
      };
      await runner.start();
      const process = `video/snapshots,f_jpg,inter_1000|sys/saveas,${o('frames/f')},${b(target.name)}`;
      const { taskId } = await submit('a.mp4', process);
      assert.match(taskId, /^MediaConvert-/);
      assert.equal((await ended(taskId)).state, 'Succeeded');
      assert.equal(await content(target, 'frames/f_0_1.jpg'), LARGE);
    });

    it('refuses what cannot work before anything is queued', async () => {
      await put('a.docx', 'd');
      await put('noextension', 'd');
      await put('large.docx', 'x'.repeat(60_001));
      const doc = (end: string) => `doc/convert,target_png|sys/saveas,${end}`;
      const refusals: [() => Promise<unknown>, string][] = [
        [() => submit('none.docx', doc(o('x'))), 'ObjectMissing'],
        [() => submit('noextension', doc(o('x'))), 'ProcessInvalid'],
        [() => submit('large.docx', doc(o('x'))), 'MediaTooLarge'],
        [() => submit('a.docx', doc(o('{page}'))), 'ProcessInvalid'],
        [() => submit('a.docx', doc(`${o('x')},${b('no-such-bucket')}`)), 'BucketMissing'],
        [() => submit('a.docx', doc(o('/{index}'))), 'InvalidObjectKey'],
        [() => submit('a.docx', 'doc/convert,target_png'), 'ProcessInvalid'],
        [() => submit('a.docx', `image/resize,w_1|sys/saveas,${o('x')}`), 'ProcessInvalid'],
        [() => submit('a.docx', doc(o('x')), anonymous), 'AccessDenied'],
        [() => submit('a.docx', doc(o('x')), stranger), 'AccessDenied'],
      ];
      for (const [refused, kind] of refusals) await assert.rejects(refused, { kind });
      const waiting = (await records.reads.tasks.counts()).reduce((sum, kind) => sum + kind.waiting, 0);
      assert.equal(waiting, 0);
      const { taskId } = await submit('noextension', `doc/convert,target_png,source_docx|sys/saveas,${o('x')}`);
      await runner.start();
      assert.equal((await ended(taskId)).state, 'Succeeded');
    });

    it('fails with a code of the vendor and the reason', async () => {
      await put('a.docx', 'd');
      const process = `doc/convert,target_png|sys/saveas,${o('x')}`;
      engines.doc.script = async () => {
        throw new DomainError('MediaUnreadable', { reason: 'The document is encrypted.' });
      };
      const unreadable = await submit('a.docx', process);
      await runner.start();
      const task = await ended(unreadable.taskId);
      assert.deepEqual(
        [task.state, task.code, task.message],
        ['Failed', 'InvalidArgument', 'The document is encrypted.'],
      );
      await runner.stop();
      const gone = await submit('a.docx', `${process},${b(target.name)}`);
      await buckets.remove(target);
      await runner.start();
      assert.equal((await ended(gone.taskId)).code, 'ResourceNotFound');
    });

    it('works on the version that was there when it was accepted, and lets go of it at the end', async () => {
      const blobOf = async (key: string) => (await objects.get(source, key)).segments[0]?.blob ?? '';
      await put('a.docx', `${LARGE}first`);
      await put('b.docx', `${LARGE}deleted`);
      const blobs = [await blobOf('a.docx'), await blobOf('b.docx')];
      const seen: string[] = [];
      engines.doc.script = async (run) => {
        seen.push((await sourceText(run)).slice(LARGE.length));
        await run.emit(text('x'));
      };
      const process = `doc/convert,target_png|sys/saveas,${o('x')}`;
      const overwritten = await submit('a.docx', process);
      const deleted = await submit('b.docx', process);
      await put('a.docx', `${LARGE}second`);
      await objects.remove(source, 'b.docx');
      const garbage = async () =>
        (await records.reads.blobs.garbage(clock.now() + 1, 1000)).filter((id) => blobs.includes(id));
      assert.deepEqual(await garbage(), []);
      await runner.start();
      assert.equal((await ended(overwritten.taskId)).state, 'Succeeded');
      assert.equal((await ended(deleted.taskId)).state, 'Succeeded');
      assert.deepEqual(seen.sort(), ['deleted', 'first']);
      assert.deepEqual((await garbage()).sort(), blobs.sort());
    });

    const forbidOverwriting = () =>
      records.transact('putSetting', {
        bucketId: target.id,
        nowMs: clock.now(),
        name: 'overwrite',
        value: [{ id: '1', prefix: '', suffix: '', principals: [] }],
      });

    it('writes over what an attempt before it wrote, where that is forbidden to others', async () => {
      await forbidOverwriting();
      await put('a.docx', 'd');
      let attempts = 0;
      engines.doc.script = async (run) => {
        attempts += 1;
        await pages(run);
        if (attempts === 1) throw new DomainError('EngineFailed', { reason: 'The engine died.' });
      };
      await runner.start();
      const { taskId } = await submit(
        'a.docx',
        `doc/convert,target_png|sys/saveas,${o('p/{index}.png')},${b(target.name)}`,
      );
      const task = await ended(taskId);
      assert.deepEqual([task.state, task.attempts], ['Succeeded', 2]);
      const again = await submit('a.docx', `doc/convert,target_png|sys/saveas,${o('p/{index}.png')},${b(target.name)}`);
      assert.equal((await ended(again.taskId)).code, 'File access forbidden');
    });

    it('writes over its own outputs also after a stop, which is no attempt', async () => {
      await forbidOverwriting();
      await put('a.docx', 'd');
      const begun = Promise.withResolvers<void>();
      let runs = 0;
      engines.doc.script = async (run) => {
        runs += 1;
        await pages(run);
        if (runs > 1) return;
        begun.resolve();
        await new Promise((_, reject) => run.signal.addEventListener('abort', () => reject(new Error('stopped'))));
      };
      await runner.start();
      const { taskId } = await submit(
        'a.docx',
        `doc/convert,target_png|sys/saveas,${o('p/{index}.png')},${b(target.name)}`,
      );
      await begun.promise;
      await runner.stop();
      await runner.start();
      const task = await ended(taskId);
      assert.deepEqual([task.state, task.attempts, runs], ['Succeeded', 1, 2]);
    });

    it('leaves alone what somebody else wrote between two attempts, where overwriting is forbidden', async () => {
      await forbidOverwriting();
      await put('a.docx', 'd');
      let attempts = 0;
      engines.doc.script = async (run) => {
        attempts += 1;
        if (attempts === 1) {
          await put('p/2.png', 'theirs', target);
          throw new DomainError('EngineFailed', { reason: 'The engine died.' });
        }
        await pages(run);
      };
      await runner.start();
      const { taskId } = await submit(
        'a.docx',
        `doc/convert,target_png|sys/saveas,${o('p/{index}.png')},${b(target.name)}`,
      );
      assert.equal((await ended(taskId)).code, 'File access forbidden');
      assert.equal(await content(target, 'p/2.png'), 'theirs');
    });

    it('goes on where an attempt before it left outputs that a retention policy keeps', async () => {
      await records.transact('initiateRetention', { bucketId: target.id, id: 'r', days: 1, nowMs: clock.now() });
      await put('a.docx', 'd');
      let attempts = 0;
      engines.doc.script = async (run) => {
        attempts += 1;
        await pages(run);
        if (attempts === 1) throw new DomainError('EngineFailed', { reason: 'The engine died.' });
      };
      await runner.start();
      const { taskId } = await submit(
        'a.docx',
        `doc/convert,target_png|sys/saveas,${o('p/{index}.png')},${b(target.name)}`,
      );
      const task = await ended(taskId);
      assert.deepEqual([task.state, task.attempts], ['Succeeded', 2]);
    });

    it('can be repeated: an attempt after one that broke off in the middle leaves the same outputs', async () => {
      await put('a.docx', 'd');
      let attempts = 0;
      engines.doc.script = async (run) => {
        attempts += 1;
        await pages(run);
        if (attempts === 1) throw new DomainError('EngineFailed', { reason: 'The engine died.' });
      };
      await runner.start();
      const { taskId } = await submit('a.docx', `doc/convert,target_png|sys/saveas,${o('p/{index}.png')}`);
      const task = await ended(taskId);
      assert.deepEqual([task.state, task.attempts], ['Succeeded', 2]);
      const page = await objects.list(source, { prefix: 'p/', delimiter: '', after: '', limit: 10 });
      assert.equal(page.entries.length, 2);
    });
  });
});
