import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import { type ContainerName, container, requireFit, soundOnly } from '../ffmpeg/containers.ts';
import type { MediaFacts, VideoFacts } from '../ffmpeg/probe.ts';
import { chooseBitrate, planSound } from '../ffmpeg/sound.ts';
import { lasting, requireStartInside, startAt } from '../ffmpeg/time.ts';
import { type Box, fitPicture, type Geometry, geometryFilters } from './geometry.ts';

export type ConvertParams = OperationNamed<'video/convert'>['params'];

/** What decides how a picture is encoded. */
type CodingParams = Omit<ConvertParams, 'vcodec' | 'acodec'>;

const operation = 'video/convert';

/** FFmpeg's part of a conversion; `output` lacks only the file's name. */
export interface ConvertPlan {
  input: string[];
  output: string[];
  /** What `output` is made of: the options of the picture, of the sound (absent without one), and all others. */
  video: string[] | undefined;
  audio: string[] | undefined;
  rest: string[];
  /** Encoders that have to exist. */
  encoders: string[];
  /** Size of the picture that comes out; undefined without one. */
  size: Box | undefined;
}

/** Maps every parameter of `video/convert` onto FFmpeg; refuses what cannot come true, naming the parameter. */
export function planConvert(params: ConvertParams, facts: MediaFacts): ConvertPlan {
  requireStartInside(operation, facts, params.ss);
  const encoders: string[] = [];
  const video = planVideo(params, facts, encoders);
  const audio = planAudio(params, facts, encoders);
  if (video === undefined && audio === undefined) throw nothingLeft(params, facts);
  const rest = [...planSubtitle(params, facts), ...lasting(params.t), ...muxing(params.f)];
  return {
    input: startAt(params.ss),
    output: [...(video?.options ?? ['-vn']), ...(audio ?? ['-an']), ...rest],
    video: video?.options,
    audio,
    rest,
    encoders,
    size: video?.size,
  };
}

/** How any result is written, up to the file's name. */
export function muxing(f: ContainerName): string[] {
  return [
    // Chapters would come out as a data stream; the result has the streams chosen and nothing else.
    ...['-dn', '-map_chapters', '-1'],
    // No dates, version strings or random ids: the same source and parameters give the same bytes.
    ...['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'],
    // A clock that the source's headers name would become one more stream.
    ...(f === 'mp4' || f === 'mov' ? ['-movflags', '+faststart', '-write_tmcd', '0', '-strict', 'experimental'] : []),
    ...['-f', container(f).muxer],
  ];
}

function planVideo(
  params: ConvertParams,
  facts: MediaFacts,
  encoders: string[],
): { options: string[]; size: Box } | undefined {
  const { video } = facts;
  if (params.vn === 1 || soundOnly(params.f)) return undefined;
  if (video === undefined) {
    throw new DomainError('MediaUnreadable', {
      reason: `The source has no video stream, which f_${params.f} asks for; give vn_1 to convert its sound only.`,
    });
  }
  const map = ['-map', `0:${video.index}`];
  if (params.vcodec === 'copy') {
    requireFit(params.f, 'video', video.codec, 'copied');
    return {
      options: [...map, '-c:v', 'copy', ...codecTag(params.f, video.codec)],
      size: { width: video.width, height: video.height },
    };
  }
  const codec = params.vcodec === 'h265' ? 'hevc' : params.vcodec;
  requireFit(params.f, 'video', codec, 'encoded');
  const pixelFormat = params.pixfmt ?? keptPixelFormat(video.pixelFormat);
  if (pixelFormat === 'yuva420p' && codec !== 'vp9') {
    throw new DomainError('ProcessInvalid', {
      operation,
      parameter: 'pixfmt',
      value: pixelFormat,
      reason: 'Only vcodec_vp9 keeps transparency; choose yuv420p.',
    });
  }
  const geometry = planSize(params, video);
  const rate = planRate(params, video);
  const filters = [
    ...(rate ? [`fps=${rate}`] : alignedStart(params, video)),
    ...geometryFilters(geometry),
    `format=${pixelFormat}`,
  ];
  const { encoder, options } = videoEncoder(codec, params, facts, pixelFormat);
  encoders.push(encoder);
  return {
    options: [
      ...map,
      '-vf',
      filters.join(','),
      ...frameTiming(params, video),
      '-c:v',
      encoder,
      ...options,
      ...codecTag(params.f, codec),
    ],
    size: geometry.size,
  };
}

