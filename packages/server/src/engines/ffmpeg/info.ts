import { isPicture, type MediaFacts, type ProbeStream, rotationOf } from './probe.ts';

type Json = string | number | Json[] | { [name: string]: Json };
type Fields = Record<string, Json | undefined>;

/**
 * The answer of `video/info` and `audio/info`: the fields of the vendor's DetectMediaMeta. Sizes, bit rates and counts
 * are integers, times are seconds, frame rates fractions, `Rotate` is a string, and what is not known is left out.
 */
export function mediaInfo(facts: MediaFacts, size: number): Record<string, Json> {
  const { format, streams } = facts.raw;
  const tag = reader(format.tags);
  const pictures = streams.filter((stream) => stream.codec_type === 'video' && !isPicture(stream));
  const [picture] = pictures;
  return known({
    FormatName: format.format_name,
    FormatLongName: format.format_long_name,
    Size: size,
    Bitrate: integer(format.bit_rate),
    Duration: decimal(format.duration),
    StartTime: decimal(format.start_time),
    StreamCount: format.nb_streams,
    ProgramCount: format.nb_programs,
    Title: tag('title'),
    Artist: tag('artist'),
    Album: tag('album'),
    AlbumArtist: tag('album_artist'),
    Composer: tag('composer'),
    Performer: tag('performer'),
    Language: tag('language'),
    ProduceTime: tag('creation_time') ?? tag('date'),
    LatLong: latLong(tag('com.apple.quicktime.location.iso6709') ?? tag('location')),
    VideoWidth: picture?.width,
    VideoHeight: picture?.height,
    VideoStreams: list(pictures.map(videoStream)),
    AudioStreams: list(streams.filter((stream) => stream.codec_type === 'audio').map(audioStream)),
    Subtitles: list(streams.filter((stream) => stream.codec_type === 'subtitle').map(subtitleStream)),
  });
}

function common(stream: ProbeStream): Fields {
  return {
    Index: stream.index,
    CodecName: stream.codec_name,
    CodecLongName: stream.codec_long_name,
    CodecTag: stream.codec_tag,
    CodecTagString: stream.codec_tag_string,
    Profile: stream.profile,
    TimeBase: stream.time_base,
    StartTime: decimal(stream.start_time),
    Duration: decimal(stream.duration),
    Bitrate: integer(stream.bit_rate),
    FrameCount: integer(stream.nb_frames),
    Language: reader(stream.tags)('language'),
  };
}

function videoStream(stream: ProbeStream): Record<string, Json> {
  return known({
    ...common(stream),
    Level: stream.level,
    Width: stream.width,
    Height: stream.height,
    PixelFormat: stream.pix_fmt,
    BitDepth: integer(stream.bits_per_raw_sample),
    FrameRate: fraction(stream.r_frame_rate),
    AverageFrameRate: fraction(stream.avg_frame_rate),
    SampleAspectRatio: stream.sample_aspect_ratio,
    DisplayAspectRatio: stream.display_aspect_ratio,
    Rotate: rotationOf(stream) === 0 ? undefined : String(rotationOf(stream)),
    HasBFrames: stream.has_b_frames,
    ColorRange: stream.color_range,
    ColorSpace: stream.color_space,
    ColorTransfer: stream.color_transfer,
    ColorPrimaries: stream.color_primaries,
  });
}

function audioStream(stream: ProbeStream): Record<string, Json> {
  return known({
    ...common(stream),
    SampleRate: integer(stream.sample_rate),
    SampleFormat: stream.sample_fmt,
    Channels: stream.channels,
    ChannelLayout: stream.channel_layout,
    Lyric: reader(stream.tags)('lyrics'),
  });
}

function subtitleStream(stream: ProbeStream): Record<string, Json> {
  return known({ ...common(stream), Width: stream.width, Height: stream.height });
}

/** Tag names are upper case in some containers and lower case in others. */
function reader(tags: Record<string, string> | undefined): (name: string) => string | undefined {
  const lower = new Map(Object.entries(tags ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => lower.get(name);
}

function known(fields: Fields): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) result[name] = value;
  return result;
}

function list(items: Json[]): Json | undefined {
  return items.length === 0 ? undefined : items;
}

function integer(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) ? Math.round(value) : undefined;
}

function decimal(text: string | undefined): number | undefined {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) ? value : undefined;
}

function fraction(text: string | undefined): string | undefined {
  return text === '0/0' ? undefined : text;
}

/** ISO 6709 (`+31.2304+121.4737+010.0/`) as `lat,long`. */
function latLong(text: string | undefined): string | undefined {
  const [, latitude, longitude] = /^([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)/.exec(text ?? '') ?? [];
  return latitude && longitude ? `${Number(latitude)},${Number(longitude)}` : undefined;
}
