import { channels, sampleRates } from '../audio/sound.ts';
import { mutuallyExclusive, needs, operation } from '../operation.ts';
import { flag, int, lowerSource, number, oneOf, oneOfNumbers, size, timeMs } from '../vocabulary.ts';

/** The ranges of g, vb, maxrate and bufsize are those of the vendor's document 2326707. */
export const convertParams = {
  ss: timeMs('Where to begin, in milliseconds.').default(0),
  t: timeMs('How long, in milliseconds; 0: to the end.').default(0),
  f: oneOf(
    ['mp4', 'mkv', 'mov', 'asf', 'avi', 'mxf', 'ts', 'flv', 'webm', 'mp3', 'aac', 'flac', 'oga', 'ac3', 'opus', 'amr'],
    'Container to write.',
  ),
  vn: flag('1: leave the video out.').default(0),
  vcodec: oneOf(['copy', 'h264', 'h265', 'vp9'], 'Video codec; copy takes the stream as it is.').default('copy'),
  fps: number(0, 240, 'Frames per second; source rate without it, or when 0.').optional(),
  fpsopt: lowerSource('When the source rate is lower than fps: 0 use fps, 1 use the source rate, 2 fail.').default(0),
  pixfmt: oneOf(
    ['yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'yuv422p10le', 'yuv444p10le', 'yuva420p'],
    'Pixel format; source format without it.',
  ).optional(),
  s: size(64, 4096, 'Size of the picture; source size without it.').optional(),
  sopt: lowerSource('When the source area is smaller than s: 0 use s, 1 use the source size, 2 fail.').default(0),
  scaletype: oneOf(['stretch', 'crop', 'fill', 'fit'], 'How the picture is fitted into s.').default('stretch'),
  arotate: flag('1: s means long by short side and follows the orientation of the source.').default(0),
  g: int(1, 100_000, 'Frames from one key frame to the next.').default(150),
  vb: int(10_000, 100_000_000, 'Video bit rate in bit/s.').optional(),
  vbopt: lowerSource('When the source bit rate is lower than vb: 0 use vb, 1 use the source rate, 2 fail.').default(0),
  crf: number(0, 51, 'Constant rate factor; 23 when neither vb nor crf is given.').optional(),
  maxrate: int(10_000, 100_000_000, 'Highest bit rate in bit/s, beside crf.').optional(),
  bufsize: int(10_000, 200_000_000, 'Rate control buffer in bits, beside crf.').optional(),
  an: flag('1: leave the sound out.').default(0),
  acodec: oneOf(
    ['copy', 'mp3', 'aac', 'flac', 'vorbis', 'ac3', 'opus', 'amr'],
    'Audio codec; copy takes the stream as it is.',
  ).default('copy'),
  ar: oneOfNumbers(sampleRates, 'Samples per second; source rate without it.').optional(),
  ac: channels.optional(),
  aq: int(0, 100, 'Audio quality.').optional(),
  ab: int(1_000, 10_000_000, 'Audio bit rate in bit/s.').optional(),
  abopt: lowerSource('When the source bit rate is lower than ab: 0 use ab, 1 use the source rate, 2 fail.').default(0),
  sn: flag('1: leave subtitles out; otherwise the first subtitle stream is kept.').default(0),
};

/** What excludes or needs each other when a picture and sound are encoded. */
export const codingRules = [
  mutuallyExclusive('vb', 'crf'),
  mutuallyExclusive('ab', 'aq'),
  needs('maxrate', 'crf', 'bufsize'),
  needs('bufsize', 'crf'),
];

export const videoConvert = operation('video/convert', {
  summary: 'Transcode a video, change its container, or take its sound.',
  door: 'async',
  params: convertParams,
  rules: codingRules,
  examples: [
    'video/convert,f_avi,vcodec_h265,s_1920x1080,vb_2000000,fps_30,acodec_aac,ab_100000,sn_1',
    'video/convert,f_mp3,acodec_mp3,ab_100000,vn_1,sn_1',
    'video/convert,f_mp4,vcodec_h264,fps_25,fpsopt_1,s_640x,sopt_1,scaletype_fit,arotate_1,crf_25,g_250,acodec_aac,ar_44100,ac_2,ab_64000,abopt_1',
  ],
});
