import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { MediaEngine } from '../../domain/ports/media-engine.ts';
import { Ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { h264, judge, make, presentationTimes, testCard, tone, trial, trialFolder } from '../ffmpeg/media-trial.ts';
import { Workers } from '../ffmpeg/workers.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { createVideoEngine } from './video-engine.ts';

let folder: Awaited<ReturnType<typeof trialFolder>>;
let host: SandboxedToolHost;
let serial: MediaEngine;
let split: MediaEngine;
/** 64 s with B-frames, a key frame every 5 s, and sound. */
let long: string;

before(async () => {
  folder = await trialFolder();
  host = createToolHost({ folder: join(folder.path, 'host'), sandbox: 'on' });
  serial = createVideoEngine(new Ffmpeg({ host, workers: new Workers(1) }));
  split = createVideoEngine(new Ffmpeg({ host, workers: new Workers(3) }));
  long = await make(
    folder.path,
    'long.mp4',
    ...[...testCard('96x64', 64, 10), ...tone(64)],
    ...[...h264, '-preset', 'veryfast', '-g', '50', '-c:a', 'aac'],
  );
});

after(async () => {
  await host.close();
  await folder[Symbol.asyncDispose]();
});

/** When packets are shown and decoded, of sound also what is in them; as a digest, for it is long. */
async function packets(file: string, stream: 'v' | 'a'): Promise<string> {
  const entries = stream === 'a' ? ['pts_time,dts_time,data_hash'] : ['pts_time', 'dts_time', 'duration_time'];
  const digest = createHash('sha256');
  for (const entry of entries) {
    const { stdout } = await promisify(execFile)('ffprobe', [
      ...['-v', 'error', '-select_streams', stream, '-show_data_hash', 'md5'],
      ...['-show_entries', `packet=${entry}`, '-of', 'csv=p=0', file],
    ]);
    // Which frames depend on later ones is each encoder's choice, and with it the order of times.
    const lines = stdout.split('\n').map((line) => line.replace(/,$/, ''));
    digest.update(
      lines
        .filter((line) => line !== '' && line !== 'N/A')
        .sort()
        .join('\n'),
    );
  }
  return digest.digest('hex');
}

async function keyFrames(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=flags', '-of', 'csv=p=0', file],
  ]);
  return stdout.split('\n').filter((line) => line.startsWith('K')).length;
}

async function both(process: string, source = long) {
  const [one, parts] = [await trial(serial, source, process), await trial(split, source, process)];
  const [whole, joint] = [one.outputs[0]?.path ?? '', parts.outputs[0]?.path ?? ''];
  const inParts = (await keyFrames(joint)) > (await keyFrames(whole));
  return { one, parts, whole, joint, inParts };
}

async function requireEqual(whole: string, joint: string): Promise<void> {
  const [expected, found] = [await judge(whole), await judge(joint)];
  assert.equal(found.seconds, expected.seconds);
  assert.equal(found.video?.nb_read_packets, expected.video?.nb_read_packets);
  assert.equal(found.video?.r_frame_rate, expected.video?.r_frame_rate);
  assert.equal(found.video?.codec_tag_string, expected.video?.codec_tag_string);
  assert.equal(await packets(joint, 'v'), await packets(whole, 'v'));
  assert.equal(await packets(joint, 'a'), await packets(whole, 'a'));
}

/** The pictures of two files, compared as one sees them. */
async function likeness(one: string, other: string): Promise<number> {
  const { stderr } = await promisify(execFile)('ffmpeg', [
    ...['-nostdin', '-hide_banner', '-i', one, '-i', other, '-lavfi', 'psnr', '-f', 'null', '-'],
  ]);
  return Number(/average:([\d.]+)/.exec(stderr)?.[1] ?? (stderr.includes('average:inf') ? 99 : 0));
}

