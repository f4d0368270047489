import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Media files of every kind that FFmpeg here can make, whole and broken, and what is to become of each. */

const call = promisify(execFile);

/** What an output is to be, as ffprobe and a decoder see it. What is not named may be anything. */
export interface Facts {
  video?: { codec: string; size?: string; pixelFormat?: string; frames?: number; rate?: string; turned?: false } | null;
  audio?: { codec: string; rate?: number; channels?: number } | null;
  subtitles?: string | null;
  /** With a tolerance of 0.15 s. */
  seconds?: number;
  /** When frames are shown, in milliseconds. */
  times?: number[];
  /** The colour of a place in the first frame, as `x,y` in tenths of its sides. */
  colours?: Record<string, 'red' | 'green' | 'blue' | 'black' | 'white'>;
}

export interface Case {
  /** The key that it is put under. */
  name: string;
  make(path: string, folder: string): Promise<unknown>;
  process: string;
  /** With `{index}` for several outputs. */
  target?: string;
  /** Of each output, in order; or how its task fails, or the request for it. */
  expect: Facts | Facts[] | { fails: RegExp; code?: string } | { refused: RegExp };
  /** The result goes where the source is. */
  inPlace?: true;
  /** Part of the short run. */
  quick?: true;
}

const ffmpeg =
  (...words: string[]) =>
  (path: string): Promise<unknown> =>
    call('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words, path]);

const card = (size = '160x120', seconds = 1, rate = '10') => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];
const tone = (seconds = 1, rate = 44100) => [
  ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}:duration=${seconds}`],
];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '5'];

/** Four fields, by which one sees how a picture was turned or cut: red, green / blue, white. */
const fields = (size: string, seconds = 1) => {
  const [width = 0, height = 0] = size.split('x').map(Number);
  const half = `${width / 2}x${height / 2}`;
  const colour = (name: string) => ['-f', 'lavfi', '-i', `color=${name}:size=${half}:rate=10:duration=${seconds}`];
  return [
    ...['red', '0x00ff00', 'blue', 'white'].flatMap(colour),
    ...['-filter_complex', '[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack'],
  ];
};

/** Writes what another recipe makes, changed. */
const changed =
  (make: (path: string) => Promise<unknown>, extension: string, change: (bytes: Buffer) => Buffer) =>
  async (path: string): Promise<void> => {
    const whole = `${path}.whole.${extension}`;
    await make(whole);
    await writeFile(path, change(await readFile(whole)));
  };

const text = (content: string) => (path: string) => writeFile(path, content);
const turned = (degrees: number) => async (path: string) => {
  const plain = `${path}.plain.mp4`;
  await ffmpeg(...fields('160x80'), ...x264)(plain);
  await ffmpeg('-i', plain, '-c', 'copy', '-metadata:s:v', `rotate=${degrees}`)(path);
};
const clip = ffmpeg(...card(), ...tone(), ...x264, '-c:a', 'aac', '-movflags', '+faststart');

/** Matroska whose header says another duration, in milliseconds. */
const lasting = (ms: number) =>
  changed(ffmpeg(...card(), ...tone(), ...x264, '-c:a', 'aac'), 'mkv', (bytes) => {
    const at = bytes.indexOf(Buffer.from([0x44, 0x89, 0x88]));
    bytes.writeDoubleBE(ms, at + 3);
    return bytes;
  });

const toMp4 = 'video/convert,f_mp4,vcodec_h264,acodec_aac';
const h264 = { codec: 'h264', size: '160x120', frames: 10 };
const aac = { codec: 'aac' };
const unreadable = { fails: /not a video or audio file|no video stream|damaged|cut short|could be decoded|is empty/ };

/** Sources of one second and what each becomes as MP4 of H.264 and AAC. */
const codecs: Case[] = (
  [
    ['h264.mp4', [...x264, '-c:a', 'aac']],
    ['hevc.mp4', ['-c:v', 'libx265', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', '-c:a', 'aac']],
    ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus']],
    ['vp8.webm', ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis']],
    ['av1.mkv', ['-c:v', 'libaom-av1', '-cpu-used', '8', '-usage', 'realtime', '-c:a', 'libopus']],
    ['mpeg4.avi', ['-c:v', 'mpeg4', '-c:a', 'libmp3lame']],
    ['wmv.wmv', ['-c:v', 'wmv2', '-c:a', 'wmav2']],
    ['sorenson.flv', ['-c:v', 'flv', '-ar', '44100', '-c:a', 'libmp3lame']],
    ['theora.ogv', ['-c:v', 'libtheora', '-c:a', 'libvorbis']],
    ['mjpeg.mov', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-c:a', 'pcm_s16le']],
    ['ffv1-rgb.mkv', ['-c:v', 'ffv1', '-pix_fmt', 'bgr0', '-c:a', 'flac']],
    ['fragmented.mp4', [...x264, '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov']],
    ['index-at-end.mp4', [...x264, '-c:a', 'mp3']],
    ['quicktime.mov', [...x264, '-c:a', 'alac']],
    ['real.rm', ['-c:v', 'rv20', '-c:a', 'ac3', '-s', '176x144']],
    ['mpeg4.nut', ['-c:v', 'mpeg4', '-c:a', 'mp2']],
    ['h263.3gp', ['-c:v', 'h263', '-s', '176x144', '-c:a', 'aac']],
  ] as const
).map(([name, codec]) => ({
  name,
  make: ffmpeg(...card(), ...tone(), ...codec),
  process: toMp4,
  expect: {
    video: codec.some((word) => word === '176x144') ? { ...h264, size: '176x144' } : h264,
    audio: aac,
    seconds: 1,
  },
  ...(['h264.mp4', 'vp9.webm', 'mpeg4.avi', 'wmv.wmv', 'fragmented.mp4'].includes(name) ? { quick: true } : {}),
}));

const containers: Case[] = [
  {
    name: 'mpeg2.ts',
    make: ffmpeg(...card('160x120', 1, '25'), ...tone(), '-c:v', 'mpeg2video', '-c:a', 'mp2'),
    process: toMp4,
    expect: { video: { codec: 'h264', size: '160x120', frames: 25 }, audio: aac, seconds: 1 },
    quick: true,
  },
  {
    name: 'program.vob',
    make: ffmpeg(...card('160x120', 1, '25'), ...tone(), '-c:v', 'mpeg2video', '-c:a', 'ac3', '-f', 'vob'),
    process: toMp4,
    expect: { video: { codec: 'h264', size: '160x120', frames: 25 }, audio: aac },
  },
  {
    name: 'late-clock.ts',
    make: ffmpeg(...card(), ...tone(), ...x264, '-c:a', 'aac', '-output_ts_offset', '90000'),
    process: toMp4,
    expect: { video: h264, audio: aac, seconds: 1 },
  },
  {
    name: 'broadcast.mxf',
    make: ffmpeg(...card('720x576', 1, '25'), '-c:v', 'mpeg2video', '-b:v', '5M', '-c:a', 'pcm_s16le'),
    process: `${toMp4},s_320x256`,
    expect: { video: { codec: 'h264', size: '320x256', frames: 25 }, audio: null, seconds: 1 },
  },
  {
    name: 'bare.h264',
    make: ffmpeg(...card('160x120', 1, '25'), ...x264, '-f', 'h264'),
    process: toMp4,
    expect: { video: { codec: 'h264', size: '160x120', frames: 25 }, audio: null },
  },
  {
    name: 'live.mkv',
    make: (path) => ffmpeg(...card(), ...tone(), ...x264, '-c:a', 'aac', '-f', 'matroska', '-live', '1')(path),
    process: toMp4,
    expect: { video: h264, audio: aac, seconds: 1 },
  },
  {
    name: 'moving.gif',
    make: ffmpeg(...card('64x48')),
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: { video: { codec: 'h264', size: '64x48', frames: 10, pixelFormat: 'yuv420p' }, audio: null, seconds: 1 },
    quick: true,
  },
  {
    name: 'copied.mkv',
    make: ffmpeg(...card(), ...tone(), ...x264, '-c:a', 'aac'),
    process: 'video/convert,f_ts',
    expect: { video: h264, audio: aac, seconds: 1 },
  },
  {
    name: 'into.webm.mp4',
    make: clip,
    process: 'video/convert,f_webm,vcodec_vp9,acodec_opus',
    expect: { video: { ...h264, codec: 'vp9' }, audio: { codec: 'opus', rate: 48000 }, seconds: 1 },
  },
];

const geometry: Case[] = [
  {
    name: 'turned-90.mp4',
    make: turned(90),
    process: 'video/convert,f_mp4,vcodec_h264',
    // ffmpeg's own word for it is counter-clockwise: what stood at the left stands at the bottom, or on top.
    expect: { video: { codec: 'h264', size: '80x160', frames: 10, turned: false }, audio: null },
    quick: true,
  },
  {
    name: 'turned-180.mp4',
    make: turned(180),
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: {
      video: { codec: 'h264', size: '160x80', turned: false },
      colours: { '2,2': 'white', '8,2': 'blue', '2,8': 'green', '8,8': 'red' },
    },
  },
  {
    name: 'turned-270.mp4',
    make: turned(270),
    process: 'video/convert,f_mp4,vcodec_h264,s_80x,scaletype_fit,arotate_1',
    expect: { video: { codec: 'h264', size: '40x80', turned: false } },
  },
  {
    name: 'turned-copied.mp4',
    make: turned(90),
    process: 'video/convert,f_mp4',
    expect: { video: { codec: 'h264', size: '160x80', frames: 10 } },
  },
  {
    name: 'odd.mkv',
    make: ffmpeg(...card('161x121'), '-c:v', 'ffv1', '-pix_fmt', 'yuv444p'),
    process: 'video/convert,f_mp4,vcodec_h264,pixfmt_yuv420p',
    expect: { video: { codec: 'h264', size: '160x120', pixelFormat: 'yuv420p', frames: 10 } },
    quick: true,
  },
  {
    name: 'tiny.mkv',
    make: ffmpeg(...card('17x3'), '-c:v', 'ffv1'),
    process: 'video/convert,f_mkv,vcodec_h264',
    expect: { video: { codec: 'h264', size: '16x2', frames: 10 } },
  },
  {
    name: 'tower.mp4',
    make: ffmpeg(...card('64x1080'), ...x264),
    process: 'video/convert,f_mp4,vcodec_h264,s_128x128,scaletype_fill',
    expect: { video: { codec: 'h264', size: '128x128' }, colours: { '1,5': 'black', '9,5': 'black' } },
  },
  {
    name: 'cropped.mp4',
    make: ffmpeg(...fields('160x80'), ...x264),
    process: 'video/convert,f_mp4,vcodec_h264,s_80x80,scaletype_crop',
    expect: {
      video: { codec: 'h264', size: '80x80' },
      colours: { '2,2': 'red', '8,2': 'green', '2,8': 'blue', '8,8': 'white' },
    },
  },
  {
    name: 'anamorphic.mpg',
    make: ffmpeg(...card('720x576', 1, '25'), '-aspect', '16:9', '-c:v', 'mpeg2video'),
    process: 'video/convert,f_mp4,vcodec_h264,s_640x,scaletype_fit',
    expect: { video: { codec: 'h264', size: '640x360', frames: 25 } },
    quick: true,
  },
  {
    name: 'ten-bit.mkv',
    make: ffmpeg(...card(), '-c:v', 'libx265', '-x265-params', 'log-level=error', '-pix_fmt', 'yuv420p10le'),
    process: 'video/convert,f_mp4,vcodec_h265',
    expect: { video: { ...h264, codec: 'hevc', pixelFormat: 'yuv420p10le' } },
  },
  {
    name: 'professional.mov',
    make: ffmpeg(...card(), '-c:v', 'prores', '-pix_fmt', 'yuv422p10le'),
    process: 'video/convert,f_mp4,vcodec_h264,pixfmt_yuv420p',
    expect: { video: { ...h264, pixelFormat: 'yuv420p' } },
  },
  {
    name: 'grey.mkv',
    make: ffmpeg(...card(), '-c:v', 'ffv1', '-pix_fmt', 'gray'),
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: { video: { ...h264, pixelFormat: 'yuv420p' } },
  },
  {
    name: 'transparent.webm',
    make: ffmpeg(
      ...['-f', 'lavfi', '-i', 'color=red@0.5:size=64x48:rate=10:duration=1,format=yuva420p'],
      ...['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-auto-alt-ref', '0'],
    ),
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: { video: { codec: 'h264', size: '64x48', pixelFormat: 'yuv420p' } },
  },
  {
    name: 'interlaced.ts',
    make: ffmpeg(...card('160x120', 1, '25'), '-c:v', 'mpeg2video', '-flags', '+ilme+ildct', '-top', '1'),
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: { video: { codec: 'h264', size: '160x120', frames: 25 } },
  },
];

const streams: Case[] = [
  {
    name: 'silent.mp4',
    make: ffmpeg(...card(), ...x264),
    process: `${toMp4},ab_64000`,
    expect: { video: h264, audio: null, seconds: 1 },
    quick: true,
  },
  {
    name: 'covered.mp3',
    make: async (path) => {
      const [sound, cover] = [`${path}.plain.mp3`, `${path}.jpg`];
      await ffmpeg(...tone(), '-c:a', 'libmp3lame')(sound);
      await ffmpeg(...card('300x300'), '-frames:v', '1')(cover);
      const words = ['-i', sound, '-i', cover, '-map', '0', '-map', '1', '-c', 'copy', '-id3v2_version', '3'];
      await ffmpeg(...words, '-disposition:v', 'attached_pic')(path);
    },
    process: 'audio/convert,f_flac',
    expect: { video: null, audio: { codec: 'flac', rate: 44100, channels: 1 }, seconds: 1 },
    quick: true,
  },
  {
    name: 'only-a-cover.m4a',
    make: async (path) => {
      const [sound, cover] = [`${path}.plain.m4a`, `${path}.jpg`];
      await ffmpeg(...tone(), '-c:a', 'aac')(sound);
      await ffmpeg(...card('300x300'), '-frames:v', '1')(cover);
      const words = ['-i', sound, '-i', cover, '-map', '0', '-map', '1', '-c', 'copy', '-f', 'mp4'];
      await ffmpeg(...words, '-disposition:v:0', 'attached_pic')(path);
    },
    process: toMp4,
    expect: { fails: /no video stream.*vn_1/ },
  },
  {
    name: 'two-tongues.mkv',
    make: ffmpeg(
      ...[...card(), ...tone(), '-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono:d=1'],
      ...['-map', '0', '-map', '1', '-map', '2', ...x264, '-c:a', 'aac'],
    ),
    process: 'video/convert,f_mkv,vcodec_h264,acodec_copy',
    expect: { video: h264, audio: { codec: 'aac', rate: 44100 } },
  },
  {
    name: 'titled.mkv',
    make: async (path) => {
      await writeFile(`${path}.srt`, '1\n00:00:00,100 --> 00:00:00,800\nhello\n');
      await ffmpeg(...card(), '-i', `${path}.srt`, ...x264, '-c:s', 'srt')(path);
    },
    process: 'video/convert,f_mp4,vcodec_h264',
    expect: { video: h264, subtitles: 'mov_text' },
  },
  {
    name: 'surround.mkv',
    make: ffmpeg(...card(), '-f', 'lavfi', '-i', 'anoisesrc=d=1:a=0.1', ...x264, '-ac', '6', '-c:a', 'ac3'),
    process: `${toMp4},ac_2,ar_44100`,
    expect: { video: h264, audio: { codec: 'aac', rate: 44100, channels: 2 } },
    quick: true,
  },
  {
    name: 'uneven.mkv',
    make: ffmpeg(...card('160x120', 2), '-vf', "select='not(between(t,0.5,0.9))'", '-fps_mode', 'vfr', ...x264),
    process: 'video/convert,f_mkv,vcodec_h264',
    expect: {
      video: { codec: 'h264', frames: 15 },
      times: [0, 100, 200, 300, 400, 1000, 1100, 1200, 1300, 1400, 1500, 1600, 1700, 1800, 1900],
    },
    quick: true,
  },
  {
    name: 'uneven-evened.mkv',
    make: ffmpeg(...card('160x120', 2), '-vf', "select='not(between(t,0.5,0.9))'", '-fps_mode', 'vfr', ...x264),
    process: 'video/convert,f_mp4,vcodec_h264,fps_10',
    expect: { video: { codec: 'h264', frames: 20, rate: '10/1' }, seconds: 2 },
  },
  {
    name: 'longer-sound.mp4',
    make: ffmpeg(...card(), ...tone(2), ...x264, '-c:a', 'aac'),
    process: `${toMp4},ss_500,t_1000`,
    expect: { video: { codec: 'h264', frames: 5 }, audio: aac, seconds: 1 },
  },
  {
    name: 'ten-years.mp4',
    make: clip,
    process: `${toMp4},t_315360000000`,
    expect: { refused: /parameter: t is invalid.*0 to 999999999/ },
    quick: true,
  },
  {
    name: 'eleven-days.mp4',
    make: clip,
    process: `${toMp4},t_999999999`,
    expect: { video: h264, audio: aac, seconds: 1 },
  },
  {
    name: 'begun-ten-years-later.mp4',
    make: clip,
    process: `${toMp4},ss_315360000000`,
    expect: { refused: /parameter: ss is invalid.*0 to 999999999/ },
  },
  {
    name: 'begun-too-late.mp4',
    make: clip,
    process: `${toMp4},ss_999999999`,
    expect: { fails: /parameter: ss.*lasts 10\d\d ms; begin earlier/ },
    quick: true,
  },
  {
    name: 'minus-nothing.mp4',
    make: clip,
    // It is nothing, and never reaches FFmpeg.
    process: `${toMp4},ss_-0,t_-0`,
    expect: { video: h264, audio: aac, seconds: 1 },
    quick: true,
  },
  {
    name: 'says-ten-years.mkv',
    make: lasting(315_360_000_000),
    process: toMp4,
    expect: { video: h264, audio: aac, seconds: 1 },
    quick: true,
  },
  {
    name: 'says-minus-nothing.mkv',
    make: lasting(-0),
    process: toMp4,
    expect: { video: h264, audio: aac, seconds: 1 },
    quick: true,
  },
  {
    name: 'ten-years-of-frames.mkv',
    make: lasting(315_360_000_000),
    process: 'video/snapshots,f_jpg,m_avg,num_4',
    target: 'years/{index}.jpg',
    // Its streams know better than the whole.
    expect: [1, 2, 3, 4].map(() => ({ video: { codec: 'mjpeg', size: '160x120', frames: 1 } })),
  },
  {
    name: 'ten-years-of-seconds.mkv',
    make: lasting(315_360_000_000),
    process: 'video/snapshots,f_jpg,inter_1000',
    target: 'seconds/{index}.jpg',
    expect: { fails: /at most 20000 frames/ },
  },
  {
    name: 'joined-with-nothing.mp4',
    make: clip,
    process: `video/concat,f_mp4/sur,o_${Buffer.from('not/there.mp4').toString('base64url')}`,
    expect: { fails: /not\/there\.mp4 does not exist/, code: 'ResourceNotFound' },
    quick: true,
  },
  {
    name: 'joined-with-itself.mp4',
    make: clip,
    process: `video/concat,f_mp4/sur,o_${Buffer.from('joined-with-itself.mp4').toString('base64url')}`,
    expect: { video: { codec: 'h264', size: '160x120', frames: 20 }, audio: aac, seconds: 2 },
  },
  {
    name: 'own-target.mp4',
    make: clip,
    process: `${toMp4},s_80x64`,
    inPlace: true,
    expect: { video: { codec: 'h264', size: '80x64', frames: 10 }, audio: aac, seconds: 1 },
    quick: true,
  },
];

const sounds: Case[] = (
  [
    ['tone.flac', 'f_mp3', ['-c:a', 'flac'], { codec: 'mp3' }],
    ['tone.ogg', 'f_aac', ['-c:a', 'libvorbis'], { codec: 'aac' }],
    ['tone.opus', 'f_mp3', ['-c:a', 'libopus'], { codec: 'mp3', rate: 48000 }],
    ['high.wav', 'f_mp3', ['-c:a', 'pcm_s24le', '-ar', '96000'], { codec: 'mp3', rate: 48000 }],
    ['tone.aac', 'f_oga', ['-c:a', 'aac', '-f', 'adts'], { codec: 'vorbis' }],
    ['tone.aiff', 'f_flac', ['-c:a', 'pcm_s16be'], { codec: 'flac' }],
    ['tone.wma', 'f_ac3', ['-c:a', 'wmav2'], { codec: 'ac3' }],
    ['tone.caf', 'f_opus', ['-c:a', 'alac'], { codec: 'opus', rate: 48000 }],
    ['eight.wav', 'f_mp3', ['-ac', '8'], { codec: 'mp3', channels: 2 }],
    ['tone.w64', 'f_flac,ar_8000,ac_1', ['-c:a', 'pcm_s16le'], { codec: 'flac', rate: 8000, channels: 1 }],
  ] as const
).map(([name, target, words, audio]) => ({
  name,
  make: ffmpeg(...tone(), ...words),
  process: `audio/convert,${target}`,
  expect: { video: null, audio, ...(/f_(aac|ac3)/.test(target) ? {} : { seconds: 1 }) },
  ...(['high.wav', 'tone.opus'].includes(name) ? { quick: true } : {}),
}));

const frames: Case[] = [
  {
    name: 'frames.webm',
    make: ffmpeg(...card('160x120', 2), '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8'),
    process: 'video/snapshots,f_png,inter_500,w_80,h_60',
    target: 'frames/{index}.png',
    expect: [1, 2, 3, 4].map(() => ({ video: { codec: 'png', size: '80x60', frames: 1 } })),
    quick: true,
  },
  {
    name: 'keys.mp4',
    make: ffmpeg(...card('160x120', 2), ...x264),
    process: 'video/snapshots,f_jpg,m_key',
    target: 'keys/{index}.jpg',
    expect: [1, 2, 3, 4].map(() => ({ video: { codec: 'mjpeg', size: '160x120', frames: 1 } })),
  },
  {
    name: 'animated.mp4',
    make: ffmpeg(...card('160x120', 2), ...x264),
    process: 'video/animation,f_gif,inter_500,w_80,h_60',
    expect: { video: { codec: 'gif', size: '80x60', frames: 4 } },
  },
  {
    name: 'sheet.mkv',
    make: ffmpeg(...card('160x120', 2), ...x264),
    process: 'video/sprite,f_png,inter_500,sw_40,sh_32,tw_2,th_2,pad_0,margin_0',
    target: 'sheet.png',
    expect: { video: { codec: 'png', size: '80x64', frames: 1 } },
  },
];

/** Where a listener of the test waits for somebody to come; put in when a case is made. */
export const LISTENER = 'LISTENER';

const disguised: Case[] = (
  [
    ['local-playlist.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
    ['own-file-playlist.mp4', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/hostname\n#EXT-X-ENDLIST\n'],
    ['remote-playlist.mp4', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${LISTENER}/a.ts\n#EXT-X-ENDLIST\n`],
    ['nested-playlist.ts', `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${LISTENER}/b.m3u8\n`],
    ['keyed-playlist.m3u8', `#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="${LISTENER}/k"\n#EXTINF:1,\nx.ts\n`],
    ['concat-script.mp4', "ffconcat version 1.0\nfile '/etc/passwd'\n"],
    ['remote-script.mkv', `ffconcat version 1.0\nfile '${LISTENER}/c.mp4'\n`],
    ['subfile-script.mp4', "ffconcat version 1.0\nfile 'subfile,,start,0,end,64,,:/etc/passwd'\n"],
    [
      'session.sdp',
      `v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=control:${LISTENER}\n`,
    ],
    [
      'dash.mp4',
      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet><Representation id="1" bandwidth="1"><BaseURL>${LISTENER}/d.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>`,
    ],
    ['pictures.mp4', 'concat:/etc/passwd|/etc/hostname\n'],
  ] as const
).map(([name, content]) => ({
  name,
  make: text(content),
  process: toMp4,
  expect: { fails: /not a video or audio file/ },
  ...(/local|remote|concat/.test(name) ? { quick: true } : {}),
}));

const damaged: Case[] = [
  {
    name: 'no-index.mp4',
    make: changed(ffmpeg(...card(), ...x264), 'mp4', (bytes) => bytes.subarray(0, bytes.length / 2)),
    process: toMp4,
    expect: unreadable,
    quick: true,
  },
  {
    name: 'cut-short.mp4',
    make: changed(clip, 'mp4', (bytes) => bytes.subarray(0, bytes.length * 0.7)),
    process: toMp4,
    expect: { fails: /cut short|damaged/ },
    quick: true,
  },
  {
    name: 'cut-short.mkv',
    make: changed(ffmpeg(...card(), ...x264), 'mkv', (bytes) => bytes.subarray(0, bytes.length * 0.7)),
    process: toMp4,
    expect: { fails: /cut short|damaged/ },
  },
  {
    name: 'headless.mp4',
    make: changed(clip, 'mp4', (bytes) => bytes.subarray(1_000)),
    process: toMp4,
    expect: unreadable,
  },
  {
    name: 'zeroed-index.mp4',
    make: changed(clip, 'mp4', (bytes) => bytes.fill(0, 40, 600)),
    process: toMp4,
    expect: unreadable,
  },
  { name: 'empty.mp4', make: text(''), process: toMp4, expect: unreadable, quick: true },
  { name: 'noise.mp4', make: (path) => writeFile(path, randomBytes(100_000)), process: toMp4, expect: unreadable },
  {
    name: 'zeros.ts',
    make: (path) => writeFile(path, Buffer.alloc(100_000)),
    process: toMp4,
    expect: unreadable,
  },
  { name: 'prose.mkv', make: text('just some text\n'.repeat(2_000)), process: toMp4, expect: unreadable },
  {
    name: 'picture.mp4',
    make: changed(ffmpeg(...card(), '-frames:v', '1'), 'jpg', (bytes) => bytes),
    process: toMp4,
    expect: unreadable,
  },
  {
    name: 'archive.mp4',
    make: (path) => writeFile(path, Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(5_000)])),
    process: toMp4,
    expect: unreadable,
  },
  {
    name: 'wrong-pair.mp4',
    make: clip,
    process: 'video/convert,f_webm,vcodec_h264',
    expect: { fails: /h264 in webm.*vp8, vp9, av1/ },
  },
  {
    name: 'slower-source.mp4',
    make: clip,
    process: 'video/convert,f_mp4,vcodec_h264,fps_60,fpsopt_2',
    expect: { fails: /fpsopt_1/ },
  },
];

export const corpus: readonly Case[] = [
  ...codecs,
  ...containers,
  ...geometry,
  ...streams,
  ...sounds,
  ...frames,
  ...disguised,
  ...damaged,
];

/** Makes a case's file; says where it is. */
export async function makeCase({ name, make }: Case, folder: string): Promise<string> {
  const path = join(folder, name);
  await make(path, folder);
  return path;
}
