import {
  imm2020Operations as operations,
  type WireMediaSource,
  type WireMediaTarget,
  type WireTargetGroup,
} from '@millrace/protocol/imm';
import type { MasterChild, MasterPlaylist } from '../../domain/media/master-playlist.ts';
import { readOperation } from '../../domain/media/process-text.ts';
import type { MediaTaskRequest } from '../../domain/media/task-submission.ts';
import type { FilmLook } from '../../domain/ports/media-engine.ts';
import { handle } from '../../rpc/product.ts';
import { oneOf } from '../checks.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { filmOf, option, streamsOf } from './film-look.ts';
import { type FilmSources, helperNamed, sourcesOf } from './film-sources.ts';
import { asked, invalid, ms, unserved } from './media-words.ts';
import { taskRequest } from './task-request.ts';

const sounds = new Set(['mp3', 'aac', 'flac', 'oga', 'ac3', 'opus', 'amr']);

export type Words = Record<string, string | number | undefined>;
type Step = MediaTaskRequest['steps'][number];

export function mediaConvertHandlers({ projects, media }: ImmServices) {
  return {
    createMediaConvertTask: handle(operations.createMediaConvertTask, async (input, call) => {
      await projects.get(call.principal.accountId, input.ProjectName);
      const { Targets = [], TargetGroups = [] } = input;
      const sources = sourcesOf(input.Sources);
      const { first, joined, helpers } = sources;
      const steps = Targets.flatMap((target, index) =>
        joined.length === 0
          ? stepsOf(sources, target, `Targets.${index}`)
          : joinOf(sources, target, input.AlignmentIndex, `Targets.${index}`),
      );
      if (joined.length === 0 && input.AlignmentIndex) throw invalid('AlignmentIndex', 'there is one file only');
      if (joined.length > 0 && asked(TargetGroups)) throw unserved('TargetGroups of several Sources');
      const masters = TargetGroups.map((group, index) => ladderOf(sources, group, steps, `TargetGroups.${index}`));
      if (steps.length === 0) throw invalid('Targets', 'name at least one output');
      const marks = steps.flatMap(({ film }) => film?.marks ?? []).map(({ o }) => helperNamed(o));
      const { eventId, id } = await media.accept({
        ...taskRequest(input, call),
        source: ossUri(first.URI ?? '', 'Sources'),
        steps,
        operands: [...new Map(joined.map(({ o, bucket, key }) => [o, { o, bucket, key }])).values()],
        helpers: [...new Map([...helpers, ...marks].map((helper) => [helper.o, helper])).values()],
        masters,
      });
      return { EventId: eventId, TaskId: id };
    }),
    detectMediaMeta: handle(operations.detectMediaMeta, async (input, { principal }) => {
      await projects.get(principal.accountId, input.ProjectName);
      const source = ossUri(input.SourceURI, 'SourceURI');
      return media.facts({ principal, source });
    }),
  };
}

/** Several sources, one after the other, as one target. */
function joinOf(sources: FilmSources, target: WireMediaTarget, align: number | undefined, path: string): Step[] {
  const { first, joined } = sources;
  const { Audio, Video, Subtitle = {}, Image = {} } = target;
  if (asked(Image)) throw unserved(`${path}.Image of more than one of Sources`);
  if (asked(Subtitle.ExtractSubtitle)) throw unserved(`${path}.Subtitle.ExtractSubtitle of more than one of Sources`);
  // Each file has streams of its own, and none is taken over as it is.
  for (const [name, list] of Object.entries({
    'Video.Stream': Video?.Stream,
    'Audio.Stream': Audio?.Stream,
    'Subtitle.Stream': Subtitle.Stream,
    AttachedPicture: target.AttachedPicture?.Stream,
    Data: target.Data?.Stream,
  })) {
    if (asked(list)) throw unserved(`${path}.${name} of more than one of Sources`);
  }
  if (sources.beside.length > 0 || sources.subtitles.length > 0) {
    throw unserved('Attached or Subtitles where Sources are joined');
  }
  const { container, place } = placeOf(target, path);
  const { words, film } = codingOf(first, target, container, path);
  const name = sounds.has(container) && film === undefined ? 'audio/concat' : 'video/concat';
  const operands = joined.map(({ o, StartTime, Duration }) => {
    const word = `o_${Buffer.from(o).toString('base64url')}`;
    return written('/sur', { ss: ms(StartTime), t: ms(Duration) }, path).replace('/sur', `/sur,${word}`);
  });
  // What the first is without, the others need not be.
  const { vn: _, an: __, acodec, ...rest } = words;
  const without = {
    vn: dropsPicture(target) ? 1 : undefined,
    an: dropsSound(target) ? 1 : undefined,
  };
  const spoken = name === 'video/concat' && { ...without, acodec: acodec ?? usualSound(container) };
  const text = written(name, { ...rest, ...spoken, align }, path);
  const all = [first, ...joined];
  const silent = all.flatMap(({ DisableAudio }, index) => (DisableAudio ? [index] : []));
  const dark = all.flatMap(({ DisableVideo }, index) => (DisableVideo ? [index] : []));
  const look = { ...film, ...(silent.length > 0 && { silent }), ...(dark.length > 0 && { dark }) };
  if (name === 'audio/concat' && asked(look)) throw unserved('DisableAudio of sound that is joined');
  const step = placed(place, look, container, path);
  return [{ operation: readOperation(text + operands.join('')), ...step, ...(asked(look) && { film: look }) }];
}

