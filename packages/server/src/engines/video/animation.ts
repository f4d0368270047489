import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { MediaLimits } from '../ffmpeg/limits.ts';
import type { MediaFacts, VideoFacts } from '../ffmpeg/probe.ts';
import { expectedMs, requireStartInside, startAt } from '../ffmpeg/time.ts';
import type { Box } from './geometry.ts';
import { pictureFilters, planFrame } from './picture.ts';
import { everyInterval } from './snapshots.ts';

export type AnimationParams = OperationNamed<'video/animation'>['params'];

/** Delays in a GIF are hundredths of a second, and players take a delay of one for ten. */
const FASTEST_GIF = 50;

/** Choosing a palette for the whole GIF keeps all its frames in memory; past this it is done in a run of its own. */
const PALETTE_MEMORY = 256 * 2 ** 20;

const PALETTE_FILE = 'palette.png';

export interface AnimationPlan {
  input: string[];
  /** One run after the other; each complete but for its file's name. */
  runs: { output: string[]; file: string }[];
  encoder: string;
  size: Box;
  /** The most frames that may come out; one more means that there are too many. */
  most: number;
}

/** Maps `video/animation` onto FFmpeg: sampled frames, played at `fps`, for ever. */
export function planAnimation(
  params: AnimationParams,
  facts: MediaFacts,
  video: VideoFacts,
  limits: MediaLimits,
): AnimationPlan {
  requireStartInside('video/animation', facts, params.ss);
  const geometry = planFrame(video, params);
  const rate = sampleRate(params, video);
  const length = expectedMs(facts, params.ss);
  const perFrame = geometry.size.width * geometry.size.height;
  const most = Math.min(limits.animationFrames, Math.floor(limits.animationPixels / perFrame));
  const wanted = params.num > 0 ? params.num : Number.POSITIVE_INFINITY;
  const expected = Math.min(
    wanted,
    length === undefined ? wanted : Math.ceil((length * (rate.sampled ?? rate.source)) / 1000),
  );
  if (expected > most && (length !== undefined || wanted !== Number.POSITIVE_INFINITY))
    throw tooManyFrames(most, geometry.size);

  const frames = ['-frames:v', String(params.num > 0 ? Math.min(params.num, most + 1) : most + 1)];
  const sampled = [...rate.filters, ...pictureFilters(facts, geometry, params.f)];
  const chosen = ['-an', '-sn', '-dn', '-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact'];
  const map = ['-map', `0:${video.index}`];
  const file = `animation.${params.f}`;
  const plan = { input: startAt(params.ss), size: geometry.size, most };
  if (params.f === 'webp') {
    const output = [...map, ...chosen, ...(sampled.length > 0 ? ['-vf', sampled.join(',')] : []), ...frames];
    const encode = ['-c:v', 'libwebp_anim', '-quality', '75', '-loop', '0', '-f', 'webp'];
    return { ...plan, runs: [{ output: [...output, ...encode], file }], encoder: 'libwebp_anim' };
  }
  const encode = [...frames, '-c:v', 'gif', '-loop', '0', '-f', 'gif'];
  const choose = 'palettegen=stats_mode=diff';
  const apply = 'paletteuse=dither=sierra2_4a:diff_mode=rectangle';
  const held = Math.min(expected, most) * perFrame * 4;
  // The frames are counted before the palette is chosen: afterwards all of the source would be read for it.
  const counted = [...sampled, `trim=end_frame=${params.num > 0 ? Math.min(params.num, most + 1) : most + 1}`];
  if (held <= PALETTE_MEMORY) {
    const graph = `${counted.join(',')},split[frames][sample];[sample]${choose}[palette];[frames][palette]${apply}`;
    return { ...plan, runs: [{ output: [...map, ...chosen, '-vf', graph, ...encode], file }], encoder: 'gif' };
  }
  const palette = [
    ...map,
    ...chosen,
    '-vf',
    [...counted, choose].join(','),
    '-frames:v',
    '1',
    '-c:v',
    'png',
    '-f',
    'image2',
  ];
  const graph = `[0:${video.index}]${counted.join(',')}[frames];[frames][1:0]${apply}[out]`;
  const paint = ['-f', 'png_pipe', '-i', PALETTE_FILE, '-filter_complex', graph, '-map', '[out]', ...chosen, ...encode];
  return {
    ...plan,
    runs: [
      { output: palette, file: PALETTE_FILE },
      { output: paint, file },
    ],
    encoder: 'gif',
  };
}

/**
 * How frames are taken and played. `inter` takes one frame per interval; `fps` then says how many of them are played in
 * a second (so the speed is fps x inter / 1000), and alone it is the rate of an animation in real time.
 */
function sampleRate(
  params: AnimationParams,
  video: VideoFacts,
): { filters: string[]; sampled: number | undefined; source: number } {
  const source = video.framesPerSecond ?? 25;
  const fastest = params.f === 'gif' ? FASTEST_GIF : 240;
  const interval = params.inter > 1000 / source ? params.inter : 0;
  const played = params.fps ? Math.min(params.fps, fastest) : undefined;
  if (params.inter > 0 && played !== undefined) {
    const filters = [
      ...(interval > 0 ? [everyInterval(interval)] : []),
      ...['settb=1/1000000', `setpts=N*${Math.round(1_000_000 / played)}`, `fps=${played}`],
    ];
    return { filters, sampled: interval > 0 ? 1000 / interval : undefined, source };
  }
  if (interval > 0) {
    const rate = Math.min(1000 / interval, fastest);
    return { filters: [everyInterval(1000 / rate)], sampled: rate, source };
  }
  if (played !== undefined && played < source)
    return { filters: [everyInterval(1000 / played)], sampled: played, source };
  // Every frame at its own time, unless that is faster than the format can go.
  if (source <= fastest) return { filters: [], sampled: undefined, source };
  return { filters: [everyInterval(1000 / fastest)], sampled: fastest, source };
}

export function tooManyFrames(most: number, size: Box): DomainError<'MediaTooLarge'> {
  return new DomainError('MediaTooLarge', {
    limit: 'frames',
    reason: `An animation of ${size.width}x${size.height} may have at most ${most} frames; give a larger inter, a smaller w and h, or num.`,
  });
}
