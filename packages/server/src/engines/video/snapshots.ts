import type { OperationNamed } from '@millrace/process';
import type { MediaFacts, VideoFacts } from '../ffmpeg/probe.ts';
import { expectedMs, requireStartInside, startAt } from '../ffmpeg/time.ts';
import type { Box } from './geometry.ts';
import { pictureEncoder, pictureFilters, planFrame } from './picture.ts';

export type SnapshotsParams = OperationNamed<'video/snapshots'>['params'];

/** Frames are reduced to this before they are compared: eight differences in each of eight rows. */
const HASH = { width: 9, height: 8 };
const HASH_BYTES = HASH.width * HASH.height;
export const HASH_FILE = 'frames.gray';

export interface SnapshotsPlan {
  input: string[];
  /** Complete but for the name of the numbered picture files, which comes last. */
  output: string[];
  size: Box;
  /** How many frames to expect; undefined when the source does not say how long it is. */
  frames: number | undefined;
  /** With `m_dhash`: which of the frames to keep is decided by `HASH_FILE` afterwards. */
  hashed: boolean;
}

/** Maps `video/snapshots` onto one run of FFmpeg that leaves numbered pictures. */
export function planSnapshots(params: SnapshotsParams, facts: MediaFacts, video: VideoFacts): SnapshotsPlan {
  requireStartInside('video/snapshots', facts, params.ss);
  const geometry = planFrame(video, params);
  const sampling = sampleFrames(params, facts, video);
  const shape = pictureFilters(facts, geometry, params.f);
  const pictures = ['-fps_mode', 'passthrough', ...pictureEncoder(params.f), '-flags:v', '+bitexact', '-f', 'image2'];
  const chosen = ['-an', '-sn', '-dn'];
  if (params.m === 'dhash') {
    const graph = [
      `[0:${video.index}]${[...sampling.filters, 'split[full][small]'].join(',')}`,
      `[full]${shape.length > 0 ? shape.join(',') : 'null'}[pictures]`,
      `[small]scale=${HASH.width}:${HASH.height}:flags=area,format=gray[hash]`,
    ].join(';');
    return {
      input: startAt(params.ss),
      output: [
        ...['-filter_complex', graph],
        ...['-map', '[hash]', '-fps_mode', 'passthrough', '-c:v', 'rawvideo', '-f', 'rawvideo', HASH_FILE],
        ...['-map', '[pictures]', ...pictures],
      ],
      size: geometry.size,
      frames: sampling.frames,
      hashed: true,
    };
  }
  const filters = [...sampling.filters, ...shape];
  return {
    input: [...(params.m === 'key' ? ['-skip_frame', 'nokey'] : []), ...startAt(params.ss)],
    output: [
      ...['-map', `0:${video.index}`, ...chosen],
      ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
      ...(params.num > 0 ? ['-frames:v', String(params.num)] : []),
      ...pictures,
    ],
    size: geometry.size,
    frames: sampling.frames,
    hashed: false,
  };
}

/**
 * The filter that shows one frame at each multiple of an interval: the frame a player would show at that moment. With
 * `round=up` a frame counts from the first multiple after its own time on, and the last multiple before the end is the
 * last frame; what was cut off before the first frame is filled with it.
 */
export function everyInterval(ms: number): string {
  return `fps=fps=1000000/${Math.round(ms * 1000)}:start_time=0:round=up`;
}

function sampleFrames(
  params: SnapshotsParams,
  facts: MediaFacts,
  video: VideoFacts,
): { filters: string[]; frames: number | undefined } {
  const length = expectedMs(facts, params.ss);
  const frameMs = video.framesPerSecond === undefined ? 0 : 1000 / video.framesPerSecond;
  const all = length === undefined || frameMs === 0 ? undefined : Math.ceil(length / frameMs);
  const atMost = (frames: number | undefined) => (params.num > 0 ? Math.min(params.num, frames ?? params.num) : frames);
  if (params.m === 'key') return { filters: [], frames: params.num > 0 ? params.num : undefined };
  if (params.m === 'avg') {
    const span = spanMs(video, facts, params.ss);
    const interval = span === undefined || params.num === 0 ? 0 : span / params.num;
    if (interval > frameMs) return { filters: [everyInterval(interval)], frames: params.num };
    return { filters: [], frames: atMost(all) };
  }
  // Below the distance of two frames every frame is meant, each once.
  const filters = params.inter > frameMs ? [everyInterval(params.inter)] : [];
  const count = params.inter > frameMs ? (length === undefined ? undefined : Math.ceil(length / params.inter)) : all;
  return { filters, frames: params.m === 'dhash' ? count : atMost(count) };
}

/** How long the picture itself runs on after `ss`: sound may go on after its last frame. */
function spanMs(video: VideoFacts, facts: MediaFacts, ss: number): number | undefined {
  const whole = video.durationMs ?? facts.durationMs;
  return whole === undefined || whole <= ss ? undefined : whole - ss;
}

/**
 * Which frames differ from the last one kept: their difference hashes are `threshold` percent of the 64 bits apart, or
 * more than that. The first frame is always kept. Indexes from 0, at most `most` of them (0: all).
 */
export function keepChanges(gray: Uint8Array, threshold: number, most: number): number[] {
  const kept: number[] = [];
  let last: boolean[] | undefined;
  for (let frame = 0; (frame + 1) * HASH_BYTES <= gray.length; frame++) {
    if (most > 0 && kept.length >= most) break;
    const hash = differenceHash(gray.subarray(frame * HASH_BYTES, (frame + 1) * HASH_BYTES));
    const moved = last === undefined ? 64 : hash.filter((bit, index) => bit !== last?.[index]).length;
    if (last !== undefined && (moved * 100) / 64 <= threshold) continue;
    kept.push(frame);
    last = hash;
  }
  return kept;
}

/** Whether each pixel is brighter than its right neighbour, row by row. */
function differenceHash(gray: Uint8Array): boolean[] {
  const bits: boolean[] = [];
  for (let row = 0; row < HASH.height; row++) {
    for (let column = 0; column + 1 < HASH.width; column++) {
      const at = row * HASH.width + column;
      bits.push((gray[at] ?? 0) > (gray[at + 1] ?? 0));
    }
  }
  return bits;
}
