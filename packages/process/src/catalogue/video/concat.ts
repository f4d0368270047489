import { align, operandRules, operands } from '../operands.ts';
import { operation } from '../operation.ts';
import { oneOf } from '../vocabulary.ts';
import { codingRules, convertParams } from './convert.ts';

/** Joined files are always encoded: streams that differ cannot be copied behind each other. */
export const videoConcat = operation('video/concat', {
  summary: 'Join videos, one after the other.',
  door: 'async',
  params: {
    ...convertParams,
    vcodec: oneOf(['h264', 'h265', 'vp9'], 'Video codec; copy is not possible.').default('h264'),
    acodec: oneOf(['mp3', 'aac', 'flac', 'vorbis', 'ac3', 'opus', 'amr'], 'Audio codec; copy is not possible.').default(
      'aac',
    ),
    align: align.default(0),
  },
  parts: operands,
  rules: [...codingRules, ...operandRules],
  examples: [
    'video/concat,ss_0,f_mp4,vcodec_h264,fps_25,vb_1000000,acodec_aac,ab_96000,ar_48000,ac_2,align_1/pre,o_cHJlLm1wNA/sur,o_c3VyLm1wNA,t_0',
  ],
});