/** All that is to be made for one of the targets. */
function stepsOf(sources: FilmSources, target: WireMediaTarget, path: string): Step[] {
  const { first: source } = sources;
  const steps: Step[] = [];
  if (target.Container || target.URI) steps.push(filmStep(sources, target, path));
  else if (asked(target.Segment)) throw invalid(path, 'Segment wants a Container and a URI');
  const { ExtractSubtitle } = target.Subtitle ?? {};
  if (asked(ExtractSubtitle)) steps.push(textStep(sources, target, false, path));
  const { Snapshots = [], Sprites = [], Animations = [] } = target.Image ?? {};
  for (const [index, frames] of Snapshots.entries()) {
    const { Width, Height } = frames;
    const words = { ...framesOf(source, frames), ...sides(Width, Height, 'w', 'h') };
    steps.push(frameStep('video/snapshots', words, source, frames.URI, `${path}.Image.Snapshots.${index}`));
  }
  for (const [index, frames] of Sprites.entries()) {
    const { ScaleWidth, ScaleHeight, TileWidth: tw, TileHeight: th, Pad: pad, Margin: margin } = frames;
    const words = { ...framesOf(source, frames), ...sides(ScaleWidth, ScaleHeight, 'sw', 'sh'), tw, th, pad, margin };
    steps.push(frameStep('video/sprite', words, source, frames.URI, `${path}.Image.Sprites.${index}`));
  }
  for (const [index, frames] of Animations.entries()) {
    const { Width, Height, FrameRate: fps } = frames;
    const { m: _, thr: __, ...common } = framesOf(source, frames);
    const words = { ...common, ...sides(Width, Height, 'w', 'h'), fps };
    steps.push(frameStep('video/animation', words, source, frames.URI, `${path}.Image.Animations.${index}`));
  }
  return steps;
}

/** One film, or the pieces of one. */
function filmStep(sources: FilmSources, target: WireMediaTarget, path: string): Step {
  const { container, place } = placeOf(target, path);
  const { words, film } = codingOf(sources.first, target, container, path);
  const look = asked(film) || sources.beside.length + sources.subtitles.length > 0 ? { ...film } : undefined;
  if (look && sources.beside.length > 0) look.beside = sources.beside;
  if (look && sources.subtitles.length > 0 && !target.Subtitle?.DisableSubtitle) look.subtitles = sources.subtitles;
  // Process strings have words for sound alone, and none for what else is to become of it.
  const name = sounds.has(container) && look === undefined ? 'audio/convert' : 'video/convert';
  const { acodec, ...others } = words;
  const spoken = name === 'audio/convert' ? others : { ...others, acodec: acodec ?? usualSound(container) };
  return {
    operation: operationOf(name, spoken, path),
    ...placed(place, look, container, path),
    ...(look && { film: look }),
  };
}

/** What sound-only containers hold, where nothing else is said of it. */
const usualSound = (container: string): string | undefined =>
  sounds.has(container) ? (container === 'oga' ? 'vorbis' : container) : undefined;

/** Texts of subtitles, as files of their own: `<prefix>_<index>.<ext>`, counted from 0. */
function textStep(sources: FilmSources, target: WireMediaTarget, playlist: boolean, path: string): Step {
  const { ExtractSubtitle: { Format = '', URI = '' } = {}, Stream } = target.Subtitle ?? {};
  const where = `${path}.Subtitle.ExtractSubtitle`;
  const format = oneOf(Format, 'Targets', ['ass', 'srt', 'webvtt']);
  const { bucket, key } = ossUri(URI, 'Targets');
  const { StartTime, Duration } = sources.first;
  const list = streamsOf(Stream, `${path}.Subtitle.Stream`);
  const film: FilmLook = {
    extract: { format, ...(playlist && { stem: key.slice(key.lastIndexOf('/') + 1) }) },
    ...(sources.subtitles.length > 0 && { subtitles: sources.subtitles }),
    ...(list && { streams: { subtitle: list } }),
  };
  const operation = operationOf('video/convert', { ss: ms(StartTime), t: ms(Duration), f: 'mkv' }, where);
  return { operation, target: { bucket, key: `${key}_{index}.{autoext}` }, film };
}

