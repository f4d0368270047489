import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { FilmLook, MediaSummary } from '../../domain/ports/media-engine.ts';
import { joinedMs, joint, openPieces, type Piece, pieceInputs, soundOf, standInSeconds } from '../ffmpeg/concat.ts';
import { requireFit, soundOnly } from '../ffmpeg/containers.ts';
import { ENCODING_SHARE, type Job, nothingDecoded } from '../ffmpeg/job.ts';
import type { VideoFacts } from '../ffmpeg/probe.ts';
import { planSound, type SoundPlan } from '../ffmpeg/sound.ts';
import { percentOf, seconds } from '../ffmpeg/time.ts';
import { codecTag, keptPixelFormat, muxing, planRate, planSize, videoEncoder } from './convert.ts';
import { openFilmFiles } from './film-files.ts';
import { changed, changesOf, markInputs } from './film-look.ts';
import { depth, details, keyFrames, rated } from './film-plan.ts';
import { type Box, fitPicture, geometryFilters } from './geometry.ts';
import { emitFilm } from './pieces.ts';

type ConcatParams = OperationNamed<'video/concat'>['params'];

const operation = 'video/concat';

/** Of a source that does not tell its own. */
const USUAL_RATE = 25;

interface PicturePlan {
  size: Box;
  /** Frames per second. */
  rate: string;
  pixelFormat: string;
  encoder: string;
  options: string[];
}

/**
 * Joins videos: each brought to one size, rate, pixel format and layout of channels, then one behind the other. A file
 * without sound is silent for its time, one without a picture black.
 */
export async function concatVideo(job: Job, params: ConcatParams): Promise<MediaSummary> {
  const { run, ffmpeg, workspace } = job;
  const { silent = [], dark = [], ...film } = run.film ?? {};
  const pieces = (await openPieces(operation, job, params)).map((piece, index): Piece => {
    const { facts } = piece;
    const picture = dark.includes(index) ? { video: undefined } : {};
    return { ...piece, facts: { ...facts, ...picture, ...(silent.includes(index) && { audio: undefined }) } };
  });
  const picture = planPicture(params, pieces);
  const sound = planTrack(params, pieces, film);
  if (picture === undefined && sound === undefined) {
    throw new DomainError('MediaUnreadable', { reason: 'None of the files has a stream that the result would hold.' });
  }
  for (const { encoder } of [picture, sound].filter((plan) => plan !== undefined)) ffmpeg.requireEncoder(encoder);
  const { speed = 1, segments } = film;
  const changes = picture && (await changesOf(film, picture.size, await openFilmFiles(job), workspace));
  const graph = [
    ...(picture ? pieces.map((piece, input) => pictureOf(piece, input, picture, params.scaletype)) : []),
    ...(sound ? pieces.map((piece, input) => soundOf(piece, input, sound)) : []),
    joint(pieces.length, { video: picture !== undefined, audio: sound !== undefined }),
    ...(picture && changes
      ? [
          changed('[v]', '[shown]', {
            ...{ filters: [], last: [`format=${picture.pixelFormat}`], changes, firstMark: pieces.length, tag: 'v' },
          }),
        ]
      : []),
    ...(sound ? [`[a]${speed === 1 ? 'anull' : `atempo=${speed}`}[heard]`] : []),
  ].join(';');
  const whole = joinedMs(pieces);
  const report = percentOf(whole && whole / speed, ENCODING_SHARE, run.progress);
  const name = `result.${params.f}`;
  const done = await ffmpeg.transcode({
    workspace,
    inputs: [...pieceInputs(pieces), ...(changes ? markInputs(changes) : [])],
    output: [
      ...['-filter_complex', graph],
      ...(picture ? ['-map', '[shown]', '-fps_mode', 'cfr', ...picture.options, ...details(film)] : []),
      ...(picture && segments ? keyFrames(segments) : []),
      ...(sound ? ['-map', '[heard]', ...sound.options, ...depth(film)] : []),
      ...['-sn', '-map_metadata', '-1', ...muxing(params.f), name],
    ],
    signal: run.signal,
    report: (progress) => report(progress.outTimeMs),
  });
  if (picture ? done.frames === 0 : done.outTimeMs === 0) throw nothingDecoded(operation, params.ss);
  const size = changes?.size;
  return emitFilm(job, name, { f: params.f, size, sound: sound !== undefined, outTimeMs: done.outTimeMs });
}

