import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isDomainError } from '../../domain/errors.ts';
import type { MediaEngine } from '../../domain/ports/media-engine.ts';
import { Ffmpeg, openFfmpeg } from '../ffmpeg/ffmpeg.ts';
import {
  cornerColour,
  h264,
  judge,
  make,
  presentationTimes,
  testCard,
  tone,
  trial,
  trialFolder,
} from '../ffmpeg/media-trial.ts';
import { Workers } from '../ffmpeg/workers.ts';
import { createToolHost, type SandboxedToolHost } from '../host/create-tool-host.ts';
import type { ToolHost } from '../host/tool-host.ts';
import { createVideoEngine } from './video-engine.ts';

let folder: Awaited<ReturnType<typeof trialFolder>>;
let host: SandboxedToolHost;
let ffmpeg: Ffmpeg;
let engine: MediaEngine;
/** 320x240, 2 s at 25 frames a second, key frames at 0 and 1 s, a 44.1 kHz mono tone. */
let clip: string;
/** 321x241 without sound. */
let odd: string;
/** 160x120 stored, shown turned by 90 degrees. */
let rotated: string;

before(async () => {
  folder = await trialFolder();
  host = createToolHost({ folder: join(folder.path, 'host'), sandbox: 'on' });
  const streams = [...h264, '-c:a', 'aac'];
  [ffmpeg, clip, odd, rotated] = await Promise.all([
    openFfmpeg({ host, limits: { frames: 60, framePixels: 4096 * 2304 } }),
    make(folder.path, 'clip.mp4', ...testCard('320x240', 2), ...tone(2), ...streams, '-movflags', '+faststart'),
    make(folder.path, 'odd.mkv', ...testCard('321x241', 1), '-c:v', 'ffv1'),
    make(folder.path, 'plain.mp4', ...testCard('160x120', 1), ...h264).then((plain) =>
      make(folder.path, 'rotated.mp4', '-i', plain, '-c', 'copy', '-metadata:s:v', 'rotate=270'),
    ),
  ]);
  engine = createVideoEngine(ffmpeg);
});

after(async () => {
  await host.close();
  await folder[Symbol.asyncDispose]();
});

const only = async (process: string, file = clip) => {
  const { outputs, summary, percents } = await trial(engine, file, process);
  const [output] = outputs;
  assert.ok(output && outputs.length === 1, 'exactly one output');
  return { output, summary, percents, ...(await judge(output.path)) };
};

