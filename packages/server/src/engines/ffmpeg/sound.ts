import { type AudioFormat, audioFormats } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { AudioFacts } from './probe.ts';

export type SoundCodec = 'mp3' | 'aac' | 'flac' | 'vorbis' | 'ac3' | 'opus' | 'amr';

/** What the sound should become; named as in process strings. */
export interface SoundRequest {
  codec: SoundCodec;
  ar?: number | undefined;
  ac?: number | undefined;
  aq?: number | undefined;
  ab?: number | undefined;
  abopt: 0 | 1 | 2;
  /** The rates of the container, where it is choosier than the codec. */
  rates?: readonly number[] | undefined;
}

interface SoundEncoder {
  format: AudioFormat;
  /** FFmpeg's name for what comes out. */
  codec: string;
  encoder: string;
  /** The vendor's 0–100 on this codec's own scale. */
  quality(aq: number, channels: number): string[];
  /** bit/s that the codec can do, for one channel. */
  bitrates?: { least: number; most: number };
}

const scale = (aq: number, worst: number, best: number): number => worst + ((best - worst) * aq) / 100;
const figure = (value: number): string => String(Number(value.toFixed(3)));

/** Wide-band AMR is another codec with another encoder. */
const wideBand: SoundEncoder = {
  format: 'amr',
  codec: 'amr_wb',
  encoder: 'libvo_amrwbenc',
  quality: (aq) => ['-b:a', String(Math.round(scale(aq, 6_600, 23_850)))],
  bitrates: { least: 6_600, most: 23_850 },
};

/**
 * `aq` is linear on each codec's scale of variable bit rates; the vendor publishes no map of its own. Codecs without
 * such a scale get a bit rate that is linear in `aq` instead, and FLAC, which loses nothing, ignores it.
 */
const encoders: Readonly<Record<SoundCodec, SoundEncoder>> = {
  mp3: {
    format: 'mp3',
    codec: 'mp3',
    encoder: 'libmp3lame',
    quality: (aq) => ['-q:a', figure(scale(aq, 9, 0))],
    bitrates: { least: 8_000, most: 320_000 },
  },
  aac: { format: 'aac', codec: 'aac', encoder: 'aac', quality: (aq) => ['-q:a', figure(scale(aq, 0.1, 2))] },
  flac: { format: 'flac', codec: 'flac', encoder: 'flac', quality: () => [] },
  vorbis: {
    format: 'oga',
    codec: 'vorbis',
    encoder: 'libvorbis',
    quality: (aq) => ['-q:a', figure(scale(aq, -1, 10))],
  },
  ac3: {
    format: 'ac3',
    codec: 'ac3',
    encoder: 'ac3',
    quality: (aq, channels) => ['-b:a', String(Math.round(scale(aq, 32_000, 112_000) * channels))],
    bitrates: { least: 32_000, most: 640_000 },
  },
  opus: {
    format: 'opus',
    codec: 'opus',
    encoder: 'libopus',
    quality: (aq, channels) => ['-b:a', String(Math.round(scale(aq, 12_000, 128_000) * channels))],
    bitrates: { least: 500, most: 256_000 },
  },
  amr: {
    format: 'amr',
    codec: 'amr_nb',
    encoder: 'libopencore_amrnb',
    quality: (aq) => ['-b:a', String(Math.round(scale(aq, 4_750, 12_200)))],
    bitrates: { least: 4_750, most: 12_200 },
  },
};

/** FFmpeg's options for one audio stream, and what they make. */
export interface SoundPlan {
  codec: string;
  encoder: string;
  rate: number;
  channels: number;
  options: string[];
}

/** Chooses rate, channels and bit rate within what the codec can do; refuses what was asked for and cannot be. */
export function planSound(operation: string, source: AudioFacts, request: SoundRequest): SoundPlan {
  const narrow = encoders[request.codec];
  const { rates, channels: most }: { rates: readonly number[]; channels: number } = audioFormats[narrow.format];
  const legal = request.rates ? rates.filter((rate) => request.rates?.includes(rate)) : rates;
  const refuse = (parameter: string, value: number, reason: string) =>
    new DomainError('ProcessInvalid', { operation, parameter, value: String(value), reason });

  if (request.ar !== undefined && !legal.includes(request.ar)) {
    throw refuse('ar', request.ar, `${request.codec} takes a sample rate of ${legal.join(', ')} Hz here.`);
  }
  if (request.ac !== undefined && request.ac > most) {
    throw refuse('ac', request.ac, `${request.codec} takes at most ${most} channels.`);
  }
  // AMR means its narrow band, which every player has, unless 16 kHz are asked for.
  const rate = request.ar ?? (request.codec === 'amr' ? 8000 : nearest(source.sampleRate, legal));
  const channels = request.ac ?? Math.min(source.channels, most);
  const chosen = request.codec === 'amr' && rate === 16_000 ? wideBand : narrow;

  const options = ['-c:a', chosen.encoder];
  if (rate !== source.sampleRate) options.push('-ar', String(rate));
  if (channels !== source.channels) options.push('-ac', String(channels));
  if (request.aq !== undefined) options.push(...chosen.quality(request.aq, channels));
  else if (request.ab !== undefined && chosen.encoder !== 'flac') {
    const wanted = chooseBitrate(operation, 'ab', request.ab, request.abopt, source.bitrate);
    options.push('-b:a', String(clamp(wanted, chosen.bitrates, chosen.codec === 'opus' ? channels : 1)));
  }
  return { codec: chosen.codec, encoder: chosen.encoder, rate, channels, options };
}

/**
 * The vendor's `…opt` rule: 0 uses the target, 1 the source's value where that is lower, 2 fails where it is lower. A
 * source that does not say its bit rate counts as not lower.
 */
export function chooseBitrate(
  operation: string,
  parameter: 'ab' | 'vb',
  target: number,
  option: 0 | 1 | 2,
  source: number | undefined,
): number {
  if (option === 0 || source === undefined || source >= target) return target;
  if (option === 1) return Math.round(source);
  throw new DomainError('ProcessInvalid', {
    operation,
    parameter: `${parameter}opt`,
    value: '2',
    reason: `The source has ${Math.round(source)} bit/s, less than ${parameter}_${target}; use ${parameter}opt_1 to keep its rate.`,
  });
}

/** The closest of some rates; the higher one when two are equally close. */
export function nearest(wanted: number, rates: readonly number[]): number {
  return rates.reduce(
    (best, rate) => (Math.abs(rate - wanted) <= Math.abs(best - wanted) ? rate : best),
    rates[0] ?? wanted,
  );
}

function clamp(value: number, range: SoundEncoder['bitrates'], factor: number): number {
  if (!range) return value;
  return Math.min(Math.max(value, range.least), range.most * factor);
}
