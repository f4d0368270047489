import { readFile } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { FilmLook } from '../../domain/ports/media-engine.ts';
import type { Job } from '../ffmpeg/job.ts';

const LIST = 'pieces.m3u8';
const PIECE = 'piece-';

/** Cuts a finished transport stream into pieces; the playlist comes last, so that whoever finds it finds all it names. */
export async function emitPieces(
  { run, ffmpeg, workspace }: Job,
  file: string,
  { seconds, first, stem }: NonNullable<FilmLook['segments']>,
): Promise<void> {
  await ffmpeg.transcode({
    workspace,
    inputs: [{ name: file, demuxer: 'mpegts', options: [] }],
    output: [
      ...['-map', '0', '-c', 'copy', '-f', 'segment', '-segment_format', 'mpegts', '-segment_time', String(seconds)],
      ...['-segment_time_delta', '0.05', '-segment_start_number', String(first)],
      ...['-segment_list', LIST, '-segment_list_type', 'm3u8', '-segment_list_size', '0', `${PIECE}%d.ts`],
    ],
    signal: run.signal,
  });
  const list = await readFile(await workspace.output(LIST), 'utf8');
  const lines: string[] = [];
  for (const line of list.split('\n')) {
    const [, number] = /^piece-(\d+)\.ts$/.exec(line) ?? [];
    if (number === undefined) {
      lines.push(line);
      continue;
    }
    const body = { path: await workspace.output(line) };
    await run.emit({ contentType: 'video/mp2t', extension: 'ts', body, variables: { piece: number, index: number } });
    lines.push(`${encodeURIComponent(stem)}${number}.ts`);
  }
  if (!list.includes('#EXT-X-ENDLIST')) throw new DomainError('EngineFailed', { reason: 'The film was cut short.' });
  const bytes = Buffer.from(lines.join('\n'));
  const contentType = 'application/vnd.apple.mpegurl';
  await run.emit({ contentType, extension: 'm3u8', body: { bytes }, variables: { streamindex: '0', index: '1' } });
}