describe('a long video', () => {
  const scaled = 'g_1000,vcodec_h264,s_64x64';
  it('comes out of parts as it does of one run, frame by frame, with the same sound', async () => {
    const { whole, joint, inParts, parts, one } = await both(`video/convert,f_mp4,${scaled},acodec_aac,ab_64000`);
    assert.ok(inParts, 'it was encoded in parts');
    await requireEqual(whole, joint);
    assert.equal(parts.summary.durationMs, one.summary.durationMs);
    assert.ok((await likeness(whole, joint)) > 30, 'no frame is out of place');
    assert.deepEqual(
      parts.percents,
      parts.percents.toSorted((a, b) => a - b),
    );
  });

  it('does so in each container, also with sound that is copied or changed', async () => {
    for (const process of [`f_mkv,${scaled},acodec_mp3`, `f_mov,${scaled}`, 'f_mp4,g_1000,vcodec_h265,s_64x64,an_1']) {
      const { whole, joint, inParts } = await both(`video/convert,${process}`);
      assert.ok(inParts, process);
      await requireEqual(whole, joint);
    }
  });

  it('is split at key frames of a rate that no clock divides evenly', async () => {
    const source = await make(
      folder.path,
      'ntsc.mkv',
      ...['-f', 'lavfi', '-i', 'testsrc=size=96x64:rate=30000/1001:duration=62'],
      ...[...h264, '-preset', 'veryfast', '-g', '100'],
    );
    const { whole, joint, inParts } = await both(`video/convert,f_mp4,${scaled}`, source);
    assert.ok(inParts);
    await requireEqual(whole, joint);
  });

  it('is encoded in one run while nobody is idle', async () => {
    const busy = new Ffmpeg({ host, workers: new Workers(2) });
    using _ = busy.workers.hire();
    const { outputs } = await trial(createVideoEngine(busy), long, `video/convert,f_mp4,${scaled}`);
    const { outputs: expected } = await trial(serial, long, `video/convert,f_mp4,${scaled}`);
    assert.equal(await keyFrames(outputs[0]?.path ?? ''), await keyFrames(expected[0]?.path ?? ''));
  });

  it('is encoded in one run where parts would not come to the same', async () => {
    for (const process of [
      'f_mp4,g_1000,vcodec_h264,s_64x64,vb_100000',
      'f_mp4,g_1000,vcodec_h264,s_64x64,fps_5',
      'f_mp4,g_1000,vcodec_h264,s_64x64,ss_1000',
      'f_ts,g_1000,vcodec_h264,s_64x64',
    ]) {
      const { inParts, whole, joint } = await both(`video/convert,${process}`);
      assert.equal(inParts, false, process);
      assert.equal(await packets(joint, 'v'), await packets(whole, 'v'));
    }
  });

  it('is encoded in one run where frames come at a variable rate, or one is missing', async () => {
    const variable = await make(
      folder.path,
      'variable.mkv',
      ...[...testCard('96x64', 64, 10), '-vf', "select='not(between(t,20,30)*mod(n,3))'", '-fps_mode', 'vfr'],
      ...[...h264, '-g', '50'],
    );
    const missing = await make(
      folder.path,
      'missing.mkv',
      ...[...testCard('96x64', 64, 10), '-vf', "select='not(eq(n,300))'", '-fps_mode', 'vfr'],
      ...[...h264, '-g', '50'],
    );
    for (const source of [variable, missing]) {
      const { inParts, whole, joint } = await both(`video/convert,f_mp4,${scaled}`, source);
      assert.equal(inParts, false, source);
      assert.deepEqual(await presentationTimes(joint), await presentationTimes(whole));
    }
  });

  it('that is damaged in the middle ends as it does in one run', async () => {
    const bytes = await readFile(long);
    bytes.fill(0x55, Math.floor(bytes.length * 0.5), Math.floor(bytes.length * 0.5) + 4_000);
    const damaged = join(folder.path, 'damaged.mp4');
    await writeFile(damaged, bytes);
    const end = async (engine: MediaEngine) => {
      try {
        const { outputs } = await trial(engine, damaged, `video/convert,f_mp4,${scaled},acodec_aac`);
        return (await judge(outputs[0]?.path ?? '')).video?.nb_read_packets;
      } catch (error) {
        return String(error);
      }
    };
    assert.equal(await end(split), await end(serial));
  });

  it('leaves nothing of its parts behind and stops when it is told to', async () => {
    const stop = new AbortController();
    const ended = trial(split, long, `video/convert,f_mp4,${scaled},acodec_aac`, {
      signal: stop.signal,
      progress: () => stop.abort(new Error('no more')),
    });
    await assert.rejects(ended, /no more|abort/i);
  });
});
