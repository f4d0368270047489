import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { MediaSummary } from '../../domain/ports/media-engine.ts';
import { joinedMs, joint, openPieces, pieceInputs, soundOf } from '../ffmpeg/concat.ts';
import { container } from '../ffmpeg/containers.ts';
import { ENCODING_SHARE, type Job, nothingDecoded } from '../ffmpeg/job.ts';
import { planSound, type SoundCodec } from '../ffmpeg/sound.ts';
import { percentOf } from '../ffmpeg/time.ts';

type ConcatParams = OperationNamed<'audio/concat'>['params'];

const operation = 'audio/concat';

/** Joins sound files: each brought to one rate and number of channels, then one behind the other. */
export async function concatSound(job: Job, params: ConcatParams): Promise<MediaSummary> {
  const { run, ffmpeg, workspace } = job;
  const pieces = await openPieces(operation, job, params);
  const facts =
    (pieces[params.align] ?? pieces[0])?.facts.audio ?? pieces.find((piece) => piece.facts.audio)?.facts.audio;
  if (facts === undefined)
    throw new DomainError('MediaUnreadable', { reason: 'None of the files has a sound stream.' });
  const codec: SoundCodec = params.f === 'oga' ? 'vorbis' : params.f;
  const { ar, ac, aq, ab, abopt, f } = params;
  const sound = planSound(operation, facts, { codec, ar, ac, aq, ab, abopt });
  ffmpeg.requireEncoder(sound.encoder);
  const graph = [
    ...pieces.map((piece, input) => soundOf(piece, input, sound)),
    joint(pieces.length, { video: false, audio: true }),
  ].join(';');
  const report = percentOf(joinedMs(pieces), ENCODING_SHARE, run.progress);
  const name = `result.${f}`;
  const done = await ffmpeg.transcode({
    workspace,
    inputs: pieceInputs(pieces),
    output: [
      ...['-filter_complex', graph, '-map', '[a]', '-map_metadata', '-1', '-map_chapters', '-1'],
      ...sound.options,
      ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', container(f).muxer, name],
    ],
    signal: run.signal,
    report: (progress) => report(progress.outTimeMs),
  });
  if (done.outTimeMs === 0) throw nothingDecoded(operation, params.ss);
  await run.emit({
    contentType: container(f).contentType,
    extension: f,
    body: { path: await workspace.output(name) },
    variables: { streamindex: '0', index: '1' },
  });
  return { durationMs: Math.round(done.outTimeMs) };
}
