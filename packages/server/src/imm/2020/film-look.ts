import type { WireMediaTarget } from '@millrace/protocol/imm';
import type {
  FilmLook,
  FilmMark,
  FilmPatch,
  FilmSegments,
  FilmText,
  Streams,
} from '../../domain/ports/media-engine.ts';
import { oneOf, within } from '../checks.ts';
import { helperOf } from './film-sources.ts';
import { asked, invalid, unserved } from './media-words.ts';

const corners = ['topleft', 'topright', 'bottomleft', 'bottomright'] as const;
const fonts = ['SourceHanSans-Regular', 'SourceHanSans-Bold', 'SourceHanSerif-Regular', 'SourceHanSerif-Bold'] as const;

type Filter = NonNullable<NonNullable<WireMediaTarget['Video']>['FilterVideo']>;
type Mark = NonNullable<Filter['Watermarks']>[number];

/** What a target asks for that process strings have no words for. */
export function filmOf(target: WireMediaTarget, path: string): FilmLook | undefined {
  const { Video = {}, Audio = {}, Subtitle = {}, Segment, AttachedPicture, Data, StripMetadata, URI = '' } = target;
  const { TranscodeVideo = {}, FilterVideo = {} } = Video;
  const { TranscodeAudio = {}, FilterAudio = {} } = Audio;
  const at = `${path}.Video.FilterVideo`;
  if (asked(FilterVideo.Desensitization)) throw unserved(`${at}.Desensitization, which needs trained models,`);
  const texts: FilmText[] = [];
  const marks: FilmMark[] = [];
  for (const [index, mark] of (FilterVideo.Watermarks ?? []).entries()) {
    if ((mark.Type ?? 'text') === 'text') texts.push(textOf(mark, `${at}.Watermarks.${index}`));
    else marks.push(markOf(mark, `${at}.Watermarks.${index}`));
  }
  const delogos = (FilterVideo.Delogos ?? []).map((patch, index) => patchOf(patch, `${at}.Delogos.${index}`));
  const coded = detailsOf(target, path);
  const { Rotation: rotation = 0 } = TranscodeVideo;
  if (rotation !== 0 && rotation !== 90 && rotation !== 180 && rotation !== 270) {
    throw invalid(`${path}.Video.TranscodeVideo.Rotation`, 'it is 0, 90, 180 or 270');
  }
  const speed = speedOf(target.Speed, FilterVideo.Speed, path);
  const rate = option(TranscodeAudio.SampleRateOption, `${path}.Audio.TranscodeAudio.SampleRateOption`);
  const chosen = Object.entries({
    video: streamsOf(Video.Stream, `${path}.Video.Stream`),
    audio: streamsOf(Audio.Stream, `${path}.Audio.Stream`),
    subtitle: streamsOf(Subtitle.Stream, `${path}.Subtitle.Stream`),
    cover: streamsOf(AttachedPicture?.Stream, `${path}.AttachedPicture.Stream`, true),
    data: streamsOf(Data?.Stream, `${path}.Data.Stream`, true),
  }).filter(([, list]) => list !== undefined);
  const look: FilmLook = {
    ...coded,
    ...(rotation !== 0 && { rotation }),
    ...(speed !== 1 && { speed }),
    ...(texts.length > 0 && { texts }),
    ...(marks.length > 0 && { marks }),
    ...(delogos.length > 0 && { delogos }),
    ...(chosen.length > 0 && { streams: Object.fromEntries(chosen) }),
    ...(FilterAudio.Mixing && { mixing: true }),
    ...(StripMetadata && { strip: true }),
    ...(rate && { rateOption: rate === 1 ? 1 : 2 }),
    ...(asked(Segment) && { segments: segmentsOf(target, URI, path) }),
  };
  return Object.keys(look).length === 0 ? undefined : look;
}

/** How a codec works: of H.264 and H.265, and of FLAC. */
function detailsOf({ Video, Audio, Container = '' }: WireMediaTarget, path: string): FilmLook {
  const { Codec, BFrames, Refs, VideoSlim = 0 } = Video?.TranscodeVideo ?? {};
  const { BitsPerSample: bits, Codec: sound = Container } = Audio?.TranscodeAudio ?? {};
  if (VideoSlim !== 0) throw unserved(`${path}.Video.TranscodeVideo.VideoSlim`);
  const at = `${path}.Video.TranscodeVideo`;
  for (const [name, value] of Object.entries({ BFrames, Refs })) {
    if (value === undefined) continue;
    // "A copy makes its siblings inert."
    if (Codec === 'vp9') throw invalid(`${at}.${name}`, 'it is for h264 and h265');
    if (!Number.isInteger(value) || value < 0 || value > 16) throw invalid(`${at}.${name}`, 'it is 0 to 16');
  }
  const encoded = Codec === 'h264' || Codec === 'h265';
  if (bits !== undefined && bits !== 16 && bits !== 24) {
    throw invalid(`${path}.Audio.TranscodeAudio.BitsPerSample`, 'it is 16 or 24');
  }
  if (bits !== undefined && sound.toLowerCase() !== 'flac') {
    throw invalid(`${path}.Audio.TranscodeAudio.BitsPerSample`, 'it is for flac');
  }
  return {
    ...(encoded && BFrames !== undefined && { bframes: BFrames }),
    ...(encoded && Refs !== undefined && { refs: Refs }),
    ...(bits !== undefined && { bits }),
  };
}

