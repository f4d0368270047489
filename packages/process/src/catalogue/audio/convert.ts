import { mutuallyExclusive, operation } from '../operation.ts';
import { int, lowerSource, oneOf, oneOfNumbers, timeMs } from '../vocabulary.ts';
import { channels, fitsAudioFormat, sampleRates } from './sound.ts';

export const convertParams = {
  ss: timeMs('Where to begin, in milliseconds.').default(0),
  t: timeMs('How long, in milliseconds; 0: to the end.').default(0),
  f: oneOf(['mp3', 'aac', 'flac', 'oga', 'ac3', 'opus', 'amr'], 'Format to write.'),
  ar: oneOfNumbers(sampleRates, 'Samples per second; source rate without it.').optional(),
  ac: channels.optional(),
  aq: int(0, 100, 'Quality.').optional(),
  ab: int(1_000, 10_000_000, 'Bit rate in bit/s.').optional(),
  abopt: lowerSource('When the source bit rate is lower than ab: 0 use ab, 1 use the source rate, 2 fail.').default(0),
};

export const soundRules = [mutuallyExclusive('ab', 'aq'), fitsAudioFormat];

export const audioConvert = operation('audio/convert', {
  summary: 'Transcode sound.',
  door: 'async',
  params: convertParams,
  rules: soundRules,
  examples: ['audio/convert,ss_10000,t_60000,f_aac,ab_96000'],
});
