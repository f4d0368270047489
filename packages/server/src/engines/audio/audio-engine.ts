import { DomainError } from '../../domain/errors.ts';
import type { MediaEngine, MediaSummary } from '../../domain/ports/media-engine.ts';
import { container } from '../ffmpeg/containers.ts';
import { type Ffmpeg, sourceInput } from '../ffmpeg/ffmpeg.ts';
import { ENCODING_SHARE, emitInfo, ffmpegEngine, type Job, nothingDecoded } from '../ffmpeg/job.ts';
import { expectedMs, percentOf } from '../ffmpeg/time.ts';
import { concatSound } from './concat.ts';
import { type ConvertParams, planConvert } from './convert.ts';

/** Engine for `audio/…`: convert, concat, info. */
export const createAudioEngine = (ffmpeg: Ffmpeg): MediaEngine => ffmpegEngine(ffmpeg, perform);

async function perform(job: Job): Promise<MediaSummary> {
  const [operation] = job.run.operations;
  switch (operation?.name) {
    case 'audio/convert':
      return convert(job, operation.params);
    case 'audio/concat':
      return concatSound(job, operation.params);
    case 'audio/info':
      return emitInfo(job);
    default:
      throw new DomainError('MediaUnsupported', { reason: `The audio engine has no operation ${operation?.name}.` });
  }
}

async function convert({ run, ffmpeg, workspace, facts }: Job, params: ConvertParams): Promise<MediaSummary> {
  const plan = planConvert(params, facts);
  ffmpeg.requireEncoder(plan.encoder);
  const report = percentOf(expectedMs(facts, params.ss, params.t), ENCODING_SHARE, run.progress);
  const name = `result.${params.f}`;
  const done = await ffmpeg.transcode({
    workspace,
    inputs: [sourceInput(facts, plan.input)],
    output: [...plan.output, name],
    signal: run.signal,
    report: (progress) => report(progress.outTimeMs),
  });
  if (done.outTimeMs === 0) throw nothingDecoded('audio/convert', params.ss);
  await run.emit({
    contentType: container(params.f).contentType,
    extension: params.f,
    body: { path: await workspace.output(name) },
    variables: { streamindex: '0', index: '1' },
  });
  return { durationMs: Math.round(done.outTimeMs) };
}
