import { DomainError } from '../../domain/errors.ts';
import type { FilmLook, FilmNeighbour, FilmSegments, Streams } from '../../domain/ports/media-engine.ts';
import { container, soundOnly } from '../ffmpeg/containers.ts';
import { type FfmpegInput, sourceInput } from '../ffmpeg/ffmpeg.ts';
import type { Job } from '../ffmpeg/job.ts';
import { type AudioFacts, type MediaFacts, readAudio, readVideo } from '../ffmpeg/probe.ts';
import { expectedMs, lasting, seconds } from '../ffmpeg/time.ts';
import { type ConvertParams, planConvert, TEXT_SUBTITLES } from './convert.ts';
import { type FilmFile, fileNamed, openFilmFiles } from './film-files.ts';
import { changed, changesOf, changesPicture, markInputs } from './film-look.ts';
import { chosen, maps, streamsOf, type Track } from './film-streams.ts';
import { textTracks } from './film-texts.ts';
import type { Box } from './geometry.ts';

/** FFmpeg's part of a film; `output` lacks only the file's name. */
export interface FilmPlan {
  inputs: FfmpegInput[];
  output: string[];
  encoders: string[];
  size: Box | undefined;
}

/** Where pictures of what a film is about can stand, so that players find them. */
const COVERS: readonly string[] = ['mp4', 'mov', 'mkv', 'mp3', 'flac'];

/**
 * A conversion with what process strings have no words for: other streams than the first, streams of other files, and changes
 * of the picture. Throws `ProcessInvalid` where a stream would have to be copied and changed.
 */
export async function planFilm(job: Job, asked: ConvertParams, film: FilmLook): Promise<FilmPlan> {
  const { facts, workspace } = job;
  const { streams = {}, beside = [], speed = 1, segments } = film;
  const files = await openFilmFiles(job);
  const inputs: FfmpegInput[] = [sourceInput(facts)];
  const tracks = streamsOf(facts, 0);
  for (const neighbour of beside) {
    const file = fileNamed(files, neighbour.o);
    const { video, audio } = streamsOf(file.facts, inputs.length, neighbour);
    if (neighbour.video) tracks.video.push(...video);
    if (neighbour.audio) tracks.audio.push(...audio);
    inputs.push(besideInput(file, neighbour));
  }
  const videos = chosen(tracks.video, streams.video, 'first');
  const audios = chosen(tracks.audio, streams.audio, film.mixing ? 'all' : 'first');
  const leading: MediaFacts = {
    ...facts,
    video: videos[0] && readVideo(videos[0].stream),
    audio: audios[0] && readAudio(audios[0].stream),
    subtitle: undefined,
  };
  const { ar: wanted, ...given } = asked;
  const ar = rated(wanted, leading.audio, film);
  const params: ConvertParams = { ...given, ...(ar !== undefined && { ar }) };
  const plan = planConvert(params, leading);
  const graph: string[] = [];
  const output: string[] = [];
  let { size } = plan;

  if (plan.video === undefined) output.push('-vn');
  else if (params.vcodec === 'copy') {
    if (changesPicture(film)) throw copied('vcodec', 'TranscodeVideo.Codec');
    output.push(...maps(videos), ...plan.video.slice(2));
  } else {
    const at = plan.video.indexOf('-vf');
    const chain = (plan.video[at + 1] ?? '').split(/,(?=format=[a-z0-9]+$)/);
    const [filters, last] = chain.length === 2 ? [[chain[0] ?? ''], [chain[1] ?? '']] : [[], chain];
    const changes = await changesOf(film, plan.size ?? { width: 0, height: 0 }, files, workspace);
    ({ size } = changes);
    const coding = [...plan.video.slice(2, at), ...plan.video.slice(at + 2)];
    const marks = markInputs(changes);
    for (const [number, { input, stream }] of videos.entries()) {
      const [from, to] = [`[${input}:${stream.index}]`, `[v${number}]`];
      graph.push(changed(from, to, { filters, last, changes, firstMark: inputs.length, tag: `v${number}` }));
      output.push('-map', to);
    }
    inputs.push(...marks);
    output.push(...coding, ...details(film));
    if (segments) output.push(...keyFrames(segments));
  }

  if (plan.audio === undefined) output.push('-an');
  else output.push(...soundOf(plan.audio.slice(2), audios, params, film, graph));

  output.push(...(await textsOf(job, params, film, files, inputs)));
  output.push(...coversOf(facts, params, streams.cover, plan.video === undefined ? 0 : videos.length));
  const data = chosen(tracks.data, streams.data, 'none');
  output.push(...maps(data), ...(data.length > 0 ? ['-c:d', 'copy'] : []));
  if (film.strip) output.push('-map_metadata', '-1');

  // How long it lasts is said of the source: played slowly, the result lasts longer.
  const [inside, outside] = speed === 1 ? [[], lasting(params.t)] : [lasting(params.t), []];
  inputs[0] = sourceInput(facts, [...plan.input, ...inside]);
  const bounded = beside.some(({ align }) => align !== undefined);
  const whole = expectedMs(facts, params.ss, params.t);
  // What stands beside it does not make it longer, where it is to end with it.
  const end = bounded && outside.length === 0 && whole !== undefined ? ['-t', seconds(whole / speed)] : outside;
  if (end.length === 0 && bounded) {
    throw new DomainError('MediaUnsupported', { reason: 'AlignMode wants a source that says how long it is.' });
  }
  const muxing = plan.rest
    .slice(plan.rest[0] === '-sn' ? 1 : 0)
    .filter((option) => option !== '-dn' || data.length === 0);
  const own = lasting(params.t);
  const rest = own.length > 0 ? without(muxing, own) : muxing;
  return {
    inputs,
    output: [...(graph.length > 0 ? ['-filter_complex', graph.join(';')] : []), ...output, ...end, ...rest],
    encoders: plan.encoders,
    size,
  };
}