/** Either says it; both may say the same. */
function speedOf(whole: number | undefined, picture: number | undefined, path: string): number {
  if (whole !== undefined && picture !== undefined && whole !== picture) {
    throw invalid(`${path}.Video.FilterVideo.Speed`, 'picture and sound go at one Speed');
  }
  return within(whole ?? picture, 'Targets', 0.5, 1) ?? 1;
}

/** "fixed, adaptive or fall" as process strings number them. */
export function option(word: string | undefined, path: string): number | undefined {
  if (word === undefined) return undefined;
  const number = ['fixed', 'adaptive', 'fall'].indexOf(word);
  if (number < 0) throw invalid(path, 'it is fixed, adaptive or fall');
  return number;
}

/** "Above 100: all", and of covers and data -1 as well. */
export function streamsOf(list: readonly number[] | undefined, path: string, least = false): Streams | undefined {
  if (list === undefined || list.length === 0) return undefined;
  if (list.some((index) => !Number.isInteger(index) || index < (least ? -1 : 0))) {
    throw invalid(path, 'streams are counted from 0');
  }
  return list.some((index) => index > 100 || index < 0) ? 'all' : [...new Set(list)];
}

function segmentsOf({ Segment = {}, Container = '' }: WireMediaTarget, uri: string, path: string): FilmSegments {
  const { Format = 'hls', Duration = 10, StartNumber = 0 } = Segment;
  oneOf(Format, 'Targets', ['hls', 'dash']);
  within(Duration, 'Targets', 1, 600);
  if (!Number.isInteger(StartNumber)) throw invalid(`${path}.Segment.StartNumber`, 'it is a whole number');
  within(StartNumber, 'Targets', 0, 1_000_000);
  if (Format === 'dash' && StartNumber !== 0) throw invalid(`${path}.Segment.StartNumber`, 'it is for hls');
  const name = uri.slice(uri.lastIndexOf('/') + 1).replace(/\.(m3u8|mpd|ts|mp4)$/, '');
  const form = Format === 'dash' ? 'dash' : Container.toLowerCase() === 'mp4' ? 'fmp4' : 'ts';
  return { form, seconds: Duration, first: StartNumber, stem: `${name}-` };
}

/** Pixels, or a part of the picture. */
function measure(value: number, path: string, least: number): number {
  if (value >= least && (value < 1 || (Number.isInteger(value) && value <= 4096))) return value;
  throw invalid(path, 'it is pixels up to 4096, or a part of the picture below 1');
}

/** Where something lies on the picture, and when. */
function placeOf({ Dx = 0, Dy = 0, ReferPos = 'topleft', StartTime = 0, Duration }: Mark, path: string) {
  return {
    dx: measure(Dx, `${path}.Dx`, 0),
    dy: measure(Dy, `${path}.Dy`, 0),
    corner: oneOf(ReferPos, 'Targets', corners),
    from: within(StartTime, 'Targets', 0, 1_000_000) ?? 0,
    ...(Duration !== undefined && { length: within(Duration, 'Targets', 0, 1_000_000) ?? 0 }),
  };
}

function patchOf(patch: NonNullable<Filter['Delogos']>[number], path: string): FilmPatch {
  const { Width, Height } = patch;
  if (Width === undefined || Height === undefined) throw invalid(path, 'it has a Width and a Height');
  const width = measure(Width, `${path}.Width`, Number.MIN_VALUE);
  return { ...placeOf(patch, path), width, height: measure(Height, `${path}.Height`, Number.MIN_VALUE) };
}

/** A picture or a small film. */
function markOf(mark: Mark, path: string): FilmMark {
  oneOf(mark.Type ?? '', 'Targets', ['text', 'file']);
  for (const name of [
    'Content',
    'FontName',
    'FontSize',
    'FontColor',
    'FontApha',
    'BorderColor',
    'BorderWidth',
  ] as const) {
    if (mark[name] !== undefined && mark[name] !== '') throw invalid(`${path}.${name}`, 'it is for texts');
  }
  const { URI, Width, Height } = mark;
  return {
    o: helperOf(URI, 'Targets').o,
    ...placeOf(mark, path),
    ...(Width !== undefined && { width: measure(Width, `${path}.Width`, Number.MIN_VALUE) }),
    ...(Height !== undefined && { height: measure(Height, `${path}.Height`, Number.MIN_VALUE) }),
  };
}

function textOf(mark: Mark, path: string): FilmText {
  const { Content = '', FontName = 'SourceHanSans-Regular', FontSize = 16, FontColor = '#000000' } = mark;
  const { FontApha = 1, BorderColor = '#000000', BorderWidth = 0 } = mark;
  for (const name of ['URI', 'Width', 'Height'] as const) {
    if (mark[name] !== undefined && mark[name] !== '') throw invalid(`${path}.${name}`, 'it is for files');
  }
  if (Content === '' || Content.length > 256) throw invalid(`${path}.Content`, 'it has 1 to 256 characters');
  for (const color of [FontColor, BorderColor]) {
    if (!/^#[0-9a-fA-F]{6}$/.test(color)) throw invalid(path, 'colours are written #RRGGBB');
  }
  const font = oneOf(FontName, 'Targets', fonts);
  return {
    ...placeOf(mark, path),
    text: Content,
    serif: font.includes('Serif'),
    bold: font.endsWith('Bold'),
    size: within(FontSize, 'Targets', 4, 120) ?? 16,
    color: FontColor,
    alpha: within(FontApha, 'Targets', 0, 1) ?? 1,
    border: { color: BorderColor, width: within(BorderWidth, 'Targets', 0, 4096) ?? 0 },
  };
}
