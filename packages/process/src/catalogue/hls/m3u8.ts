import { operation } from '../operation.ts';
import { codingRules, convertParams } from '../video/convert.ts';
import { int, lowerSource, oneOf } from '../vocabulary.ts';

const { f: _container, vcodec: _vcodec, acodec: _acodec, sn: _sn, ...coding } = convertParams;

/** "The opts default to 1 here", and only what every player knows is written. */
export const hlsM3u8 = operation('hls/m3u8', {
  summary: 'Store a playlist whose segments are transcoded when they are asked for.',
  door: 'sync',
  params: {
    ...coding,
    vcodec: oneOf(['h264', 'h265'], 'Video codec.').default('h264'),
    acodec: oneOf(['aac'], 'Audio codec.').default('aac'),
    fpsopt: lowerSource('When the source rate is lower than fps: 0 use fps, 1 use the source rate, 2 fail.').default(1),
    sopt: lowerSource('When the source area is smaller than s: 0 use s, 1 use the source size, 2 fail.').default(1),
    vbopt: lowerSource('When the source bit rate is lower than vb: 0 use vb, 1 use the source rate, 2 fail.').default(
      1,
    ),
    abopt: lowerSource('When the source bit rate is lower than ab: 0 use ab, 1 use the source rate, 2 fail.').default(
      1,
    ),
    st: int(5_000, 15_000, 'Length of a segment in milliseconds.').default(10_000),
    initd: int(-1, 999_999_999, 'Milliseconds made before the answer; 0: none, -1: all.').default(30_000),
    ta: int(10, 30, 'Segments to make ahead of the one that is played.').default(12),
  },
  rules: codingRules,
  examples: [
    'hls/m3u8,vcodec_h264,pixfmt_yuv420p,s_640x360,vb_600000,ab_64000,sopt_1,scaletype_fit,arotate_1,vbopt_1,acodec_aac,abopt_1,st_5000,initd_10000,ta_10',
  ],
});