function besideInput(file: FilmFile, { ss, t, align }: FilmNeighbour): FfmpegInput {
  if (align === 'loop' && (ss > 0 || t > 0)) {
    const reason = 'What is Attached and repeated (AlignMode loop) is taken whole: leave StartTime and Duration out.';
    throw new DomainError('MediaUnsupported', { reason });
  }
  return file.input([
    ...(align === 'loop' ? ['-stream_loop', '-1'] : []),
    ...(ss > 0 ? ['-ss', seconds(ss)] : []),
    ...(t > 0 ? ['-t', seconds(t)] : []),
  ]);
}

/** The sample rate by the vendor's rule: a source with less keeps its own, or fails. */
export function rated(
  ar: ConvertParams['ar'],
  audio: AudioFacts | undefined,
  { rateOption }: FilmLook,
): ConvertParams['ar'] {
  if (rateOption === undefined || ar === undefined || audio === undefined || audio.sampleRate >= ar) return ar;
  if (rateOption === 1) return undefined;
  const reason = `The source has ${audio.sampleRate} Hz, less than SampleRate; use adaptive as SampleRateOption to keep its rate.`;
  throw new DomainError('ProcessInvalid', {
    ...{ operation: 'video/convert', parameter: 'SampleRateOption', value: 'fall', reason },
  });
}

/** Of H.264 and H.265. */
export const details = ({ bframes, refs }: FilmLook): string[] => [
  ...(bframes === undefined ? [] : ['-bf', String(bframes)]),
  ...(refs === undefined ? [] : ['-refs', String(refs)]),
];

/** Of FLAC. */
export const depth = ({ bits }: FilmLook): string[] =>
  bits === undefined ? [] : ['-sample_fmt', bits === 16 ? 's16' : 's32', '-bits_per_raw_sample', String(bits)];

/** Players begin with any piece, so each begins with a picture of its own. */
export const keyFrames = ({ seconds: each }: FilmSegments): string[] => [
  ...['-force_key_frames', `expr:gte(t,n_forced*${each})`],
];

