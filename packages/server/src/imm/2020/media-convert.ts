import { imm2020Operations as operations, type WireMediaSource, type WireMediaTarget } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { readOperation } from '../../domain/media/process-text.ts';
import type { MediaTaskRequest } from '../../domain/media/task-submission.ts';
import { handle } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { filmOf } from './film-look.ts';
import { taskRequest } from './task-request.ts';

const sounds = new Set(['mp3', 'aac', 'flac', 'oga', 'ac3', 'opus', 'amr']);

export type Words = Record<string, string | number | undefined>;
type Step = MediaTaskRequest['steps'][number];

export function mediaConvertHandlers({ projects, media }: ImmServices) {
  return {
    createMediaConvertTask: handle(operations.createMediaConvertTask, async (input, call) => {
      await projects.get(call.principal.accountId, input.ProjectName);
      const { Sources, Targets = [], TargetGroups } = input;
      if (asked(TargetGroups)) throw unserved('TargetGroups');
      const [first, ...others] = Sources;
      if (first === undefined) throw invalid('Sources', 'name at least one source');
      const joined = others.map((other, index) => ({ ...other, ...partOf(other, `Sources.${index + 1}`) }));
      const steps = Targets.flatMap((target, index) =>
        joined.length === 0
          ? stepsOf(first, target, `Targets.${index}`)
          : [joinOf(first, joined, target, input.AlignmentIndex, `Targets.${index}`)],
      );
      if (steps.length === 0) throw invalid('Targets', 'name at least one output');
      const { eventId, id } = await media.accept({
        ...taskRequest(input, call),
        source: ossUri(first.URI ?? '', 'Sources'),
        steps,
        operands: [...new Map(joined.map(({ o, bucket, key }) => [o, { o, bucket, key }])).values()],
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

const invalid = (path: string, reason: string): RpcError =>
  new RpcError(`InvalidParameter.${path.split('.', 1)[0]}`, `Specified parameter ${path} is not valid: ${reason}.`);

export const unserved = (what: string): RpcError =>
  new RpcError('UnsupportedOperation', `${what} is not available on this installation.`);

/** Whether there is anything in it: clients send empty lists of what nobody has filled in. */
export const asked = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined && value !== null;

/** A source behind the first one, under a name of its own: the same file may be there twice, each time cut otherwise. */
function partOf(source: WireMediaSource, path: string): { o: string; bucket: string; key: string } {
  for (const name of ['Attached', 'Subtitles', 'DisableAudio', 'DisableVideo'] as const) {
    if (source[name] !== false && asked(source[name])) throw unserved(`${path}.${name}`);
  }
  const { bucket, key } = ossUri(source.URI ?? '', 'Sources');
  return { o: `${bucket}/${key}`, bucket, key };
}

/** Several sources, one after the other, as one target. */
function joinOf(
  first: WireMediaSource,
  others: (WireMediaSource & { o: string })[],
  target: WireMediaTarget,
  align: number | undefined,
  path: string,
): Step {
  const [step, ...more] = stepsOf(first, target, path, 'concat');
  if (step === undefined || more.length > 0) throw unserved(`${path}.Image with more than one of Sources`);
  const container = (target.Container ?? '').toLowerCase();
  const name = sounds.has(container) ? 'audio/concat' : 'video/concat';
  const words = { ...conversion(first, target, container, path), align };
  const operands = others.map(({ o, StartTime, Duration }) => {
    const word = `o_${Buffer.from(o).toString('base64url')}`;
    return written('/sur', { ss: ms(StartTime), t: ms(Duration) }, path).replace('/sur', `/sur,${word}`);
  });
  return { ...step, operation: readOperation(written(name, words, path) + operands.join('')) };
}

/** All that is to be made for one of the targets. */
function stepsOf(source: WireMediaSource, target: WireMediaTarget, path: string, verb = 'convert'): Step[] {
  for (const name of ['Attached', 'Subtitles'] as const) if (asked(source[name])) throw unserved(`Sources.0.${name}`);
  const steps: Step[] = [];
  if (target.Container || target.URI) {
    if (!target.Container || !target.URI) throw invalid(path, 'Container and URI go together');
    const container = target.Container.toLowerCase();
    const { bucket, key } = ossUri(target.URI, 'Targets');
    // "Without an extension, that of the container is added."
    const bare = !/\.[^./{}]+$|\{autoext\}$/.test(key);
    const name = sounds.has(container) ? 'audio/convert' : 'video/convert';
    const words = conversion(source, target, container, path);
    const operation = operationOf(name, verb === 'convert' ? words : { f: container }, path);
    const film = filmOf(target, key, path);
    if (film && (verb !== 'convert' || sounds.has(container))) {
      throw unserved(`${path}: Speed, Rotation, Watermarks or Segment of what is joined, or has no picture`);
    }
    if (film?.segments) {
      if (container !== 'ts') throw invalid(`${path}.Segment`, 'the Container of segments is ts');
      if (/[{}]/.test(key)) throw invalid(`${path}.URI`, 'where there are Segments it has no variables');
      const stem = key.replace(/\.(m3u8|ts)$/, '');
      steps.push({ operation, film, target: { bucket, key: `${stem}.m3u8`, pieceKey: `${stem}-` } });
    } else {
      const plain = { bucket, key: bare ? `${key}.{autoext}` : key };
      steps.push({ operation, target: plain, ...(film && { film }) });
    }
  }
  const { Snapshots = [], Sprites = [], Animations = [] } = target.Image ?? {};
  for (const [index, frames] of Snapshots.entries()) {
    const { Width, Height } = frames;
    const words = { ...framesOf(source, frames), ...sides(Width, Height, 'w', 'h') };
    steps.push(frameStep('video/snapshots', words, frames.URI, `${path}.Image.Snapshots.${index}`));
  }
  for (const [index, frames] of Sprites.entries()) {
    const { ScaleWidth, ScaleHeight, TileWidth: tw, TileHeight: th, Pad: pad, Margin: margin } = frames;
    const words = { ...framesOf(source, frames), ...sides(ScaleWidth, ScaleHeight, 'sw', 'sh'), tw, th, pad, margin };
    steps.push(frameStep('video/sprite', words, frames.URI, `${path}.Image.Sprites.${index}`));
  }
  for (const [index, frames] of Animations.entries()) {
    const { Width, Height, FrameRate: fps } = frames;
    const { m: _, thr: __, ...common } = framesOf(source, frames);
    const words = { ...common, ...sides(Width, Height, 'w', 'h'), fps };
    steps.push(frameStep('video/animation', words, frames.URI, `${path}.Image.Animations.${index}`));
  }
  return steps;
}

export const ms = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * 1000);

const option = (word: string | undefined, path: string): number | undefined => {
  if (word === undefined) return undefined;
  const number = ['fixed', 'adaptive', 'fall'].indexOf(word);
  if (number < 0) throw invalid(path, 'it is fixed, adaptive or fall');
  return number;
};

/** What a transcode says in the words of process strings. An empty `TranscodeVideo` or `TranscodeAudio` drops the stream. */
function conversion(source: WireMediaSource, target: WireMediaTarget, f: string, path: string): Words {
  const { Audio, Subtitle } = target;
  if (asked(Audio?.FilterAudio)) throw unserved(`${path}.Audio.FilterAudio`);
  if (asked(Subtitle?.ExtractSubtitle)) throw unserved(`${path}.Subtitle.ExtractSubtitle`);
  const part = { ss: ms(source.StartTime), t: ms(source.Duration), f };
  if (!sounds.has(f)) return { ...part, ...coding(source, target, path) };
  const { acodec: _, ...sound } = soundOf(target, path);
  return { ...part, ...sound };
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

/** How both streams of a film are coded. */
export function coding(
  source: Pick<WireMediaSource, 'DisableAudio' | 'DisableVideo'>,
  target: Pick<WireMediaTarget, 'Video' | 'Audio' | 'Subtitle'>,
  path: string,
): Words {
  const { Video = {}, Audio = {}, Subtitle = {} } = target;
  const { TranscodeVideo: video, DisableVideo } = Video;
  const { DisableAudio } = Audio;
  const { TranscodeAudio: audio } = Audio;
  const empty = (value: object | undefined): boolean => value !== undefined && Object.keys(value).length === 0;
  return {
    ...soundOf(target, path),
    vn: source.DisableVideo || DisableVideo || empty(video) ? 1 : undefined,
    an: source.DisableAudio || DisableAudio || empty(audio) ? 1 : undefined,
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

function frameStep(name: string, words: Words, uri: string | undefined, path: string): Step {
  return { operation: operationOf(name, words, path), target: ossUri(uri ?? '', 'Targets') };
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
