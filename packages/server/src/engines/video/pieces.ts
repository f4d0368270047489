import { readdir, readFile, stat } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { FilmSegments, FilmVariant, MediaSummary } from '../../domain/ports/media-engine.ts';
import { container } from '../ffmpeg/containers.ts';
import type { Job } from '../ffmpeg/job.ts';
import type { ConvertParams } from './convert.ts';
import type { Box } from './geometry.ts';

const LIST = 'pieces';
const PIECE = 'piece-';

/** What a conversion or a joint has made, whole or in pieces. */
export async function emitFilm(
  job: Job,
  name: string,
  { f, size, sound, outTimeMs }: { f: ConvertParams['f']; size: Box | undefined; sound: boolean; outTimeMs: number },
): Promise<MediaSummary> {
  const { run, workspace } = job;
  const segments = run.film?.segments;
  const told = { durationMs: Math.round(outTimeMs) };
  if (segments) {
    const bandwidth = await emitPieces(job, name, segments);
    const variant: FilmVariant = { bandwidth, sound, ...(size && { size }) };
    return { ...told, variant };
  }
  const resolution = size && { resolution: `${size.width}x${size.height}` };
  await run.emit({
    contentType: container(f).contentType,
    extension: f,
    body: { path: await workspace.output(name) },
    variables: { streamindex: '0', index: '1', ...resolution },
  });
  return told;
}

/** How FFmpeg cuts a finished film into pieces, and what they are. */
const forms = {
  ts: {
    ...{ demuxer: 'mpegts', extension: 'ts', contentType: 'video/mp2t', list: 'm3u8' },
    listType: 'application/vnd.apple.mpegurl',
    options: ({ seconds, first }: FilmSegments) => [
      ...['-f', 'segment', '-segment_format', 'mpegts', '-segment_time', String(seconds)],
      ...['-segment_time_delta', '0.05', '-segment_start_number', String(first)],
      ...['-segment_list', LIST, '-segment_list_type', 'm3u8', '-segment_list_size', '0', `${PIECE}%d.ts`],
    ],
  },
  fmp4: {
    ...{ demuxer: 'mov', extension: 'm4s', contentType: 'video/iso.segment', list: 'm3u8' },
    listType: 'application/vnd.apple.mpegurl',
    options: ({ seconds, first }: FilmSegments) => [
      ...['-f', 'hls', '-hls_segment_type', 'fmp4', '-hls_time', String(seconds), '-hls_playlist_type', 'vod'],
      ...['-hls_fmp4_init_filename', `${PIECE}init.m4s`, '-start_number', String(first)],
      ...['-hls_segment_filename', `${PIECE}%d.m4s`, LIST],
    ],
  },
  dash: {
    ...{ demuxer: 'mov', extension: 'm4s', contentType: 'video/iso.segment', list: 'mpd' },
    listType: 'application/dash+xml',
    options: ({ seconds }: FilmSegments) => [
      ...['-f', 'dash', '-dash_segment_type', 'mp4', '-seg_duration', String(seconds)],
      ...['-use_template', '1', '-use_timeline', '1', '-init_seg_name', `${PIECE}init-$RepresentationID$.m4s`],
      ...['-media_seg_name', `${PIECE}$RepresentationID$-$Number$.m4s`, LIST],
    ],
  },
} as const;

/**
 * Cuts a finished film into pieces; the playlist comes last, so that whoever finds it finds all it names. Says how many bits a
 * second the heaviest piece has.
 */
async function emitPieces({ run, ffmpeg, workspace }: Job, file: string, segments: FilmSegments): Promise<number> {
  const { demuxer, extension, contentType, list, listType, options } = forms[segments.form];
  await ffmpeg.transcode({
    workspace,
    inputs: [{ name: file, demuxer, options: [] }],
    output: ['-map', '0', '-c', 'copy', '-fflags', '+bitexact', ...options(segments)],
    signal: run.signal,
  });
  const text = await readFile(await workspace.output(LIST), 'utf8');
  const whole = segments.form === 'dash' ? text.includes('</MPD>') : text.includes('#EXT-X-ENDLIST');
  if (!whole) throw new DomainError('EngineFailed', { reason: 'The film was cut short.' });
  let largest = 0;
  for (const name of piecesIn(await readdir(workspace.path), extension)) {
    const path = await workspace.output(name);
    largest = Math.max(largest, (await stat(path)).size);
    const piece = name.slice(PIECE.length, -extension.length - 1);
    await run.emit({ contentType, extension, body: { path }, variables: { piece, index: piece } });
  }
  const bytes = Buffer.from(text.replaceAll(PIECE, encodeURIComponent(segments.stem)));
  await run.emit({
    contentType: listType,
    extension: list,
    body: { bytes },
    variables: { streamindex: '0', index: '1' },
  });
  return Math.ceil((largest * 8) / segments.seconds);
}

/** In the order of their numbers; what players read before any of them has none and comes first. */
function piecesIn(names: readonly string[], extension: string): string[] {
  const number = (name: string): number => Number(/(\d+)\.\w+$/.exec(name.replace(/init-\d+/, 'init'))?.[1] ?? -1);
  return names
    .filter((name) => name.startsWith(PIECE) && name.endsWith(`.${extension}`))
    .sort((a, b) => number(a) - number(b) || (a < b ? -1 : 1));
}
