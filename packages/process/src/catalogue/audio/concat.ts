import { align, operandRules, operands } from '../operands.ts';
import { operation } from '../operation.ts';
import { convertParams, soundRules } from './convert.ts';

export const audioConcat = operation('audio/concat', {
  summary: 'Join sound files, one after the other.',
  door: 'async',
  params: { ...convertParams, align: align.default(0) },
  parts: operands,
  rules: [...soundRules, ...operandRules],
  examples: ['audio/concat,f_aac,ac_1,ar_44100,ab_96000,align_2/pre,o_eC53YXY/pre,o_eS53YXY,t_0'],
});
