import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { encodeBase64 } from '@millrace/process';
import { isDomainError } from '../../domain/errors.ts';
import type { MediaEngine } from '../../domain/ports/media-engine.ts';
import { createAudioEngine } from '../audio/audio-engine.ts';
import { openFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { cornerColour, h264, judge, make, testCard, tone, trial, trialFolder } from '../ffmpeg/media-trial.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import { createVideoEngine } from './video-engine.ts';

let folder: Awaited<ReturnType<typeof trialFolder>>;
let host: SandboxedToolHost;
let video: MediaEngine;
let audio: MediaEngine;
const files: Record<string, string> = {};
const ref = (name: string): string => `o_${encodeBase64(name)}`;

before(async () => {
  folder = await trialFolder();
  host = createToolHost({ folder: join(folder.path, 'host'), sandbox: 'on' });
  const ffmpeg = await openFfmpeg({ host });
  video = createVideoEngine(ffmpeg);
  audio = createAudioEngine(ffmpeg);
  const plain = (colour: string, size: string, seconds: number, rate: number) => [
    ...['-f', 'lavfi', '-i', `color=color=${colour}:size=${size}:rate=${rate}:duration=${seconds}`],
  ];
  for (const [name, words] of Object.entries({
    'red.mp4': [...plain('red', '320x240', 2, 25), ...tone(2), ...h264, '-c:a', 'aac'],
    'green.mkv': [...plain('lime', '200x300', 1, 30), ...tone(1, 48000), '-ac', '2', '-c:v', 'ffv1', '-c:a', 'flac'],
    'silent.mp4': [...plain('blue', '320x240', 1, 25), ...h264],
    'tone.wav': tone(1, 22050),
    'high.flac': [...tone(2, 96000), '-ac', '2'],
    'cards.mp4': [...testCard('160x120', 3, 10), ...h264],
  }))
    files[name] = await make(folder.path, name, ...words);
});

after(async () => {
  await host.close();
  await folder[Symbol.asyncDispose]();
});

const joined = async (engine: MediaEngine, file: string, process: string) => {
  const { outputs, percents } = await trial(engine, files[file] ?? '', process, { inputs: files });
  const [output] = outputs;
  assert.ok(output && outputs.length === 1, 'exactly one output');
  return { output, percents, ...(await judge(output.path)) };
};

describe('video/concat', () => {
  it('puts files of other sizes, rates and sound before and behind the source, in order', async () => {
    const parts = `/pre,${ref('green.mkv')}/sur,${ref('silent.mp4')}`;
    const made = await joined(video, 'red.mp4', `video/concat,f_mp4,vcodec_h264,acodec_aac,align_1${parts}`);
    assert.ok(Math.abs(made.seconds - 4) < 0.15, `${made.seconds} s`);
    assert.deepEqual([made.video?.width, made.video?.height], [320, 240]);
    // Sound that is a little longer than its picture makes room for a frame.
    assert.ok(Math.abs(Number(made.video?.nb_read_packets) - 100) <= 2, made.video?.nb_read_packets);
    assert.deepEqual([made.audio?.codec_name, made.audio?.sample_rate, made.audio?.channels], ['aac', '44100', 1]);
    const at = async (second: number) => {
      const frame = await make(
        folder.path,
        `at-${second}.png`,
        '-ss',
        String(second),
        '-i',
        made.output.path,
        '-frames:v',
        '1',
      );
      return cornerColour(frame, 150, 100);
    };
    const strongest = (colour: number[]) => colour.indexOf(Math.max(...colour));
    assert.deepEqual([strongest(await at(0.5)), strongest(await at(2)), strongest(await at(3.5))], [1, 0, 2]);
  });

  it('cuts each file by its own ss and t, and takes one file several times', async () => {
    const parts = `/pre,${ref('red.mp4')},ss_500,t_500/sur,${ref('red.mp4')},t_1000/sur,${ref('tone.wav')}`;
    const made = await joined(video, 'red.mp4', `video/concat,ss_1500,f_mp4,vcodec_h264,acodec_aac,s_160x120${parts}`);
    assert.ok(Math.abs(made.seconds - 3) < 0.15, `${made.seconds} s`);
    assert.ok(Math.abs(Number(made.video?.nb_read_packets) - 75) <= 2, made.video?.nb_read_packets);
  });

  it('refuses an align that no file has, and a file that is not media', async () => {
    const process = `video/concat,f_mp4,align_2/sur,${ref('red.mp4')}`;
    await assert.rejects(joined(video, 'red.mp4', process), (error) => isDomainError(error, 'ProcessInvalid'));
  });
});

describe('audio/concat', () => {
  it('joins sound of different rates and channels', async () => {
    const parts = `/pre,${ref('high.flac')}/pre,${ref('tone.wav')},t_500`;
    const made = await joined(audio, 'tone.wav', `audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2${parts}`);
    assert.ok(Math.abs(made.seconds - 3.5) < 0.2, `${made.seconds} s`);
    assert.deepEqual([made.audio?.codec_name, made.audio?.sample_rate, made.audio?.channels], ['aac', '44100', 1]);
  });

  it('takes rate and channels from the file named by align', async () => {
    const made = await joined(audio, 'tone.wav', `audio/concat,f_flac,align_0/pre,${ref('high.flac')}`);
    assert.deepEqual([made.audio?.sample_rate, made.audio?.channels, made.seconds], ['96000', 2, 3]);
  });
});

describe('video/sprite', () => {
  const sheets = async (process: string) => {
    const { outputs } = await trial(video, files['cards.mp4'] ?? '', process);
    return Promise.all(
      outputs.map(async ({ path, variables }) => {
        const made = await judge(path);
        assert.equal(variables.resolution, `${made.video?.width}x${made.video?.height}`);
        return [variables.index, made.video?.width, made.video?.height];
      }),
    );
  };

  it('lays tiles out on full sheets and on a last one that is as large as what is left', async () => {
    // 3 s, every half second: 6 tiles, four to a sheet.
    const process = 'video/sprite,f_jpg,sw_40,sh_32,inter_500,tw_2,th_2,pad_2,margin_4';
    assert.deepEqual(await sheets(process), [
      ['1', 90, 74],
      ['2', 90, 40],
    ]);
  });

  it('takes tiles in percent of the source, and no more than num', async () => {
    const process = 'video/sprite,f_png,psw_50,psh_50,inter_500,num_3,tw_4,th_4,pad_0,margin_0';
    assert.deepEqual(await sheets(process), [['1', 240, 60]]);
  });

  it('refuses a sheet past 16384 pixels, naming what to make smaller', async () => {
    const process = 'video/sprite,f_jpg,sw_4096,sh_64,inter_500,tw_5,th_1,num_5';
    await assert.rejects(
      sheets(process),
      (error) => isDomainError(error, 'ProcessInvalid') && error.details.parameter === 'tw',
    );
  });
});
