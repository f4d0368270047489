import type { OperationNamed } from '@millrace/process';
import type { MediaFacts, VideoFacts } from '../ffmpeg/probe.ts';
import { startAt } from '../ffmpeg/time.ts';
import { type Box, fitPicture } from './geometry.ts';
import { pictureEncoder, pictureFilters } from './picture.ts';

export type SnapshotParams = OperationNamed<'video/snapshot'>['params'];

/** `input` goes before the source, `output` lacks only the file's name. */
export interface SnapshotAttempt {
  input: string[];
  output: string[];
}

export interface SnapshotPlan {
  /** Tried one after the other until one leaves a picture. */
  attempts: [SnapshotAttempt, ...SnapshotAttempt[]];
  size: Box;
}

/** How much before the end to look for the last frame. */
const TAIL_MS = 2_000;

/**
 * Maps `video/snapshot` onto FFmpeg. Past the end the last frame is meant; what the container says about the end is not
 * always true, so that a time just inside it may find no frame either, and the last frame is looked for again.
 */
export function planSnapshot(params: SnapshotParams, facts: MediaFacts, video: VideoFacts): SnapshotPlan {
  // Without `ar` the frame is as stored. The facts have it as shown.
  const asStored = params.ar === undefined;
  const sideways = video.rotation === 90 || video.rotation === 270;
  const base =
    asStored && sideways
      ? { width: video.height, height: video.width, pixelAspect: 1 / video.pixelAspect }
      : { width: video.width, height: video.height, pixelAspect: video.pixelAspect };
  const turn = (params.ar === 'h' && base.width > base.height) || (params.ar === 'w' && base.height > base.width);
  const picture = turn ? { width: base.height, height: base.width, pixelAspect: 1 / base.pixelAspect } : base;

  const want: Partial<Box> = {};
  if (params.w > 0) want.width = params.w;
  if (params.h > 0) want.height = params.h;
  const both = params.w > 0 && params.h > 0;
  if (params.w === 0 && params.h === 0 && Math.abs(picture.pixelAspect - 1) > 1e-6) {
    want.width = picture.width * picture.pixelAspect;
    want.height = picture.height;
  }
  const geometry = fitPicture(picture, want, both ? 'stretch' : 'fit', 1);
  const filters = [...(turn ? ['transpose=clock'] : []), ...pictureFilters(facts, geometry, params.f)];

  const rotation = asStored ? ['-noautorotate'] : [];
  const output = (last: boolean) => [
    ...['-map', `0:${video.index}`, '-an', '-sn', '-dn'],
    ...(filters.length > 0 ? ['-vf', filters.join(',')] : []),
    // A key frame before `t` has a time below zero, at which only `passthrough` lets it out.
    ...['-fps_mode', 'passthrough', ...(last ? [] : ['-frames:v', '1'])],
    ...pictureEncoder(params.f),
    ...['-flags:v', '+bitexact', '-f', 'image2', '-update', '1'],
  ];
  const end = video.durationMs ?? facts.durationMs;
  const attempts: SnapshotAttempt[] = [];
  if (end === undefined || params.t < end) {
    const fast = params.m === 'fast' ? ['-noaccurate_seek', '-skip_frame', 'nokey'] : [];
    attempts.push({ input: [...rotation, ...fast, ...startAt(params.t)], output: output(false) });
  }
  if (end !== undefined && end > TAIL_MS) {
    attempts.push({ input: [...rotation, ...startAt(end - TAIL_MS)], output: output(true) });
  }
  const whole = { input: rotation, output: output(true) };
  const [first = whole, ...others] = attempts;
  return { attempts: first === whole ? [whole] : [first, ...others, whole], size: geometry.size };
}
