import { DomainError } from '../../domain/errors.ts';

/** What ffprobe says about a source, in our units. Times are milliseconds; what is not known is undefined. */
export interface MediaFacts {
  /** FFmpeg's demuxer, all aliases joined by commas. */
  formatName: string;
  durationMs: number | undefined;
  /** bit/s over all streams. */
  bitrate: number | undefined;
  video: VideoFacts | undefined;
  audio: AudioFacts | undefined;
  subtitle: { index: number; codec: string } | undefined;
  /** ffprobe's own answer, for `video/info` and `audio/info`. */
  raw: ProbeReport;
}

export interface VideoFacts {
  /** FFmpeg's stream number in the source. */
  index: number;
  codec: string;
  /** As shown: after the rotation that the source asks for, before the pixel aspect ratio. */
  width: number;
  height: number;
  /** Clockwise degrees that a player turns the stored picture by. */
  rotation: 0 | 90 | 180 | 270;
  /** Width of a pixel over its height, after rotation. */
  pixelAspect: number;
  pixelFormat: string;
  framesPerSecond: number | undefined;
  /** Frames do not come at equal distances. */
  variableRate: boolean;
  bitrate: number | undefined;
  durationMs: number | undefined;
}

export interface AudioFacts {
  index: number;
  codec: string;
  sampleRate: number;
  channels: number;
  bitrate: number | undefined;
  durationMs: number | undefined;
}

/** The part of ffprobe's JSON that is read. Numbers arrive as strings where they may exceed 32 bits. */
export interface ProbeReport {
  format: ProbeFormat;
  streams: ProbeStream[];
}

export interface ProbeFormat {
  format_name?: string;
  format_long_name?: string;
  nb_streams?: number;
  nb_programs?: number;
  start_time?: string;
  duration?: string;
  size?: string;
  bit_rate?: string;
  probe_score?: number;
  tags?: Record<string, string>;
}

export interface ProbeStream {
  index: number;
  codec_type?: string;
  codec_name?: string;
  codec_long_name?: string;
  codec_tag?: string;
  codec_tag_string?: string;
  profile?: string;
  level?: number;
  width?: number;
  height?: number;
  pix_fmt?: string;
  bits_per_raw_sample?: string;
  has_b_frames?: number;
  sample_aspect_ratio?: string;
  display_aspect_ratio?: string;
  r_frame_rate?: string;
  avg_frame_rate?: string;
  time_base?: string;
  start_time?: string;
  duration?: string;
  bit_rate?: string;
  nb_frames?: string;
  color_range?: string;
  color_space?: string;
  color_transfer?: string;
  color_primaries?: string;
  /** Of what a decoder must know before the first frame. */
  extradata_hash?: string;
  sample_rate?: string;
  sample_fmt?: string;
  channels?: number;
  channel_layout?: string;
  disposition?: Record<string, number>;
  tags?: Record<string, string>;
  side_data_list?: { side_data_type?: string; rotation?: number }[];
}

/**
 * Below this score the demuxer was guessed from a byte pattern that noise has too: random bytes look like one MPEG
 * audio frame (score 1), while the shortest real file of every allowed container scores at least 5.
 */
const LEAST_PROBE_SCORE = 5;

/** Reads ffprobe's answer; refuses what is not media. */
export function readProbe(json: string): MediaFacts {
  const raw = parseReport(json);
  const { format, streams } = raw;
  if (!format.format_name || (format.probe_score ?? 0) < LEAST_PROBE_SCORE) {
    throw new DomainError('MediaUnreadable', {
      reason: 'The source is not a video or audio file that can be recognised.',
    });
  }
  const videoStream = streams.find((stream) => stream.codec_type === 'video' && !isPicture(stream));
  const audioStream = streams.find((stream) => stream.codec_type === 'audio');
  const subtitleStream = streams.find((stream) => stream.codec_type === 'subtitle');
  const video = videoStream && readVideo(videoStream);
  const audio = audioStream && readAudio(audioStream);
  const durationMs = milliseconds(format.duration) ?? video?.durationMs ?? audio?.durationMs;
  return {
    formatName: format.format_name,
    durationMs,
    bitrate: positive(format.bit_rate),
    video,
    audio,
    subtitle: subtitleStream?.codec_name
      ? { index: subtitleStream.index, codec: subtitleStream.codec_name }
      : undefined,
    raw,
  };
}