describe('video/convert', () => {
  it('transcodes to another codec, size, rate and container', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h264,s_160x120,fps_10,crf_30,acodec_mp3,ab_64000,ar_22050');
    assert.equal(made.output.contentType, 'video/mp4');
    assert.deepEqual(made.output.variables, { streamindex: '0', index: '1', resolution: '160x120' });
    assert.deepEqual(
      [made.video?.codec_name, made.video?.width, made.video?.height, made.video?.nb_read_packets],
      ['h264', 160, 120, '20'],
    );
    assert.deepEqual([made.audio?.codec_name, made.audio?.sample_rate], ['mp3', '22050']);
    assert.ok(Math.abs(made.seconds - 2) < 0.15, `${made.seconds} s`);
    assert.deepEqual(
      made.percents,
      made.percents.toSorted((a, b) => a - b),
    );
    assert.ok(made.percents.every((percent) => percent > 0 && percent < 100));
  });

  it('puts the index of an MP4 before its data', async () => {
    const { output } = await only('video/convert,f_mp4,vcodec_h264,s_64x64,an_1');
    const bytes = await readFile(output.path);
    assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'));
  });

  it('gives the same bytes twice', async () => {
    const process = 'video/convert,f_mkv,vcodec_h264,s_64x64,acodec_opus';
    const [one, two] = await Promise.all([only(process), only(process)]);
    assert.ok((await readFile(one.output.path)).equals(await readFile(two.output.path)));
  });

  it('writes the H.265 in AVI of the SDK samples so that it can be read again', async () => {
    const made = await only('video/convert,f_avi,vcodec_h265,s_128x96,vb_200000,fps_10,acodec_aac,ab_100000,sn_1');
    assert.deepEqual([made.formatName, made.video?.codec_name, made.audio?.codec_name], ['avi', 'hevc', 'aac']);
  });

  it('tags H.265 in MP4 as hvc1, which Apple players need', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h265,s_128x96,t_400');
    assert.equal(made.video?.codec_tag_string, 'hvc1');
  });

  it('copies streams where no codec is named, whatever else is asked of the picture', async () => {
    const made = await only('video/convert,f_mkv,s_64x64');
    assert.deepEqual([made.video?.codec_name, made.video?.width, made.audio?.codec_name], ['h264', 320, 'aac']);
  });

  it('takes the sound out of a video', async () => {
    const made = await only('video/convert,f_mp3,acodec_mp3,ab_100000,vn_1,sn_1');
    assert.equal(made.output.contentType, 'audio/mpeg');
    assert.equal(made.streams.length, 1);
    assert.equal(made.audio?.codec_name, 'mp3');
    assert.equal(made.output.variables.resolution, undefined);
  });

  it('succeeds without sound when the source has none, and rounds odd sides down', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h264,acodec_aac,pixfmt_yuv420p', odd);
    assert.equal(made.audio, undefined);
    assert.deepEqual([made.video?.width, made.video?.height], [320, 240]);
  });

  it('bakes the rotation in and compares sizes after it', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h264,s_96x,scaletype_fit', rotated);
    assert.deepEqual([made.video?.width, made.video?.height], [96, 128]);
    assert.equal(made.video?.side_data_list, undefined);
  });

  it('reads s as long by short side with arotate_1', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h264,s_96x,scaletype_fit,arotate_1', rotated);
    assert.deepEqual([made.video?.width, made.video?.height], [72, 96]);
  });

  it('cuts by ss and t, and stops at the end', async () => {
    const cut = await only('video/convert,f_mp4,vcodec_h264,ss_500,t_1000,acodec_aac,s_64x64');
    assert.equal(cut.video?.nb_read_packets, '25');
    const rest = await only('video/convert,f_mp4,vcodec_h264,ss_1600,t_60000,an_1,s_64x64');
    assert.equal(rest.video?.nb_read_packets, '10');
  });

  it('keeps the timestamps of a source with a variable frame rate', async () => {
    const source = await make(
      folder.path,
      'variable.mkv',
      ...testCard('64x64', 2),
      ...['-vf', "select='lt(n,10)+not(mod(n,10))'", '-fps_mode', 'vfr', ...h264],
    );
    const before = await judge(source);
    const made = await only('video/convert,f_mp4,vcodec_h264', source);
    assert.equal(made.video?.nb_read_packets, before.video?.nb_read_packets);
    assert.ok(Math.abs(made.seconds - before.seconds) < 0.1);
    const screen = await make(
      folder.path,
      'screen.mp4',
      ...testCard('64x64', 2, 60),
      ...[
        '-vf',
        "select='lt(n,20)+not(mod(n,7))'",
        '-fps_mode',
        'vfr',
        ...h264,
        '-bf',
        '0',
        '-video_track_timescale',
        '90000',
      ],
    );
    const times = await presentationTimes(screen);
    for (const codec of ['h264', 'h265']) {
      const kept = await presentationTimes((await only(`video/convert,f_mp4,vcodec_${codec}`, screen)).output.path);
      assert.equal(kept.length, times.length);
      assert.ok(kept.every((time, index) => Math.abs(time - (times[index] ?? 0)) < 0.002));
    }
  });

  it('writes VP9 with Opus to WebM', async () => {
    const made = await only('video/convert,f_webm,vcodec_vp9,acodec_opus,s_96x64,t_400');
    assert.deepEqual(
      [made.video?.codec_name, made.audio?.codec_name, made.audio?.sample_rate],
      ['vp9', 'opus', '48000'],
    );
  });

  it('drops cover art and keeps the sound', async () => {
    const picture = await make(folder.path, 'cover.png', ...testCard('64x64', 1), '-frames:v', '1');
    const source = await make(
      folder.path,
      'cover.mp3',
      ...tone(1),
      ...[
        '-i',
        picture,
        '-map',
        '0',
        '-map',
        '1',
        '-c:a',
        'libmp3lame',
        '-c:v',
        'copy',
        '-disposition:v',
        'attached_pic',
      ],
    );
    const made = await only('video/convert,f_aac,acodec_aac', source);
    assert.deepEqual(
      made.streams.map((stream) => stream.codec_type),
      ['audio'],
    );
    await assert.rejects(trial(engine, source, 'video/convert,f_mp4,vcodec_h264'), (error) => {
      assert.ok(isDomainError(error, 'MediaUnreadable'));
      assert.match(error.details.reason, /no video stream/);
      return true;
    });
  });

  it('keeps the first subtitle stream in the form of the container', async () => {
    const text = join(folder.path, 'words.srt');
    await writeFile(text, '1\n00:00:00,000 --> 00:00:01,000\nwords\n');
    const source = await make(folder.path, 'words.mkv', '-i', clip, '-i', text, '-map', '0', '-map', '1', '-c', 'copy');
    const types = async (process: string) => (await only(process, source)).streams.map((stream) => stream.codec_name);
    assert.deepEqual(await types('video/convert,f_mp4'), ['h264', 'aac', 'mov_text']);
    assert.deepEqual(await types('video/convert,f_mp4,sn_1'), ['h264', 'aac']);
    assert.deepEqual(await types('video/convert,f_flv'), ['h264', 'aac']);
  });

  for (const [process, expected] of [
    ['video/convert,f_webm', /h264 in webm/],
    ['video/convert,f_flv,vcodec_h265', /hevc in flv/],
    ['video/convert,f_mxf,vcodec_h264,acodec_aac', /aac in mxf/],
    ['video/convert,f_ts,acodec_flac', /flac in ts/],
    ['video/convert,f_mp3,vn_1', /aac in mp3/],
  ] as const) {
    it(`names codec and container that do not go together in ${process}`, async () => {
      await assert.rejects(trial(engine, clip, process), (error) => {
        assert.ok(isDomainError(error, 'MediaUnsupported'), String(error));
        assert.match(error.details.reason, expected);
        return true;
      });
    });
  }

  for (const [process, parameter] of [
    ['video/convert,f_mp4,vcodec_h264,s_640x480,sopt_2', 'sopt'],
    ['video/convert,f_mp4,vcodec_h264,fps_50,fpsopt_2', 'fpsopt'],
    ['video/convert,f_mp4,vcodec_h264,vb_90000000,vbopt_2', 'vbopt'],
    ['video/convert,f_mp4,acodec_mp3,ab_5000000,abopt_2', 'abopt'],
    ['video/convert,f_mp4,ss_60000', 'ss'],
    ['video/convert,f_mp4,acodec_mp3,ar_96000', 'ar'],
  ] as const) {
    it(`fails on ${process} and names ${parameter}`, async () => {
      await assert.rejects(trial(engine, clip, process), (error) => {
        assert.ok(isDomainError(error, 'ProcessInvalid'), String(error));
        assert.equal(error.details.parameter, parameter);
        return true;
      });
    });
  }

  it('uses the source where it is lower and the option is 1', async () => {
    const made = await only('video/convert,f_mp4,vcodec_h264,s_640x480,sopt_1,fps_50,fpsopt_1,an_1,t_400');
    assert.deepEqual([made.video?.width, made.video?.r_frame_rate], [320, '25/1']);
  });

  it('names the encoder that this FFmpeg lacks', async () => {
    const { missing = [] } = (await ffmpeg.health())[0] ?? {};
    const lacking = missing.some((line) => line.includes('libopencore_amrnb'));
    const conversion = trial(engine, clip, 'video/convert,f_amr,acodec_amr,vn_1');
    if (!lacking) assert.equal((await conversion).outputs.length, 1);
    else {
      await assert.rejects(conversion, (error) => {
        assert.ok(isDomainError(error, 'EngineMissing'));
        assert.match(error.details.reason, /libopencore_amrnb/);
        return true;
      });
    }
  });
});