/** What a player chooses from; its steps are put behind those that there are already. */
function ladderOf(sources: FilmSources, group: WireTargetGroup, steps: Step[], path: string): MasterPlaylist {
  const { bucket, key } = ossUri(group.URI ?? '', 'TargetGroups');
  const master = { bucket, key: /\.[^./]+$/.test(key) ? key : `${key}.m3u8` };
  if (/[{}]/.test(key)) throw invalid(`${path}.URI`, 'it has no variables');
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const { Targets = [] } = group;
  if (Targets.length === 0) throw invalid(`${path}.Targets`, 'name at least one target');
  const children = Targets.map((target, index): MasterChild => {
    const at = `${path}.Targets.${index}`;
    const text = asked(target.Subtitle?.ExtractSubtitle) && !target.Container && !target.URI;
    if (text) {
      const { Format = '' } = target.Subtitle?.ExtractSubtitle ?? {};
      if (Format !== 'webvtt') throw invalid(`${at}.Subtitle.ExtractSubtitle.Format`, 'in a group it is webvtt');
      const [stream = 0, ...more] = target.Subtitle?.Stream ?? [];
      if (more.length > 0 || stream > 100) throw invalid(`${at}.Subtitle.Stream`, 'in a group it names one stream');
    } else if (asked(target.Subtitle?.ExtractSubtitle)) {
      throw unserved(`${at}.Subtitle.ExtractSubtitle beside a Container`);
    }
    const { Format = 'hls', Duration = 10, StartNumber = 0 } = target.Segment ?? {};
    const step = text
      ? textStep(sources, target, true, at)
      : // What is read is a child of its own: pieces of films have no room for it.
        filmStep(
          sources,
          {
            ...target,
            Subtitle: { DisableSubtitle: true },
            Segment: { Format: oneOf(Format, 'TargetGroups', ['hls']), Duration, StartNumber },
          },
          at,
        );
    const place = step.target;
    if (place.bucket !== bucket || !place.key.startsWith(folder)) {
      throw invalid(`${at}.URI`, 'it is in the folder of the group, or below it');
    }
    steps.push(step);
    const language = text ? sources.subtitles[target.Subtitle?.Stream?.[0] ?? 0]?.language : undefined;
    const name = text ? place.key.replace('{index}.{autoext}', '0.m3u8') : place.key;
    return { step: steps.length - 1, path: name.slice(folder.length), ...(language && { language }) };
  });
  return { target: master, children };
}

/** Container and name of a target. */
function placeOf(target: WireMediaTarget, path: string) {
  if (!target.Container || !target.URI) throw invalid(path, 'Container and URI go together');
  return { container: target.Container.toLowerCase(), place: ossUri(target.URI, 'Targets') };
}

/** Where outputs go: one that has no extension gets that of its container, and pieces get numbers. */
function placed(
  { bucket, key }: { bucket: string; key: string },
  film: FilmLook | undefined,
  container: string,
  path: string,
): { target: Step['target'] } {
  if (film?.segments === undefined) {
    const bare = !/\.[^./{}]+$|\{autoext\}$/.test(key);
    return { target: { bucket, key: bare ? `${key}.{autoext}` : key } };
  }
  const { form } = film.segments;
  const fits = form === 'ts' ? container === 'ts' : container === 'mp4';
  if (!fits) throw invalid(`${path}.Segment`, 'the Container of hls is ts or mp4, and that of dash is mp4');
  if (/[{}]/.test(key)) throw invalid(`${path}.URI`, 'where there are Segments it has no variables');
  const stem = key.replace(/\.(m3u8|mpd|ts|mp4)$/, '');
  return { target: { bucket, key: `${stem}.${form === 'dash' ? 'mpd' : 'm3u8'}`, pieceKey: `${stem}-` } };
}

/** How a target is coded, in the words of process strings and in those that they have none for. */
function codingOf(
  source: WireMediaSource,
  target: WireMediaTarget,
  f: string,
  path: string,
): { words: Words; film: FilmLook | undefined } {
  const words: Words = { ss: ms(source.StartTime), t: ms(source.Duration), f, ...coding(source, target, path) };
  const sound = sounds.has(f);
  const { ss, t, acodec, ar, ac, aq, ab, abopt } = words;
  const film = filmOf(target, path);
  return { words: sound ? { ss, t, f, acodec, ar, ac, aq, ab, abopt } : words, film };
}