/** Cover art and thumbnails are pictures that happen to sit in a video stream. */
export function isPicture(stream: ProbeStream): boolean {
  const disposition = stream.disposition ?? {};
  return disposition.attached_pic === 1 || disposition.timed_thumbnails === 1;
}

/** Clockwise degrees, from the display matrix; ffprobe states them counter-clockwise. */
export function rotationOf(stream: ProbeStream): VideoFacts['rotation'] {
  const stated = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  const turned = (((Math.round(-stated / 90) * 90) % 360) + 360) % 360;
  return turned === 90 || turned === 180 || turned === 270 ? turned : 0;
}

/** `25/1` as a number; undefined for `0/0`. */
export function ratio(text: string | undefined, separator = '/'): number | undefined {
  const [above, below] = (text ?? '').split(separator).map(Number);
  return above && below && above > 0 && below > 0 ? above / below : undefined;
}

export function readVideo(stream: ProbeStream): VideoFacts | undefined {
  const { width, height } = stream;
  if (!stream.codec_name || !width || !height) return undefined;
  const rotation = rotationOf(stream);
  const sideways = rotation === 90 || rotation === 270;
  const aspect = ratio(stream.sample_aspect_ratio, ':') ?? 1;
  return {
    index: stream.index,
    codec: stream.codec_name,
    width: sideways ? height : width,
    height: sideways ? width : height,
    rotation,
    pixelAspect: sideways ? 1 / aspect : aspect,
    pixelFormat: stream.pix_fmt ?? 'yuv420p',
    variableRate: isVariable(ratio(stream.r_frame_rate), ratio(stream.avg_frame_rate)),
    framesPerSecond: ratio(stream.avg_frame_rate) ?? ratio(stream.r_frame_rate),
    bitrate: positive(stream.bit_rate) ?? positive(stream.tags?.BPS),
    durationMs: milliseconds(stream.duration) ?? clockMs(stream.tags?.DURATION),
  };
}

/** The smallest rate that all frames' times fit, against the rate they have on average. */
function isVariable(base: number | undefined, average: number | undefined): boolean {
  return base !== undefined && average !== undefined && Math.abs(base - average) / base > 0.01;
}

export function readAudio(stream: ProbeStream): AudioFacts | undefined {
  const sampleRate = positive(stream.sample_rate);
  if (!stream.codec_name || !sampleRate || !stream.channels) return undefined;
  return {
    index: stream.index,
    codec: stream.codec_name,
    sampleRate,
    channels: stream.channels,
    bitrate: positive(stream.bit_rate) ?? positive(stream.tags?.BPS),
    durationMs: milliseconds(stream.duration) ?? clockMs(stream.tags?.DURATION),
  };
}

function parseReport(json: string): ProbeReport {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new DomainError('EngineFailed', { reason: 'ffprobe did not answer with JSON.' }, { cause });
  }
  const report = (typeof value === 'object' && value !== null ? value : {}) as Partial<ProbeReport>;
  return { format: report.format ?? {}, streams: Array.isArray(report.streams) ? report.streams : [] };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

function milliseconds(seconds: string | undefined): number | undefined {
  const number = positive(seconds);
  return number === undefined ? undefined : number * 1000;
}

/** Matroska's `00:01:02.345000000`. */
function clockMs(text: string | undefined): number | undefined {
  const parts = (text ?? '').split(':').map(Number);
  const [hours, minutes, seconds] = parts;
  if (parts.length !== 3 || hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  const total = (hours * 3600 + minutes * 60 + seconds) * 1000;
  return total > 0 ? total : undefined;
}