describe('sources that are not what they claim', () => {
  const refused = async (file: string, process = 'video/convert,f_mp4,vcodec_h264') =>
    assert.rejects(trial(engine, file, process), (error) => {
      assert.ok(isDomainError(error, 'MediaUnreadable'), String(error));
      return true;
    });
  const write = async (name: string, bytes: string | Uint8Array) => {
    const file = join(folder.path, name);
    await writeFile(file, bytes);
    return file;
  };

  it('refuses text, an empty file, a still picture and noise', async () => {
    await refused(await write('text.mp4', 'not a video at all\n'.repeat(500)));
    await refused(await write('empty.mp4', ''));
    await refused(await make(folder.path, 'still.png', ...testCard('64x64', 1), '-frames:v', '1'));
    await refused(await write('noise.mp4', Buffer.alloc(50_000, 0xa5)));
  });

  it('refuses a playlist, which would make FFmpeg open other files', async () => {
    await refused(
      await write('list.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${clip}\n#EXT-X-ENDLIST\n`),
    );
    await refused(await write('concat.mp4', `ffconcat version 1.0\nfile ${clip}\n`));
  });

  it('refuses a source without its index and one that is cut short', async () => {
    const late = await make(folder.path, 'late.mp4', '-i', clip, '-c', 'copy');
    await truncate(late, 20_000);
    await refused(late);
    const early = await make(folder.path, 'early.mp4', '-i', clip, '-c', 'copy', '-movflags', '+faststart');
    await truncate(early, 40_000);
    await refused(early);
    const matroska = await make(folder.path, 'early.mkv', '-i', clip, '-c', 'copy');
    await truncate(matroska, 40_000);
    await refused(matroska);
  });

  it('refuses a source whose headers are right and whose frames are not', async () => {
    const bytes = await readFile(clip);
    bytes.fill(0x5a, bytes.indexOf('mdat') + 4);
    const file = await write('scrambled.mp4', bytes);
    await refused(file);
    await refused(file, 'video/snapshots,f_jpg,inter_500');
    await refused(file, 'video/animation,f_gif,inter_500');
  });

  it('refuses frames with more pixels than the limit before it decodes them', async () => {
    const large = await make(folder.path, 'large.avi', ...testCard('8192x4096', 0.04), '-c:v', 'mjpeg', '-q:v', '31');
    await assert.rejects(trial(engine, large, 'video/convert,f_mp4,vcodec_h264'), (error) =>
      isDomainError(error, 'MediaTooLarge'),
    );
  });
});

describe('video/snapshots', () => {
  const frames = async (process: string, file = clip) => (await trial(engine, file, process)).outputs;

  it('takes a frame every inter milliseconds and numbers them from 1', async () => {
    const outputs = await frames('video/snapshots,f_jpg,inter_500,w_80,h_60');
    assert.deepEqual(
      outputs.map((output) => output.variables),
      ['1', '2', '3', '4'].map((index) => ({ streamindex: '0', index, resolution: '80x60' })),
    );
    const { video } = await judge(outputs[3]?.path ?? '');
    assert.deepEqual([video?.codec_name, video?.width, video?.height], ['mjpeg', 80, 60]);
    assert.equal(outputs[0]?.contentType, 'image/jpeg');
  });

  it('stops at num and begins at ss', async () => {
    assert.equal((await frames('video/snapshots,f_png,inter_200,num_3,w_32,h_32')).length, 3);
    assert.equal((await frames('video/snapshots,f_jpg,inter_500,ss_1000,w_32,h_32')).length, 2);
  });

  it('takes every frame without inter', async () => {
    assert.equal((await frames('video/snapshots,f_jpg,w_32,h_32')).length, 50);
  });

  it('takes key frames only with m_key', async () => {
    assert.equal((await frames('video/snapshots,f_jpg,m_key,w_32,h_32')).length, 2);
  });

  it('spreads num frames evenly with m_avg', async () => {
    assert.equal((await frames('video/snapshots,f_jpg,m_avg,num_7,w_32,h_32')).length, 7);
  });

  it('keeps only frames that differ with m_dhash', async () => {
    const source = await make(
      folder.path,
      'scenes.mp4',
      ...['-f', 'lavfi', '-i', 'gradients=s=64x64:c0=black:c1=white:x0=0:y0=0:x1=63:y1=0:d=1:speed=0.00001'],
      ...['-f', 'lavfi', '-i', 'gradients=s=64x64:c0=white:c1=black:x0=0:y0=0:x1=63:y1=0:d=1:speed=0.00001'],
      ...['-filter_complex', '[0][1]concat=n=2', ...h264],
    );
    assert.equal((await frames('video/snapshots,f_jpg,m_dhash,inter_200,thr_20', source)).length, 2);
  });

  it('scales by percent and crops to the box', async () => {
    const [half] = await frames('video/snapshots,f_png,num_1,pw_50,ph_25');
    const { video } = await judge(half?.path ?? '');
    assert.deepEqual([video?.width, video?.height], [160, 60]);
    const [square] = await frames('video/snapshots,f_png,num_1,w_100,h_100,scaletype_crop');
    assert.equal(square?.variables.resolution, '100x100');
    assert.equal((await judge(square?.path ?? '')).video?.width, 100);
  });

  it('refuses more frames than one task may take', async () => {
    const long = await make(folder.path, 'long.mp4', ...testCard('32x32', 4), ...h264);
    await assert.rejects(trial(engine, long, 'video/snapshots,f_jpg'), (error) =>
      isDomainError(error, 'MediaTooLarge'),
    );
  });
});

describe('video/animation', () => {
  it('plays sampled frames in real time for ever', async () => {
    const gif = await only('video/animation,f_gif,w_100,h_100,inter_500');
    assert.deepEqual([gif.video?.codec_name, gif.video?.width, gif.video?.nb_read_packets], ['gif', 100, '4']);
    assert.ok(Math.abs(gif.seconds - 2) < 0.1, `${gif.seconds} s`);
    assert.ok((await readFile(gif.output.path)).includes('NETSCAPE2.0'));
    assert.equal(gif.output.contentType, 'image/gif');
  });

  it('plays at fps, faster than real time', async () => {
    const gif = await only('video/animation,f_gif,w_64,h_64,inter_200,fps_20');
    assert.equal(gif.video?.nb_read_packets, '10');
    assert.ok(Math.abs(gif.seconds - 0.5) < 0.06, `${gif.seconds} s`);
  });

  it('writes animated WebP', async () => {
    const { output } = await only('video/animation,f_webp,w_64,h_64,inter_500,num_3');
    const bytes = await readFile(output.path);
    assert.equal(bytes.toString('latin1', 8, 12), 'WEBP');
    assert.equal(bytes.toString('latin1').split('ANMF').length - 1, 3);
  });

  it('refuses too many pixels with what to change', async () => {
    const small = createVideoEngine(await openFfmpeg({ host, limits: { animationFrames: 10 } }));
    await assert.rejects(trial(small, clip, 'video/animation,f_gif'), (error) => {
      assert.ok(isDomainError(error, 'MediaTooLarge'));
      assert.match(error.details.reason, /at most 10 frames/);
      return true;
    });
  });
});

describe('video/snapshot', () => {
  const shot = async (process: string, file = clip) => {
    const { outputs } = await trial(engine, file, process, { door: 'sync' });
    const [output] = outputs;
    assert.ok(output && outputs.length === 1);
    return { output, video: (await judge(output.path)).video };
  };

  it('takes the frame at a time, in the proportions of the source', async () => {
    const { output, video } = await shot('video/snapshot,t_1000,f_jpg,w_160');
    assert.deepEqual([output.contentType, video?.width, video?.height], ['image/jpeg', 160, 120]);
  });

  it('takes the key frame before with m_fast, and the exact frame without', async () => {
    const source = await make(
      folder.path,
      'colours.mp4',
      ...['-f', 'lavfi', '-i', 'color=red:s=64x64:d=0.48', '-f', 'lavfi', '-i', 'color=blue:s=64x64:d=0.52'],
      ...['-filter_complex', '[0][1]concat=n=2', ...h264, '-x264-params', 'scenecut=0:keyint=100'],
    );
    const [red = 0, , blue = 0] = await cornerColour(
      (await shot('video/snapshot,t_800,f_png,m_fast', source)).output.path,
      8,
      8,
    );
    assert.ok(red > 200 && blue < 50, `fast: red ${red}, blue ${blue}`);
    const [red2 = 0, , blue2 = 0] = await cornerColour(
      (await shot('video/snapshot,t_800,f_png', source)).output.path,
      8,
      8,
    );
    assert.ok(red2 < 50 && blue2 > 200, `exact: red ${red2}, blue ${blue2}`);
    const past = await cornerColour((await shot('video/snapshot,t_990000,f_png', source)).output.path, 8, 8);
    assert.ok((past[2] ?? 0) > 200, 'the last frame past the end');
    const late = await cornerColour((await shot('video/snapshot,t_990,f_jpg', source)).output.path, 8, 8);
    assert.ok((late[2] ?? 0) > 200, 'the last frame between its time and the end');
  });

  it('follows the rotation with ar_auto, and turns as asked with h and w', async () => {
    const size = async (process: string) => {
      const { video } = await shot(process, rotated);
      return [video?.width, video?.height];
    };
    assert.deepEqual(await size('video/snapshot,t_0,f_png'), [160, 120]);
    assert.deepEqual(await size('video/snapshot,t_0,f_png,ar_auto'), [120, 160]);
    assert.deepEqual(await size('video/snapshot,t_0,f_png,ar_h'), [120, 160]);
    assert.deepEqual(await size('video/snapshot,t_0,f_png,ar_w'), [160, 120]);
  });
});

describe('video/info', () => {
  it('answers with the fields of DetectMediaMeta', async () => {
    const { outputs } = await trial(engine, rotated, 'video/info', { door: 'sync' });
    const info: unknown = JSON.parse(await readFile(outputs[0]?.path ?? '', 'utf8'));
    assert.ok(typeof info === 'object' && info !== null && 'VideoStreams' in info && Array.isArray(info.VideoStreams));
    const [stream] = info.VideoStreams;
    assert.equal(stream.Rotate, '90');
    assert.equal(stream.FrameRate, '25/1');
    assert.equal(stream.Width, 160);
    assert.equal('Duration' in info && info.Duration, 1);
    assert.equal('AudioStreams' in info, false);
  });
});

describe('the engine', () => {
  it('kills FFmpeg when it is told to stop, and rejects with the reason', async () => {
    const long = await make(folder.path, 'slow.mp4', ...testCard('320x240', 60, 5), ...h264);
    const stop = new AbortController();
    const reason = new Error('told to stop');
    const running = trial(engine, long, 'video/convert,f_mkv,vcodec_h265,s_1280x960', {
      signal: stop.signal,
      progress: () => stop.abort(reason),
    });
    await assert.rejects(running, (error) => error === reason);
  });

  it('ends a run that takes too long', async () => {
    const impatient = createVideoEngine(await openFfmpeg({ host, limits: { wallMs: 700 } }));
    const long = await make(folder.path, 'endless.mp4', ...testCard('320x240', 60, 5), ...h264);
    await assert.rejects(trial(impatient, long, 'video/convert,f_mkv,vcodec_h265,s_1280x960'), (error) => {
      assert.ok(isDomainError(error, 'MediaTooLarge'), String(error));
      assert.equal(error.details.limit, 'time');
      return true;
    });
  });

  it('ends a run that writes too much', async () => {
    const narrow = createVideoEngine(await openFfmpeg({ host, limits: { outputBytes: 20_000 } }));
    for (const process of ['video/convert,f_mkv,vcodec_h264,s_640x480,crf_10', 'video/snapshots,f_png']) {
      await assert.rejects(trial(narrow, clip, process), (error) => isDomainError(error, 'MediaTooLarge'));
    }
  });

  it('says which FFmpeg it found', async () => {
    const [health] = await ffmpeg.health();
    assert.match(health?.version ?? '', /^\d/);
    assert.equal(engine.version, `ffmpeg-${health?.version}-r1`);
  });
});

describe('a frame that is taken while its source is looked at', () => {
  it('is the one that is taken afterwards, whatever the source turns out to be', async () => {
    const film = (name: string, ...words: string[]) =>
      make(folder.path, name, ...testCard('1920x1080', 1, 10), ...h264, ...words);
    const [hd, tagged] = [await film('hd.mp4'), await film('tagged.mkv', '-colorspace', 'bt709')];
    const patient = createVideoEngine(new Ffmpeg({ host, workers: new Workers(1) }));
    const started: string[] = [];
    const eager = createVideoEngine(new Ffmpeg({ host: counting(started), workers: new Workers(2) }));
    const cases: [file: string, name: string, process: string, programs: number][] = [
      [hd, 'hd.mp4', 't_500,f_jpg', 2],
      [hd, 'hd.mp4', 't_500,f_jpg,w_320', 2],
      [tagged, 'tagged.mkv', 't_0,f_png,m_fast', 2],
      // Small, turned, past the end, and not what its name says: taken again as it should be.
      [clip, 'clip.mp4', 't_500,f_jpg', 3],
      [rotated, 'rotated.mp4', 't_0,f_jpg,ar_auto', 3],
      [hd, 'hd.mp4', 't_5000,f_jpg', 3],
      [odd, 'odd.mp4', 't_0,f_png', 3],
    ];
    for (const [file, name, process, programs] of cases) {
      const door = 'sync' as const;
      const expected = await trial(patient, file, `video/snapshot,${process}`, { door, name });
      started.length = 0;
      const found = await trial(eager, file, `video/snapshot,${process}`, { door, name });
      assert.deepEqual(
        await readFile(found.outputs[0]?.path ?? ''),
        await readFile(expected.outputs[0]?.path ?? ''),
        `${name} ${process}`,
      );
      assert.equal(started.length, programs, `${name} ${process}: ${started}`);
    }
  });
});

/** The host of these tests, noting what is started. */
const counting = (started: string[]): ToolHost => ({
  workspace: () => host.workspace(),
  start(tool) {
    started.push(tool.command);
    return host.start(tool);
  },
  run: (tool) => host.run(tool),
  close: async () => {},
});

describe('a source of a known version', () => {
  it('is recognised once: every later frame costs one program', async () => {
    const started: string[] = [];
    const counted = createVideoEngine(await openFfmpeg({ host: counting(started) }));
    const frame = (t: number, version: string) =>
      trial(counted, clip, `video/snapshot,t_${t},f_jpg`, { door: 'sync', version });
    const first = await frame(0, 'one');
    const second = await frame(1000, 'one');
    assert.deepEqual(started, ['ffprobe', 'ffmpeg', 'ffmpeg']);
    assert.notDeepEqual(await readFile(first.outputs[0]?.path ?? ''), await readFile(second.outputs[0]?.path ?? ''));
    await frame(0, 'another');
    assert.deepEqual(started.slice(3), ['ffprobe', 'ffmpeg']);
  });
});
