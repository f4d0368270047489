import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { DomainError } from '../../domain/errors.ts';
import { type FfmpegInput, sourceInput } from '../ffmpeg/ffmpeg.ts';
import { evenlySpaced } from '../ffmpeg/frame-times.ts';
import type { Job } from '../ffmpeg/job.ts';
import { type ConvertParams, type ConvertPlan, muxing } from './convert.ts';
import { mayBeSplit, type Part, planParts, soundApart } from './parts.ts';

const JOINT_LIST = 'parts';
const SOUND = 'sound.mp4';
const partName = (part: number): string => `part-${part}.mp4`;

/** How far the start of a source may be from zero: a rounding of its container. */
const ROUNDING_US = 1_000;

/** A part or the joint is not what one run would have made. */
class Unlike extends Error {}

/**
 * Encodes a long video in parts, several at a time, while workers are idle; sound is encoded once. The result is under `name`
 * once the joint was found to hold every frame of the source at its time. Undefined where that is not to be had, or went
 * wrong in any way: one run then does it, and says what the matter is if it lies in the source.
 */
export async function convertInParts(
  job: Job,
  params: ConvertParams,
  plan: ConvertPlan,
  name: string,
  report: (outTimeMs: number) => void,
): Promise<{ frames: number; outTimeMs: number } | undefined> {
  const { run, ffmpeg, workspace, facts } = job;
  if (!mayBeSplit(params, plan, facts)) return undefined;
  using hired = new DisposableStack();
  const helpers: Disposable[] = [];
  for (let one = ffmpeg.workers.hireIdle(); one !== undefined; one = ffmpeg.workers.hireIdle()) {
    helpers.push(hired.use(one));
  }
  if (helpers.length === 0) return undefined;
  const parts = await partsOf(job, helpers.length + 1);
  if (parts === undefined) return undefined;
  const files = [...parts.keys()].map(partName);
  try {
    await encodeAll(job, params, plan, { parts, helpers, report });
    await requireAlike(job, parts);
    return await join(job, params, plan, parts, name);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof Unlike || error instanceof DomainError) return undefined;
    throw error;
  } finally {
    for (const file of [...files, SOUND, JOINT_LIST]) await rm(`${workspace.path}/${file}`, { force: true });
  }
}

async function partsOf({ run, ffmpeg, workspace, facts }: Job, workers: number): Promise<Part[] | undefined> {
  const { video } = facts;
  if (video?.framesPerSecond === undefined) return undefined;
  const times = await ffmpeg.frameTimes(workspace, sourceInput(facts), String(video.index), run.signal);
  const startUs = Number(facts.raw.format.start_time ?? 0) * 1e6;
  // A picture that begins later than the sound would have to keep that distance.
  if (times === undefined || Math.abs((times.all[0] ?? 0) - startUs) > ROUNDING_US) return undefined;
  return planParts(times, { framesPerSecond: video.framesPerSecond, workers });
}

