import type { OperationNamed } from '@millrace/process';
import type { MediaSummary } from '../../domain/ports/media-engine.ts';
import { container } from '../ffmpeg/containers.ts';
import { sourceInput } from '../ffmpeg/ffmpeg.ts';
import { type Job, nothingDecoded } from '../ffmpeg/job.ts';
import { seconds } from '../ffmpeg/time.ts';
import { planConvert } from './convert.ts';

/** The time of the first frame of all, so that what comes before it is not before zero. */
const START_MS = 1_000;

/**
 * One segment of a playlist, made by itself: it begins with a key frame, and its times go on where the segment before
 * ends. Frames that depend on later ones would be due before that, so there are none.
 */
export async function segment(
  { run, ffmpeg, workspace, facts }: Job,
  { st, initd: _, ta: __, ...coding }: OperationNamed<'hls/m3u8'>['params'],
): Promise<MediaSummary> {
  const fromMs = (run.segment ?? 0) * st;
  const t = coding.t === 0 ? st : Math.min(st, coding.t - fromMs);
  const plan = planConvert({ ...coding, f: 'ts', sn: 1, ss: coding.ss + fromMs, t }, facts);
  for (const encoder of plan.encoders) ffmpeg.requireEncoder(encoder);
  // An encoder of sound begins a little before zero: left to itself, FFmpeg would move each segment by that much.
  const offset = ['-output_ts_offset', seconds(fromMs + START_MS), '-avoid_negative_ts', 'disabled'];
  const times = [...offset, '-muxdelay', '0', '-muxpreload', '0'];
  const done = await ffmpeg.transcode({
    workspace,
    inputs: [sourceInput(facts, plan.input)],
    output: [...plan.output, ...(plan.size ? ['-bf', '0'] : []), ...times, 'segment.ts'],
    signal: run.signal,
  });
  if (plan.size ? done.frames === 0 : done.outTimeMs === 0) throw nothingDecoded('hls/m3u8', coding.ss + fromMs);
  await run.emit({
    contentType: container('ts').contentType,
    extension: 'ts',
    body: { path: await workspace.output('segment.ts') },
    variables: {},
  });
  return { durationMs: t };
}
