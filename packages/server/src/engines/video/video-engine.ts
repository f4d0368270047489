import { readFile, rename, rm, stat } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { MediaEngine, MediaSummary } from '../../domain/ports/media-engine.ts';
import { type Ffmpeg, sourceInput } from '../ffmpeg/ffmpeg.ts';
import { ENCODING_SHARE, emitInfo, ffmpegEngine, type Job, nothingDecoded, summary } from '../ffmpeg/job.ts';
import type { MediaFacts } from '../ffmpeg/probe.ts';
import { expectedMs, percentOf, seconds } from '../ffmpeg/time.ts';
import { takeAhead } from './ahead.ts';
import { type AnimationParams, planAnimation, tooManyFrames } from './animation.ts';
import { concatVideo } from './concat.ts';
import { type ConvertParams, planConvert } from './convert.ts';
import { planFilm } from './film-plan.ts';
import { extractTexts } from './film-texts.ts';
import type { Box } from './geometry.ts';
import { pictureTypes, requireVideo } from './picture.ts';
import { emitFilm } from './pieces.ts';
import { segment } from './segment.ts';
import { planSnapshot, type SnapshotParams } from './snapshot.ts';
import { HASH_FILE, keepChanges, planSnapshots, type SnapshotsParams } from './snapshots.ts';
import { convertInParts } from './split.ts';
import { planSheets, type SpriteParams, TILES, tileName, tileParams } from './sprite.ts';

/** Engine for `video/…`: convert, concat, snapshots, sprite, animation, snapshot, info. */
export const createVideoEngine = (ffmpeg: Ffmpeg): MediaEngine => ffmpegEngine(ffmpeg, perform, takeAhead);

async function perform(job: Job): Promise<MediaSummary> {
  const [operation] = job.run.operations;
  switch (operation?.name) {
    case 'video/convert':
      return convert(job, operation.params);
    case 'video/snapshots':
      return snapshots(job, operation.params);
    case 'video/snapshot':
      return snapshot(job, operation.params);
    case 'video/animation':
      return animation(job, operation.params);
    case 'video/concat':
      return concatVideo(job, operation.params);
    case 'video/sprite':
      return sprite(job, operation.params);
    case 'hls/m3u8':
      return segment(job, operation.params);
    case 'video/info':
      return emitInfo(job);
    default:
      throw new DomainError('MediaUnsupported', { reason: `The video engine has no operation ${operation?.name}.` });
  }
}

async function convert(job: Job, params: ConvertParams): Promise<MediaSummary> {
  const { run, ffmpeg, workspace, facts } = job;
  const { film } = run;
  if (film?.extract) return extractTexts(job, params, film, film.extract);
  const plain = film ? undefined : planConvert(params, facts);
  const plan = plain
    ? { ...plain, inputs: [sourceInput(facts, plain.input)] }
    : await planFilm(job, params, film ?? {});
  for (const encoder of plan.encoders) ffmpeg.requireEncoder(encoder);
  const expected = expectedMs(facts, params.ss, params.t);
  const report = percentOf(expected && expected / (film?.speed ?? 1), ENCODING_SHARE, run.progress);
  const name = `result.${params.f}`;
  const done =
    // Of a film that is changed as a whole, parts would not know where in it they stand.
    (plain ? await convertInParts(job, params, plain, name, report) : undefined) ??
    (await ffmpeg.transcode({
      workspace,
      inputs: plan.inputs,
      output: [...plan.output, name],
      signal: run.signal,
      report: (progress) => report(progress.outTimeMs),
    }));
  const nothing = plan.size ? done.frames === 0 : done.outTimeMs === 0;
  if (nothing) throw nothingDecoded('video/convert', params.ss);
  const { size } = plan;
  return emitFilm(job, name, { f: params.f, size, sound: !plan.output.includes('-an'), outTimeMs: done.outTimeMs });
}