/** Sound and parts, in order, by this job's worker and those that help while nobody else needs them. */
async function encodeAll(
  { run, ffmpeg, workspace, facts }: Job,
  params: ConvertParams,
  plan: ConvertPlan,
  {
    parts,
    helpers,
    report,
  }: { parts: readonly Part[]; helpers: readonly Disposable[]; report: (outTimeMs: number) => void },
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const [first = 0] = parts.map(({ startUs }) => startUs);
  const startUs = Number(facts.raw.format.start_time ?? 0) * 1e6;
  const reached = parts.map(() => 0);
  const alone = ['-sn', ...muxing('mp4')];
  const runs = parts.map((part, number) => async () => {
    const done = await ffmpeg.transcode({
      workspace,
      inputs: [sourceInput(facts, part.startUs === first ? [] : ['-ss', inSeconds(part.startUs - startUs)])],
      output: [
        ...(plan.video ?? []),
        // Several encoders share the cores that one would have had.
        ...['-threads', String(Math.max(2, Math.ceil(availableParallelism() / (helpers.length + 1))))],
        ...(part.endUs === undefined ? [] : ['-t', inSeconds(part.endUs - part.startUs)]),
        ...['-an', ...alone, partName(number)],
      ],
      signal,
      report(progress) {
        reached[number] = progress.outTimeMs;
        report(reached.reduce((sum, ms) => sum + ms, 0));
      },
    });
    if (done.frames !== part.frames) throw new Unlike(`${partName(number)} has ${done.frames} frames`);
  });
  if (soundApart(params, plan)) {
    const output = ['-vn', ...(plan.audio ?? []), ...alone, SOUND];
    runs.unshift(
      async () => void (await ffmpeg.transcode({ workspace, inputs: [sourceInput(facts)], output, signal })),
    );
  }
  const work = async (stays: () => boolean): Promise<void> => {
    for (let next = runs.shift(); next !== undefined; next = stays() ? runs.shift() : undefined) await next();
  };
  const help = async (helper: Disposable): Promise<void> => {
    using _ = helper;
    await work(() => !ffmpeg.workers.crowded);
  };
  const failed = (error: unknown): void => {
    // Whoever fails first says why; the others are stopped, and end before this does.
    stop.abort(error);
    runs.length = 0;
  };
  await Promise.all([work(() => true), ...helpers.map(help)].map((lane) => lane.catch(failed)));
  stop.signal.throwIfAborted();
}

/** Parts can be put behind each other only if each begins with its first frame and all are read by the same headers. */
async function requireAlike({ run, ffmpeg, workspace }: Job, parts: readonly Part[]): Promise<void> {
  const headers = new Set<string | undefined>();
  for (const number of parts.keys()) {
    const { raw } = await ffmpeg.probe(workspace, run.signal, undefined, partName(number));
    const [stream] = raw.streams;
    if (Number(stream?.start_time) !== 0) throw new Unlike(`${partName(number)} begins at ${stream?.start_time}`);
    headers.add(stream?.extradata_hash);
  }
  if (headers.size !== 1) throw new Unlike('The parts differ in their headers');
}

async function join(
  { run, ffmpeg, workspace, facts }: Job,
  params: ConvertParams,
  plan: ConvertPlan,
  parts: readonly Part[],
  name: string,
): Promise<{ frames: number; outTimeMs: number }> {
  const rate = facts.video?.framesPerSecond ?? 0;
  let frames = 0;
  const list = parts.map((part, number) => {
    // Counted in frames from the beginning: times of the source may be rounded, and roundings add up.
    const fromUs = Math.round((frames * 1e6) / rate);
    frames += part.frames;
    return `file ${partName(number)}\nduration ${inSeconds(Math.round((frames * 1e6) / rate) - fromUs)}\n`;
  });
  await writeFile(`${workspace.path}/${JOINT_LIST}`, `ffconcat version 1.0\n${list.join('')}`);
  const apart = soundApart(params, plan);
  // The source comes first, so that what describes the whole is taken from it.
  const inputs: FfmpegInput[] = [sourceInput(facts), { name: JOINT_LIST, demuxer: 'concat' }];
  if (apart) inputs.push({ name: SOUND, demuxer: 'mov' });
  const tag = plan.video?.indexOf('-tag:v') ?? -1;
  const done = await ffmpeg.transcode({
    workspace,
    inputs,
    output: [
      ...['-map', '1:v:0', '-c:v', 'copy', ...(tag < 0 ? [] : (plan.video ?? []).slice(tag, tag + 2))],
      ...(apart ? ['-map', '2:a:0', '-c:a', 'copy'] : (plan.audio ?? ['-an'])),
      ...plan.rest,
      name,
    ],
    signal: run.signal,
  });
  const made = await ffmpeg.probe(workspace, run.signal, undefined, name);
  const times = await ffmpeg.frameTimes(workspace, sourceInput(made, [], name), 'v:0', run.signal);
  if (times?.all.length !== frames || !evenlySpaced(times, rate)) throw new Unlike('The joint is not whole');
  return { frames, outTimeMs: Math.max(done.outTimeMs, (frames * 1000) / rate) };
}

const inSeconds = (us: number): string => (us / 1e6).toFixed(6);
