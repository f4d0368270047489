import { evenlySpaced, type FrameTimes } from '../ffmpeg/frame-times.ts';
import type { MediaFacts } from '../ffmpeg/probe.ts';
import { type ConvertParams, type ConvertPlan, planRate } from './convert.ts';

/** A stretch of a video that is encoded by itself: from a key frame up to the next part. Times are microseconds. */
export interface Part {
  startUs: number;
  /** Of the next part; undefined for the last one. */
  endUs: number | undefined;
  /** How many the source has there, and so how many must come out. */
  frames: number;
}

/** Below this a run of its own for each part costs more than it gains. */
const SHORTEST_SOURCE_MS = 60_000;
const SHORTEST_PART_US = 10e6;
const LONGEST_PART_US = 60e6;

/** Containers whose joints were found to be those of one run: same times, same packets of sound. */
const SPLITTABLE = ['mp4', 'mov', 'mkv'];

/** Sound that is the same after it went through a file of its own; MP3 would lose where it ends. */
const PORTABLE_SOUND = ['aac', 'ac3'];

/**
 * Whether parts encoded one by one come to what one run makes. A bit rate is spent over the whole, and a buffer filled over
 * joints, so neither can be divided; other rates and starts would have to fall on the same frames from part to part.
 */
export function mayBeSplit(params: ConvertParams, { size }: ConvertPlan, facts: MediaFacts): boolean {
  const { video } = facts;
  if (video === undefined || size === undefined || params.vcodec === 'copy') return false;
  if (params.ss !== 0 || params.t !== 0) return false;
  if (params.vb !== undefined || params.maxrate !== undefined || params.pixfmt === 'yuva420p') return false;
  const rate = video.framesPerSecond;
  if (video.variableRate || rate === undefined) return false;
  if ((planRate(params, video) ?? rate) !== rate) return false;
  return SPLITTABLE.includes(params.f) && (facts.durationMs ?? 0) >= SHORTEST_SOURCE_MS;
}

/** Whether the sound is encoded in a run beside those of the picture, or with the joint. */
export const soundApart = ({ an, acodec }: ConvertParams, plan: ConvertPlan): boolean =>
  an === 0 && plan.audio !== undefined && PORTABLE_SOUND.includes(acodec);

/**
 * Parts of about one length, two for each worker, or undefined where that would be one. The source begins with its first
 * frame, and its frames come at one rate.
 */
export function planParts(
  times: FrameTimes,
  { framesPerSecond, workers }: { framesPerSecond: number; workers: number },
): Part[] | undefined {
  const [first = 0] = times.all;
  const frameUs = 1e6 / framesPerSecond;
  if (!evenlySpaced(times, framesPerSecond)) return undefined;
  const total = times.all.length * frameUs;
  const length = Math.min(LONGEST_PART_US, Math.max(SHORTEST_PART_US, total / (2 * workers)));
  const starts = [first];
  const end = first + total;
  for (const key of times.keys) {
    // Never so near to an end that what is left is hardly a part.
    const since = key - (starts.at(-1) ?? first);
    if (since >= length - frameUs && end - key >= SHORTEST_PART_US / 2) starts.push(key);
  }
  if (starts.length < 2) return undefined;
  let at = 0;
  return starts.map((startUs, part) => {
    const endUs = starts[part + 1];
    const before = at;
    while (at < times.all.length && (endUs === undefined || (times.all[at] ?? 0) < endUs)) at += 1;
    return { startUs, endUs, frames: at - before };
  });
}
