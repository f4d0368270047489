import { DomainError } from '../../domain/errors.ts';
import { isPicture, type MediaFacts, type VideoFacts } from '../ffmpeg/probe.ts';
import { type Box, fitPicture, type Geometry, geometryFilters, type ScaleType } from './geometry.ts';

export type PictureFormat = 'jpg' | 'png';

export const pictureTypes: Readonly<Record<PictureFormat | 'gif' | 'webp', string>> = {
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** Refuses sources that have no moving picture; cover art does not count. */
export function requireVideo(facts: MediaFacts): VideoFacts {
  if (facts.video) return facts.video;
  throw new DomainError('MediaUnreadable', { reason: 'The source has no video stream.' });
}

/** What `w`, `h`, `pw`, `ph` and `scaletype` make of a frame: pixels win, percentages apply when neither is given. */
export function planFrame(
  video: VideoFacts,
  params: { w?: number; h?: number; pw: number; ph: number; scaletype: ScaleType },
): Geometry {
  const want: Partial<Box> = {};
  if (params.w !== undefined) want.width = params.w;
  if (params.h !== undefined) want.height = params.h;
  if (params.w === undefined && params.h === undefined) {
    const square = Math.abs(video.pixelAspect - 1) < 1e-6;
    // A picture file has square pixels, so a frame that has not is brought into shape even at 100 %.
    if (params.pw !== 100 || params.ph !== 100 || !square) {
      want.width = (video.width * video.pixelAspect * params.pw) / 100;
      want.height = (video.height * params.ph) / 100;
    }
  }
  return fitPicture(video, want, params.scaletype, 1);
}

/** Filters that bring frames into shape and into the colours of still pictures. */
export function pictureFilters(
  facts: MediaFacts,
  geometry: Geometry,
  format: PictureFormat | 'gif' | 'webp',
): string[] {
  const matrix = colourMatrix(facts);
  const from = matrix === undefined ? '' : `in_color_matrix=${matrix}`;
  if (format === 'png') return [...geometryFilters(geometry, from), 'format=rgb24'];
  if (format === 'gif') return geometryFilters(geometry, from);
  // JPEG and WebP have no field for the matrix: readers take it to be that of BT.601.
  const to = [from, 'out_color_matrix=bt601', format === 'jpg' ? 'out_range=pc' : 'out_range=tv']
    .filter(Boolean)
    .join(':');
  const transparent = /^(yuva|rgba|bgra|argb|abgr|pal8|gbrap)/.test(facts.video?.pixelFormat ?? '');
  if (format === 'webp')
    return transparent
      ? [...geometryFilters(geometry, from), 'format=bgra']
      : [...geometryFilters(geometry, to), 'format=yuv420p'];
  return [...geometryFilters(geometry, to), 'format=yuvj420p'];
}

/** Encoder options for still pictures. */
export function pictureEncoder(format: PictureFormat): string[] {
  return format === 'jpg' ? ['-c:v', 'mjpeg', '-q:v', '2'] : ['-c:v', 'png'];
}

/** Video that does not say its matrix has that of its size: BT.709 from 720 lines on. RGB has none. */
function colourMatrix(facts: MediaFacts): string | undefined {
  const { video } = facts;
  const stream = facts.raw.streams.find((candidate) => candidate.codec_type === 'video' && !isPicture(candidate));
  if (!video || !stream || !/^(yuv|nv12|p010)/.test(video.pixelFormat)) return undefined;
  const stated = stream.color_space;
  if (stated === 'bt709') return 'bt709';
  if (stated === 'smpte170m' || stated === 'bt470bg') return 'bt601';
  if (stated !== undefined && stated !== 'unknown') return 'auto';
  return Math.min(video.width, video.height) >= 720 ? 'bt709' : 'bt601';
}