async function snapshots(job: Job, params: SnapshotsParams): Promise<MediaSummary> {
  const { run, facts } = job;
  const frames = await takeFrames(job, 'video/snapshots', params);
  for (const [position, path] of frames.paths.entries()) {
    run.signal.throwIfAborted();
    await run.emit({
      contentType: pictureTypes[params.f],
      extension: params.f,
      body: { path: await path() },
      variables: { streamindex: '0', index: String(position + 1), resolution: resolution(frames.size) },
    });
    await rm(await path());
  }
  return { ...summary(facts), pages: frames.paths.length };
}

async function snapshot({ run, ffmpeg, workspace, facts, ahead }: Job, params: SnapshotParams): Promise<MediaSummary> {
  const video = requireVideo(facts);
  const plan = planSnapshot(params, facts, video);
  const name = `frame.${params.f}`;
  for (const attempt of plan.attempts) {
    const source = sourceInput(facts, attempt.input);
    const taken = ahead?.taken(source.demuxer, attempt);
    const output = [...attempt.output, name];
    const done = await (taken ?? ffmpeg.transcode({ workspace, inputs: [source], output, signal: run.signal }));
    if (done.frames === 0) continue;
    await run.emit({
      contentType: pictureTypes[params.f],
      extension: params.f,
      body: { path: await workspace.output(taken && ahead ? ahead.file : name) },
      variables: { streamindex: '0', index: '1', resolution: resolution(plan.size) },
    });
    return summary(facts);
  }
  throw nothingDecoded('video/snapshot', 0);
}

async function animation(job: Job, params: AnimationParams): Promise<MediaSummary> {
  const { run, ffmpeg, workspace } = job;
  const { facts, limit } = partOf(job, params.ss);
  const video = requireVideo(facts);
  const plan = planAnimation(params, facts, video, ffmpeg.limits);
  ffmpeg.requireEncoder(plan.encoder);
  let frames = 0;
  let file = '';
  for (const [pass, step] of plan.runs.entries()) {
    const share = (ENCODING_SHARE * (pass + 1)) / plan.runs.length;
    const report = percentOf(expectedMs(facts, params.ss), Math.floor(share), run.progress);
    const done = await ffmpeg.transcode({
      workspace,
      inputs: [sourceInput(facts, [...plan.input, ...limit])],
      output: [...step.output, step.file],
      signal: run.signal,
      report: (progress) => report(progress.outTimeMs),
    });
    frames = done.frames;
    file = step.file;
    if (frames === 0) throw nothingDecoded('video/animation', params.ss);
  }
  if (frames > plan.most) throw tooManyFrames(plan.most, plan.size);
  await run.emit({
    contentType: pictureTypes[params.f],
    extension: params.f,
    body: { path: await workspace.output(file) },
    variables: { streamindex: '0', index: '1', resolution: resolution(plan.size) },
  });
  return { ...summary(facts), pages: frames };
}

/** Sheets of tiles: frames are taken in the size of a tile, and laid out by a run of FFmpeg for each kind of sheet. */
async function sprite(job: Job, params: SpriteParams): Promise<MediaSummary> {
  const { run, ffmpeg, workspace, facts } = job;
  const { f } = params;
  // Tiles are compressed once, with their sheet.
  const frames = await takeFrames(job, 'video/sprite', tileParams(params));
  for (const [position, path] of frames.paths.entries()) {
    await rename(await path(), `${workspace.path}/${tileName(position + 1)}`);
  }
  let index = 0;
  for (const [kind, plan] of planSheets(params, frames.size, frames.paths.length).entries()) {
    const sheetName = (number: string) => `sheet-${kind}-${number}.${f}`;
    await ffmpeg.transcode({
      workspace,
      inputs: [{ name: TILES, demuxer: 'image2', options: plan.options }],
      output: [...plan.output, sheetName('%06d')],
      signal: run.signal,
    });
    for (let sheet = 1; sheet <= plan.count; sheet++) {
      await run.emit({
        contentType: pictureTypes[f],
        extension: f,
        body: { path: await workspace.output(sheetName(String(sheet).padStart(6, '0'))) },
        variables: { streamindex: '0', index: String(++index), resolution: resolution(plan.size) },
      });
    }
  }
  return { ...summary(facts), pages: index };
}