/** The size that `s`, `sopt`, `scaletype` and `arotate` ask for together. Sizes are those after rotation. */
export function planSize(params: CodingParams, video: VideoFacts): Geometry {
  const even = { width: video.width, height: video.height, pixelAspect: video.pixelAspect };
  if (!params.s) return fitPicture(even, {}, params.scaletype, 2);
  const { width, height } = params.s;
  // `s` then means long side x short side, and lies or stands as the source does.
  const turned = params.arotate === 1 && video.height > video.width;
  const want: Partial<Box> = {};
  const [across, down] = turned ? [height, width] : [width, height];
  if (across !== undefined) want.width = across;
  if (down !== undefined) want.height = down;
  const geometry = fitPicture(even, want, params.scaletype, 2);
  // The vendor compares areas, not sides.
  const smaller = video.width * video.height < geometry.size.width * geometry.size.height;
  if (params.sopt === 2 && smaller) {
    throw refused('sopt', `The source is ${video.width}x${video.height}, smaller than s; use sopt_1 to keep its size.`);
  }
  if (params.sopt === 1 && smaller) return fitPicture(even, {}, params.scaletype, 2);
  if (Math.max(geometry.size.width, geometry.size.height) > LONGEST_SIDE) {
    throw new DomainError('MediaTooLarge', {
      limit: 'pixels',
      reason: `Keeping the proportions of ${video.width}x${video.height} would need ${geometry.size.width}x${geometry.size.height}; a side has at most ${LONGEST_SIDE} pixels.`,
    });
  }
  return geometry;
}

/** A side that follows the proportions may pass the 4096 of `s` itself, but not what every encoder can do. */
const LONGEST_SIDE = 8192;

export function planRate(params: CodingParams, video: VideoFacts): number | undefined {
  if (!params.fps) return undefined;
  const source = video.framesPerSecond;
  if (params.fpsopt === 0 || source === undefined || source >= params.fps) return params.fps;
  if (params.fpsopt === 1) return undefined;
  throw refused(
    'fpsopt',
    `The source has ${Number(source.toFixed(3))} frames per second, less than fps; use fpsopt_1.`,
  );
}

/**
 * A cut between two frames leaves the first one a part of a frame late, and all of them between two ticks of the
 * encoder's clock, where rounding makes neighbours collide. That part is taken away.
 */
function alignedStart(params: ConvertParams, video: VideoFacts): string[] {
  if (params.ss === 0 || video.variableRate || video.framesPerSecond === undefined) return [];
  return [`setpts='PTS-mod(STARTPTS,1/(${video.framesPerSecond}*TB))'`];
}

/**
 * Frames keep their times unless a rate is asked for: by itself FFmpeg fills the gaps of a variable rate with copies, and
 * counts time in whole frames. MXF knows constant rates only.
 */
function frameTiming(params: ConvertParams, video: VideoFacts): string[] {
  if (params.f === 'mxf') return [];
  const variable = video.variableRate && !params.fps;
  return ['-fps_mode', 'vfr', ...(variable ? ['-enc_time_base', '1:1000'] : [])];
}

export function videoEncoder(
  codec: string,
  params: CodingParams,
  facts: MediaFacts,
  pixelFormat: string,
): { encoder: string; options: string[] } {
  const options = ['-g', String(params.g)];
  const sourceRate = facts.video?.bitrate ?? restBitrate(facts);
  const bitrate =
    params.vb === undefined ? undefined : chooseBitrate(operation, 'vb', params.vb, params.vbopt, sourceRate);
  const crf = params.crf ?? 23;
  if (codec === 'vp9') {
    // Without these libvpx takes ten times as long for a difference nobody sees.
    options.push('-deadline', 'good', '-cpu-used', '4', '-row-mt', '1');
    if (pixelFormat === 'yuva420p') options.push('-auto-alt-ref', '0');
    // Its factor runs to 63 where that of H.264 and H.265 ends at 51.
    if (bitrate === undefined)
      options.push('-crf', String(Math.round((crf * 63) / 51)), '-b:v', String(params.maxrate ?? 0));
    else options.push('-b:v', String(bitrate));
  } else {
    if (codec === 'hevc') options.push('-x265-params', 'log-level=error');
    options.push(...(bitrate === undefined ? ['-crf', String(crf)] : ['-b:v', String(bitrate)]));
  }
  if (params.maxrate !== undefined && codec !== 'vp9') options.push('-maxrate', String(params.maxrate));
  if (params.bufsize !== undefined) options.push('-bufsize', String(params.bufsize));
  const encoder = codec === 'h264' ? 'libx264' : codec === 'hevc' ? 'libx265' : 'libvpx-vp9';
  return { encoder, options };
}