/** Size, rate and encoder of the result, by the file that the others are aligned with. */
function planPicture(params: ConcatParams, pieces: readonly Piece[]): PicturePlan | undefined {
  if (params.vn === 1 || soundOnly(params.f)) return undefined;
  const leading = leader(pieces, params.align, (piece) => piece.facts.video);
  if (leading?.facts.video === undefined) {
    throw new DomainError('MediaUnreadable', {
      reason: `None of the files has a video stream, which f_${params.f} asks for.`,
    });
  }
  const { video } = leading.facts;
  const codec = params.vcodec === 'h265' ? 'hevc' : params.vcodec;
  requireFit(params.f, 'video', codec, 'encoded');
  const pixelFormat = params.pixfmt ?? keptPixelFormat(video.pixelFormat);
  const rate = planRate(params, video) ?? video.framesPerSecond ?? USUAL_RATE;
  const { encoder, options } = videoEncoder(codec, params, leading.facts, pixelFormat);
  return {
    size: planSize(params, video).size,
    rate: String(Number(rate.toFixed(6))),
    pixelFormat,
    encoder,
    options: ['-c:v', encoder, ...options, ...codecTag(params.f, codec)],
  };
}

function planTrack(params: ConcatParams, pieces: readonly Piece[], film: FilmLook): SoundPlan | undefined {
  const audio = leader(pieces, params.align, (piece) => piece.facts.audio)?.facts.audio;
  if (params.an === 1 || audio === undefined) return undefined;
  const { acodec: codec, ac, aq, ab, abopt } = params;
  const ar = rated(params.ar, audio, film);
  const rates = params.f === 'flv' && codec === 'mp3' ? [11025, 22050, 44100] : undefined;
  const plan = planSound(operation, audio, { codec, ar, ac, aq, ab, abopt, rates });
  requireFit(params.f, 'audio', plan.codec, 'encoded');
  return plan;
}

/** The file asked for, unless it lacks what is to be taken from it: then the first that has it. */
function leader(pieces: readonly Piece[], align: number, has: (piece: Piece) => unknown): Piece | undefined {
  const chosen = pieces[align];
  return chosen !== undefined && has(chosen) !== undefined ? chosen : pieces.find((piece) => has(piece) !== undefined);
}

/** Filters for the picture of one piece: brought into the common shape, black where there is none. */
function pictureOf(piece: Piece, input: number, plan: PicturePlan, scaletype: ConcatParams['scaletype']): string {
  const { width, height } = plan.size;
  const { video } = piece.facts;
  if (video === undefined) {
    const black = `color=color=black:size=${width}x${height}:rate=${plan.rate}:duration=${standInSeconds(piece)}`;
    return `${black},setsar=1,format=${plan.pixelFormat}[v${input}]`;
  }
  const filters = [
    ...(piece.t > 0 ? [`trim=duration=${seconds(piece.t)}`] : []),
    'setpts=PTS-STARTPTS',
    `fps=${plan.rate}`,
    ...geometryFilters(shaped(video, plan.size, scaletype)),
    'setsar=1',
    `format=${plan.pixelFormat}`,
  ];
  return `[${input}:${video.index}]${filters.join(',')}[v${input}]`;
}

/** All pieces must have one size, so that a picture which only fits gets bars. */
function shaped(video: VideoFacts, size: Box, scaletype: ConcatParams['scaletype']) {
  return fitPicture(video, size, scaletype === 'fit' ? 'fill' : scaletype, 2);
}