/** How much of the source frames are taken of: where less than all, it is as if it ended there. */
function partOf({ run, facts }: Job, ss: number): { facts: MediaFacts; limit: string[] } {
  const { length } = run.film ?? {};
  if (length === undefined) return { facts, limit: [] };
  const until = (ms: number | undefined): number => Math.min(ms ?? ss + length, ss + length);
  const { video } = facts;
  return {
    facts: {
      ...facts,
      durationMs: until(facts.durationMs),
      video: video && { ...video, durationMs: until(video.durationMs) },
    },
    limit: ['-t', seconds(length)],
  };
}

/** Frames of a video as numbered pictures in the workspace, in order. `paths` are looked at when they are asked for. */
async function takeFrames(
  job: Job,
  operation: 'video/snapshots' | 'video/sprite',
  params: SnapshotsParams,
): Promise<{ size: Box; paths: (() => Promise<string>)[] }> {
  const { run, ffmpeg, workspace } = job;
  const { facts, limit } = partOf(job, params.ss);
  const video = requireVideo(facts);
  const plan = planSnapshots(params, facts, video);
  const { frames: most, outputBytes } = ffmpeg.limits;
  const tooMany = () =>
    new DomainError('MediaTooLarge', {
      limit: 'frames',
      reason: `One task may take at most ${most} frames; give a larger inter or a num.`,
    });
  if (plan.frames !== undefined && plan.frames > most) throw tooMany();
  const picture = (number: number) => `frame-${String(number).padStart(6, '0')}.${params.f}`;
  const budget = sizeBudget((number) => `${workspace.path}/${picture(number)}`, outputBytes);
  const report = percentOf(expectedMs(facts, params.ss), ENCODING_SHARE - 9, run.progress);
  const done = await ffmpeg.transcode({
    workspace,
    inputs: [sourceInput(facts, [...plan.input, ...limit])],
    output: [...plan.output, `frame-%06d.${params.f}`],
    signal: run.signal,
    report(progress) {
      if (progress.frames > most) throw tooMany();
      budget.check(progress.frames);
      report(progress.outTimeMs);
    },
  });
  await budget.settle(done.frames);
  const last = done.frames;
  if (last === 0) throw nothingDecoded(operation, params.ss);
  if (last > most) throw tooMany();
  const kept = plan.hashed
    ? keepChanges(await readFile(await workspace.output(HASH_FILE)), params.thr, params.num)
    : Array.from({ length: last }, (_, frame) => frame);
  return { size: plan.size, paths: kept.map((frame) => () => workspace.output(picture(frame + 1))) };
}

/**
 * Adds up the pictures written so far and stops the run when they are too much together: the host limits each file, not
 * their sum. A report may come while the previous one is still being looked at; its files are then counted with the next.
 */
function sizeBudget(path: (number: number) => string, most: number) {
  let counted = 0;
  let bytes = 0;
  let under: Promise<void> | undefined;
  let exceeded: DomainError | undefined;
  const count = async (upTo: number) => {
    while (counted < upTo && !exceeded) {
      const file = await stat(path(counted + 1)).catch(() => undefined);
      if (!file) return;
      counted++;
      bytes += file.size;
      if (bytes > most) {
        exceeded = new DomainError('MediaTooLarge', {
          limit: 'output',
          reason: `The frames are larger than ${most} bytes together; give a larger inter, a num, or a smaller size.`,
        });
      }
    }
  };
  return {
    check(frames: number): void {
      if (exceeded) throw exceeded;
      under ??= count(frames).finally(() => {
        under = undefined;
      });
    },
    async settle(frames: number): Promise<void> {
      await under;
      await count(frames);
      if (exceeded) throw exceeded;
    },
  };
}

function resolution({ width, height }: Box): string {
  return `${width}x${height}`;
}