function soundOf(
  coding: readonly string[],
  tracks: readonly Track[],
  { acodec }: ConvertParams,
  film: FilmLook,
  graph: string[],
): string[] {
  const { speed = 1, mixing } = film;
  const tempo = speed === 1 ? [] : [`atempo=${speed}`];
  const padded = tracks.map(({ neighbour }) => (neighbour?.align === 'pad' ? ['apad'] : []));
  const plain = tempo.length === 0 && !(mixing && tracks.length > 1) && padded.every((one) => one.length === 0);
  if (acodec === 'copy' && !plain) throw copied('acodec', 'TranscodeAudio.Codec');
  const format = depth(film);
  if (!mixing || tracks.length < 2) {
    const filters = padded.flatMap((pad, number) => {
      const chain = [...pad, ...tempo].join(',');
      return chain === '' ? [] : [`-filter:a:${number}`, chain];
    });
    return [...maps(tracks), ...coding, ...format, ...filters];
  }
  const parts = tracks.map(({ input, stream }, number) => {
    const chain = padded[number]?.join(',') || 'anull';
    return `[${input}:${stream.index}]${chain}[a${number}]`;
  });
  const labels = tracks.map((_, number) => `[a${number}]`).join('');
  const mix = [`amix=inputs=${tracks.length}:duration=longest:dropout_transition=0`, ...tempo].join(',');
  graph.push(...parts, `${labels}${mix}[mixed]`);
  return ['-map', '[mixed]', ...coding, ...format];
}

/** Covers as they are: nothing of how the picture is coded is meant for them. */
function coversOf(facts: MediaFacts, { f }: ConvertParams, streams: Streams | undefined, pictures: number): string[] {
  const covers = chosen(streamsOf(facts, 0).cover, streams, 'none');
  if (covers.length > 0 && !COVERS.includes(f)) {
    throw new DomainError('MediaUnsupported', { reason: `A ${f} file cannot hold an AttachedPicture.` });
  }
  const options = covers.flatMap((_, number) => {
    const at = pictures + number;
    return [`-c:v:${at}`, 'copy', `-disposition:v:${at}`, 'attached_pic'];
  });
  return [...maps(covers), ...options];
}

/** What writes the same kind of text again. */
const textCoders: Readonly<Record<string, string>> = { ssa: 'ass', text: 'subrip' };

/** Subtitles as streams, each in the container's own form where it is text. */
async function textsOf(
  job: Job,
  params: ConvertParams,
  film: FilmLook,
  files: ReadonlyMap<string, FilmFile>,
  inputs: FfmpegInput[],
): Promise<string[]> {
  if (params.sn === 1 || soundOnly(params.f)) return ['-sn'];
  const { copied: kept, text } = container(params.f).subtitles;
  const { tracks, explicit } = await textTracks(job, params, film, files, false);
  const options: string[] = [];
  let number = 0;
  for (const { input, stream, codec, language } of tracks) {
    const isText = TEXT_SUBTITLES.includes(codec);
    const fits = kept === 'any' || kept.includes(codec);
    const same = isText && input ? (textCoders[codec] ?? codec) : 'copy';
    const coder = fits ? same : isText ? text : undefined;
    if (coder === undefined) {
      if (!explicit) continue;
      throw new DomainError('MediaUnsupported', {
        reason: `A ${params.f} file cannot hold subtitles of the kind ${codec}; choose another Container, or take them out with ExtractSubtitle.`,
      });
    }
    options.push('-map', `${input ? inputs.length : 0}:${stream}`, `-c:s:${number}`, coder);
    if (input) inputs.push(input);
    if (language) options.push(`-metadata:s:s:${number}`, `language=${language}`);
    number += 1;
  }
  return number === 0 ? ['-sn'] : options;
}

/** Options without some that stand next to each other in them. */
function without(options: readonly string[], some: readonly string[]): string[] {
  const at = options.findIndex((_, index) => some.every((option, place) => options[index + place] === option));
  return at < 0 ? [...options] : [...options.slice(0, at), ...options.slice(at + some.length)];
}

function copied(parameter: string, name: string): DomainError {
  const reason = `What is copied cannot be changed: say with ${name} how it is to be encoded.`;
  return new DomainError('ProcessInvalid', { operation: 'video/convert', parameter, value: 'copy', reason });
}