function soundOf({ Audio }: Pick<WireMediaTarget, 'Audio'>, path: string): Words {
  const { TranscodeAudio: audio } = Audio ?? {};
  return {
    acodec: audio?.Codec,
    ar: audio?.SampleRate,
    ac: audio?.Channel,
    aq: audio?.Quality,
    ab: audio?.Bitrate,
    abopt: option(audio?.BitrateOption, `${path}.Audio.TranscodeAudio.BitrateOption`),
  };
}

const empty = (value: object | undefined): boolean => value !== undefined && Object.keys(value).length === 0;

/** "An empty TranscodeVideo or TranscodeAudio drops the stream." */
const dropsPicture = ({ Video }: Pick<WireMediaTarget, 'Video'>): boolean =>
  Video?.DisableVideo === true || empty(Video?.TranscodeVideo);
const dropsSound = ({ Audio }: Pick<WireMediaTarget, 'Audio'>): boolean =>
  Audio?.DisableAudio === true || empty(Audio?.TranscodeAudio);

/** How both streams of a film are coded. */
export function coding(
  source: Pick<WireMediaSource, 'DisableAudio' | 'DisableVideo'>,
  target: Pick<WireMediaTarget, 'Video' | 'Audio' | 'Subtitle'>,
  path: string,
): Words {
  const { Video = {}, Subtitle = {} } = target;
  const { TranscodeVideo: video } = Video;
  return {
    ...soundOf(target, path),
    vn: source.DisableVideo || dropsPicture(target) ? 1 : undefined,
    an: source.DisableAudio || dropsSound(target) ? 1 : undefined,
    sn: Subtitle.DisableSubtitle ? 1 : undefined,
    ...(video && {
      vcodec: video.Codec,
      fps: video.FrameRate,
      fpsopt: option(video.FrameRateOption, `${path}.Video.TranscodeVideo.FrameRateOption`),
      vb: video.Bitrate,
      vbopt: option(video.BitrateOption, `${path}.Video.TranscodeVideo.BitrateOption`),
      s: video.Resolution,
      sopt: option(video.ResolutionOption, `${path}.Video.TranscodeVideo.ResolutionOption`),
      arotate: video.AdaptiveResolutionDirection ? 1 : undefined,
      scaletype: video.ScaleType,
      crf: video.CRF,
      maxrate: video.MaxBitrate,
      bufsize: video.BufferSize,
      g: video.GOPSize,
      pixfmt: video.PixelFormat,
    }),
  };
}

function framesOf(
  source: WireMediaSource,
  frames: { Format?: string; StartTime?: number; Interval?: number; Number?: number } & {
    ScaleType?: string;
    Mode?: string;
    Threshold?: number;
  },
): Words {
  const { Format: f, StartTime, Interval, Number: num, ScaleType: scaletype, Mode, Threshold: thr } = frames;
  const modes: Readonly<Record<string, string>> = { interval: 'inter', keyframe: 'key', average: 'avg' };
  return {
    ss: ms(StartTime ?? source.StartTime),
    f,
    num,
    inter: ms(Interval),
    scaletype,
    m: Mode === undefined ? undefined : (modes[Mode] ?? Mode),
    thr,
  };
}

/** "Integers are pixels, fractions are parts of the source"; 1 is the whole of it. */
function sides(width: number | undefined, height: number | undefined, w: 'w' | 'sw', h: 'h' | 'sh'): Words {
  const side = (value: number | undefined, name: string): Words => {
    if (value === undefined) return {};
    return value > 0 && value <= 1 ? { [`p${name}`]: value * 100 } : { [name]: value };
  };
  return { ...side(width, w), ...side(height, h) };
}

/** Frames of what is chosen of the source. */
function frameStep(
  name: string,
  words: Words,
  { StartTime = 0, Duration = 0 }: WireMediaSource,
  uri: string | undefined,
  path: string,
): Step {
  const step = { operation: operationOf(name, words, path), target: ossUri(uri ?? '', 'Targets') };
  if (Duration === 0) return step;
  const length = (ms(StartTime + Duration) ?? 0) - Number(words.ss ?? 0);
  if (length <= 0) throw invalid(`${path}.StartTime`, 'the source ends before that');
  return { ...step, film: { length } };
}

/** A process string, written. */
export function written(name: string, words: Words, path: string): string {
  const given = Object.entries(words).flatMap(([word, value]) => {
    if (value === undefined) return [];
    if (!/^[\w.-]{1,64}$/.test(String(value))) throw invalid(path, `${String(value).slice(0, 64)} is no value`);
    return [`${word}_${value}`];
  });
  return [name, ...given].join(',');
}

/** Says it as a process string, whose catalogue checks values and what goes together and fills in the rest. */
function operationOf(name: string, words: Words, path: string): Step['operation'] {
  return readOperation(written(name, words, path));
}
