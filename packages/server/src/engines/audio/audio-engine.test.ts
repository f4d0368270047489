import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import type { MediaEngine } from '../../domain/ports/media-engine.ts';
import { openFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { h264, judge, make, testCard, tone, trial, trialFolder } from '../ffmpeg/media-trial.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { createAudioEngine } from './audio-engine.ts';

let folder: Awaited<ReturnType<typeof trialFolder>>;
let host: SandboxedToolHost;
let engine: MediaEngine;
/** 2 s, 44.1 kHz, mono. */
let sound: string;
/** 1 s, 96 kHz, six channels. */
let surround: string;
/** 1 s with a picture and a tone. */
let film: string;

before(async () => {
  folder = await trialFolder();
  host = createToolHost({ folder: join(folder.path, 'host'), sandbox: 'on' });
  [engine, sound, surround, film] = await Promise.all([
    openFfmpeg({ host }).then(createAudioEngine),
    make(folder.path, 'sound.wav', ...tone(2), '-metadata', 'title=A tone'),
    make(folder.path, 'surround.flac', ...tone(1, 96000), '-ac', '6'),
    make(folder.path, 'film.mp4', ...testCard('64x64', 1), ...tone(1), ...h264, '-c:a', 'aac'),
  ]);
});

after(async () => {
  await host.close();
  await folder[Symbol.asyncDispose]();
});

const convert = async (parameters: string, file = sound) => {
  const { outputs, summary } = await trial(engine, file, `audio/convert,${parameters}`);
  const [output] = outputs;
  assert.ok(output && outputs.length === 1, 'exactly one output');
  return { output, summary, ...(await judge(output.path)) };
};

describe('audio/convert', () => {
  for (const [f, codec, contentType] of [
    ['mp3', 'mp3', 'audio/mpeg'],
    ['aac', 'aac', 'audio/aac'],
    ['flac', 'flac', 'audio/flac'],
    ['oga', 'vorbis', 'audio/ogg'],
    ['ac3', 'ac3', 'audio/ac3'],
    ['opus', 'opus', 'audio/ogg'],
  ] as const) {
    it(`makes ${f} out of WAV`, async () => {
      const made = await convert(`f_${f}`);
      assert.equal(made.audio?.codec_name, codec);
      assert.equal(made.output.contentType, contentType);
      assert.equal(made.output.extension, f);
      assert.deepEqual(made.output.variables, { streamindex: '0', index: '1' });
      assert.ok(Math.abs(made.seconds - 2) < 0.2, `${made.seconds} s`);
    });
  }

  it('cuts by ss and t and sets rate, channels and bit rate', async () => {
    const made = await convert('ss_500,t_1000,f_mp3,ar_22050,ac_2,ab_64000');
    assert.ok(Math.abs(made.seconds - 1) < 0.1, `${made.seconds} s`);
    assert.deepEqual([made.audio?.sample_rate, made.audio?.channels], ['22050', 2]);
    assert.equal((await convert('ss_1500,t_99999,f_flac')).seconds, 0.5);
  });

  it('takes the nearest legal rate and the channels that fit where the source has others', async () => {
    const mp3 = await convert('f_mp3', surround);
    assert.deepEqual([mp3.audio?.sample_rate, mp3.audio?.channels], ['48000', 2]);
    const opus = await convert('f_opus', surround);
    assert.deepEqual([opus.audio?.sample_rate, opus.audio?.channels], ['48000', 6]);
  });

  it('makes larger files of higher quality', async () => {
    for (const f of ['mp3', 'aac', 'oga', 'ac3', 'opus']) {
      const sizes = await Promise.all(
        [10, 90].map(async (aq) => (await readFile((await convert(`f_${f},aq_${aq},t_500`)).output.path)).length),
      );
      assert.ok((sizes[0] ?? 0) < (sizes[1] ?? 0), `${f}: ${sizes}`);
    }
  });

  it('takes the sound of a video', async () => {
    const made = await convert('f_mp3,ab_100000', film);
    assert.deepEqual(
      made.streams.map((stream) => stream.codec_name),
      ['mp3'],
    );
  });

  it('fails when abopt is 2 and the source has less', async () => {
    await assert.rejects(convert('f_mp3,ab_320000,abopt_2', film), (error) => {
      assert.ok(isDomainError(error, 'ProcessInvalid'));
      assert.equal(error.details.parameter, 'abopt');
      return true;
    });
  });

  it('fails past the end, without sound, and on what is no sound', async () => {
    await assert.rejects(convert('f_mp3,ss_5000'), (error) => isDomainError(error, 'ProcessInvalid'));
    const silent = await make(folder.path, 'silent.mp4', ...testCard('64x64', 1), ...h264);
    await assert.rejects(convert('f_mp3', silent), (error) => isDomainError(error, 'MediaUnreadable'));
    const picture = await make(folder.path, 'picture.jpg', ...testCard('64x64', 1), '-frames:v', '1');
    await assert.rejects(convert('f_mp3', picture), (error) => isDomainError(error, 'MediaUnreadable'));
  });
});

describe('audio/info', () => {
  it('answers with the fields of DetectMediaMeta', async () => {
    const { outputs } = await trial(engine, sound, 'audio/info', { door: 'sync' });
    const info: unknown = JSON.parse(await readFile(outputs[0]?.path ?? '', 'utf8'));
    assert.ok(typeof info === 'object' && info !== null);
    assert.partialDeepStrictEqual(info, { FormatName: 'wav', Duration: 2, StreamCount: 1, Title: 'A tone' });
    assert.ok('AudioStreams' in info && Array.isArray(info.AudioStreams));
    assert.partialDeepStrictEqual(info.AudioStreams[0], { CodecName: 'pcm_s16le', SampleRate: 44100, Channels: 1 });
    assert.equal('VideoStreams' in info, false);
  });
});
