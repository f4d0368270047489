import { DomainError } from '../../domain/errors.ts';

/** What a value of `f` means to FFmpeg and to whoever downloads the result. */
export interface Container {
  muxer: string;
  contentType: string;
  /** FFmpeg codec names that players find in such a file again, or `any`. */
  video: readonly string[] | 'any';
  audio: readonly string[] | 'any';
  /** Subtitle codecs kept as they are, and the text codec that other text subtitles become. */
  subtitles: { copied: readonly string[] | 'any'; text?: string };
}

const pcm = ['pcm_s16le', 'pcm_s24le', 'pcm_s32le', 'pcm_u8', 'pcm_f32le', 'pcm_alaw', 'pcm_mulaw'];
const none = { copied: [] } as const;

/**
 * Which codecs each container takes. FFmpeg itself is not asked, because it writes some pairs that nothing can read
 * (FLAC or VP9 in MPEG-TS becomes anonymous data, H.265 in ASF an unknown codec) and reports success.
 */
export const containers = {
  mp4: {
    muxer: 'mp4',
    contentType: 'video/mp4',
    video: ['h264', 'hevc', 'vp9', 'av1', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg'],
    audio: ['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'opus', 'flac', 'vorbis', 'alac', 'dts'],
    subtitles: { copied: ['mov_text', 'dvd_subtitle'], text: 'mov_text' },
  },
  mov: {
    muxer: 'mov',
    contentType: 'video/quicktime',
    video: ['h264', 'hevc', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg', 'prores', 'dnxhd', 'dvvideo', 'h263', 'png'],
    audio: ['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'vorbis', 'alac', 'amr_nb', 'amr_wb', 'pcm_s16be', ...pcm],
    subtitles: { copied: ['mov_text'], text: 'mov_text' },
  },
  mkv: {
    muxer: 'matroska',
    contentType: 'video/x-matroska',
    video: 'any',
    audio: 'any',
    subtitles: {
      copied: ['subrip', 'ass', 'ssa', 'webvtt', 'dvd_subtitle', 'hdmv_pgs_subtitle', 'dvb_subtitle'],
      text: 'subrip',
    },
  },
  asf: {
    muxer: 'asf',
    contentType: 'video/x-ms-asf',
    video: ['h264', 'vp9', 'vp8', 'mpeg4', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'msmpeg4v2', 'msmpeg4v3', 'mjpeg'],
    audio: ['aac', 'mp3', 'mp2', 'ac3', 'flac', 'vorbis', 'wmav1', 'wmav2', 'wmapro', 'wmalossless', ...pcm],
    subtitles: none,
  },
  avi: {
    muxer: 'avi',
    contentType: 'video/x-msvideo',
    video: ['h264', 'hevc', 'vp9', 'vp8', 'mpeg4', 'mpeg2video', 'mpeg1video', 'mjpeg', 'msmpeg4v2', 'msmpeg4v3'],
    audio: ['aac', 'mp3', 'mp2', 'ac3', 'flac', 'vorbis', 'wmav2', ...pcm],
    subtitles: none,
  },
  mxf: {
    muxer: 'mxf',
    contentType: 'application/mxf',
    video: ['h264', 'mpeg2video', 'mjpeg', 'dnxhd', 'prores', 'dvvideo', 'jpeg2000'],
    audio: pcm.slice(0, 3),
    subtitles: none,
  },
  ts: {
    muxer: 'mpegts',
    contentType: 'video/mp2t',
    video: ['h264', 'hevc', 'mpeg4', 'mpeg2video', 'mpeg1video'],
    audio: ['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'opus', 'dts', 'truehd'],
    subtitles: { copied: ['dvb_subtitle', 'dvb_teletext'] },
  },
  flv: {
    muxer: 'flv',
    contentType: 'video/x-flv',
    video: ['h264', 'flv1', 'vp6', 'vp6f', 'vp6a', 'flashsv', 'flashsv2'],
    audio: ['aac', 'mp3', 'speex', 'nellymoser', 'pcm_s16le', 'pcm_u8', 'pcm_alaw', 'pcm_mulaw'],
    subtitles: none,
  },
  webm: {
    muxer: 'webm',
    contentType: 'video/webm',
    video: ['vp8', 'vp9', 'av1'],
    audio: ['opus', 'vorbis'],
    subtitles: { copied: ['webvtt'], text: 'webvtt' },
  },
  mp3: { muxer: 'mp3', contentType: 'audio/mpeg', video: [], audio: ['mp3'], subtitles: none },
  aac: { muxer: 'adts', contentType: 'audio/aac', video: [], audio: ['aac'], subtitles: none },
  flac: { muxer: 'flac', contentType: 'audio/flac', video: [], audio: ['flac'], subtitles: none },
  oga: { muxer: 'oga', contentType: 'audio/ogg', video: [], audio: ['vorbis', 'opus', 'flac'], subtitles: none },
  ac3: { muxer: 'ac3', contentType: 'audio/ac3', video: [], audio: ['ac3'], subtitles: none },
  opus: { muxer: 'opus', contentType: 'audio/ogg', video: [], audio: ['opus'], subtitles: none },
  amr: { muxer: 'amr', contentType: 'audio/amr', video: [], audio: ['amr_nb', 'amr_wb'], subtitles: none },
} as const satisfies Record<string, Container>;

export type ContainerName = keyof typeof containers;

export function container(name: ContainerName): Container {
  return containers[name];
}

/** Whether a container exists to hold sound only. */
export function soundOnly(name: ContainerName): boolean {
  return container(name).video.length === 0;
}

/** Refuses a codec that the container cannot hold, naming both and what would do. */
export function requireFit(
  name: ContainerName,
  kind: 'video' | 'audio',
  codec: string,
  how: 'copied' | 'encoded',
): void {
  const accepted = container(name)[kind];
  if (accepted === 'any' || accepted.includes(codec)) return;
  const parameter = kind === 'video' ? 'vcodec' : 'acodec';
  const source =
    how === 'copied' ? `the source's ${codec} ${kind}, which ${parameter}_copy keeps,` : `${codec} ${kind}`;
  const instead = accepted.length === 0 ? `It holds no ${kind}` : `It takes ${accepted.join(', ')}`;
  throw new DomainError('MediaUnsupported', {
    reason: `${codec} in ${name}: a ${name} file cannot hold ${source}. ${instead}; choose another ${parameter} or f.`,
  });
}