/** What the container says of all streams, less the sound: the picture's share where the stream itself is silent. */
function restBitrate(facts: MediaFacts): number | undefined {
  if (facts.bitrate === undefined) return undefined;
  const rest = facts.bitrate - (facts.audio?.bitrate ?? 0);
  return rest > 0 ? rest : undefined;
}

/**
 * Players on Apple's systems want H.265 tagged `hvc1`; AVI has no tag for it of its own, and without one nothing can tell
 * what the stream is.
 */
export function codecTag(name: ContainerName, codec: string): string[] {
  if (codec !== 'hevc') return [];
  if (name === 'mp4' || name === 'mov') return ['-tag:v', 'hvc1'];
  return name === 'avi' ? ['-tag:v', 'H265'] : [];
}

/**
 * The source's pixel format where it is one that the vendor lists. Others (RGB of screen recordings and GIFs, 4:1:1,
 * 12 bits) become 4:2:0 of the same depth, since hardly any player shows what they would be kept as.
 */
export function keptPixelFormat(source: string): string {
  const match = /^yuva?(j?)(420|422|444)p(10le)?$/.exec(source);
  if (match) return `yuv${match[1]}${match[2]}p${match[3] ?? ''}`;
  return /p010|(10|12|14|16)(le|be)$/.test(source) ? 'yuv420p10le' : 'yuv420p';
}

function planAudio(params: ConvertParams, facts: MediaFacts, encoders: string[]): string[] | undefined {
  const { audio } = facts;
  // A source without sound stays without: asking for a codec is not asking for silence.
  if (params.an === 1 || audio === undefined) return undefined;
  const map = ['-map', `0:${audio.index}`];
  if (params.acodec === 'copy') {
    requireFit(params.f, 'audio', audio.codec, 'copied');
    return [...map, '-c:a', 'copy'];
  }
  const { acodec: codec, ar, ac, aq, ab, abopt } = params;
  // FLV has two bits for the rate of MP3.
  const rates = params.f === 'flv' && codec === 'mp3' ? [11025, 22050, 44100] : undefined;
  const plan = planSound(operation, audio, { codec, ar, ac, aq, ab, abopt, rates });
  requireFit(params.f, 'audio', plan.codec, 'encoded');
  encoders.push(plan.encoder);
  return [...map, ...plan.options];
}

export const TEXT_SUBTITLES: readonly string[] = ['subrip', 'ass', 'ssa', 'webvtt', 'mov_text', 'text'];

/** The first subtitle stream, copied or, where it is text, in the container's own form; dropped where there is none. */
function planSubtitle(params: ConvertParams, facts: MediaFacts): string[] {
  const { subtitle } = facts;
  if (params.sn === 1 || subtitle === undefined) return ['-sn'];
  const { copied, text } = container(params.f).subtitles;
  const map = ['-map', `0:${subtitle.index}`];
  if (copied === 'any' || copied.includes(subtitle.codec)) return [...map, '-c:s', 'copy'];
  return text !== undefined && TEXT_SUBTITLES.includes(subtitle.codec) ? [...map, '-c:s', text] : ['-sn'];
}

function nothingLeft(params: ConvertParams, facts: MediaFacts): DomainError {
  if (facts.audio === undefined) {
    return new DomainError('MediaUnreadable', {
      reason: `The source has no sound, and f_${params.f} would hold nothing else.`,
    });
  }
  return new DomainError('ProcessInvalid', {
    operation,
    parameter: 'an',
    value: '1',
    reason: 'Neither picture nor sound would be left; drop an_1 or vn_1.',
  });
}

function refused(parameter: string, reason: string): DomainError {
  return new DomainError('ProcessInvalid', { operation, parameter, value: '2', reason });
}
