import type { Rule } from '../operation.ts';
import { int } from '../vocabulary.ts';

/** Sample rates the vendor accepts, in Hz. */
export const sampleRates = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000] as const;

export const channels = int(1, 8, 'Audio channels; those of the source without it.');

/** What each audio format can hold (vendor's table of rates and channels). */
export const audioFormats = {
  mp3: { rates: sampleRates.filter((rate) => rate <= 48000), channels: 2 },
  aac: { rates: [...sampleRates], channels: 8 },
  flac: { rates: [...sampleRates], channels: 8 },
  oga: { rates: [...sampleRates], channels: 8 },
  ac3: { rates: [32000, 44100, 48000], channels: 6 },
  opus: { rates: [8000, 12000, 16000, 24000, 48000], channels: 8 },
  amr: { rates: [8000, 16000], channels: 1 },
} as const satisfies Record<string, { rates: readonly number[]; channels: number }>;

export type AudioFormat = keyof typeof audioFormats;

const isAudioFormat = (value: unknown): value is AudioFormat => typeof value === 'string' && value in audioFormats;

/** A rate or a number of channels that the format cannot hold is refused before anything is queued. */
export const fitsAudioFormat: Rule = {
  description: 'ar and ac must be possible in the format f.',
  check(given) {
    const format = given.value('f');
    if (!isAudioFormat(format)) return undefined;
    const { rates, channels: most }: { rates: readonly number[]; channels: number } = audioFormats[format];
    const rate = given.value('ar');
    if (typeof rate === 'number' && !rates.includes(rate)) {
      return { parameter: 'ar', reason: `${format} takes a sample rate of ${rates.join(', ')} Hz.`, cure: 'drop' };
    }
    const count = given.value('ac');
    if (typeof count === 'number' && count > most) {
      return { parameter: 'ac', reason: `${format} takes at most ${most} channels.`, cure: 'drop' };
    }
    return undefined;
  },
};
