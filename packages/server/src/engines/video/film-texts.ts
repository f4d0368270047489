import { readFile, writeFile } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { FilmLook, MediaSummary } from '../../domain/ports/media-engine.ts';
import { type FfmpegInput, sourceInput } from '../ffmpeg/ffmpeg.ts';
import type { Job } from '../ffmpeg/job.ts';
import { expectedMs, seconds } from '../ffmpeg/time.ts';
import { type ConvertParams, TEXT_SUBTITLES } from './convert.ts';
import { type FilmFile, fileNamed, openFilmFiles } from './film-files.ts';
import { chosen, streamsOf, type Track } from './film-streams.ts';
import { type Retiming, retimed } from './retime-subtitles.ts';

/** Subtitles that are to be a stream. */
export interface TextTrack {
  /** Its place among those that are taken. One that says nothing in this part of the film is left out. */
  index: number;
  /** Absent where they are the source's own, at its times. */
  input?: FfmpegInput;
  /** FFmpeg's number of the stream there. */
  stream: number;
  codec: string;
  language?: string;
}

/** Far more than is said in any film. */
const MOST_BYTES = 16 * 2 ** 20;

/**
 * What is taken of the source's subtitles and of other files', by the target's choice; `again` what FFmpeg has to write anew.
 * Text gets its times here: FFmpeg's own ways to move it lose what is said across a cut, or at the end.
 */
export async function textTracks(
  job: Job,
  { ss, t }: Pick<ConvertParams, 'ss' | 't'>,
  { subtitles = [], streams = {}, speed = 1 }: FilmLook,
  files: ReadonlyMap<string, FilmFile>,
  again: boolean,
): Promise<{ tracks: TextTrack[]; explicit: boolean }> {
  const own = streamsOf(job.facts, 0).subtitle;
  const other: (Track & { offset: number; file: FilmFile })[] = subtitles.map(({ o, offset, language }, index) => {
    const file = fileNamed(files, o);
    const [track] = streamsOf(file.facts, index + 1).subtitle;
    if (track === undefined) throw new DomainError('MediaUnreadable', { reason: `${o} holds no subtitles.` });
    return { ...track, offset, file, ...(language && { language }) };
  });
  const all: (Track & { offset?: number; file?: FilmFile })[] = [...own, ...other];
  const taken = streams.subtitle === undefined && other.length > 0 ? other : chosen(all, streams.subtitle, 'first');
  const length = expectedMs(job.facts, ss, t);
  const tracks: TextTrack[] = [];
  for (const [index, { stream, language, offset = 0, file }] of taken.entries()) {
    const { codec_name: codec = '' } = stream;
    const about = language === undefined ? {} : { language };
    if (file === undefined && speed === 1 && !again) {
      tracks.push({ index, stream: stream.index, codec, ...about });
    } else if (TEXT_SUBTITLES.includes(codec)) {
      const timing = { from: ss - offset, speed, ...(length !== undefined && { length }) };
      const from = { input: file?.input() ?? sourceInput(job.facts), stream: stream.index, codec };
      const made = await written(job, from, timing, `timed-${index}`);
      if (made) tracks.push({ ...made, index, ...about });
    } else if (speed !== 1 || again) {
      const reason = `Subtitles of the kind ${codec} are pictures: they can neither become text nor be slowed.`;
      throw new DomainError('MediaUnsupported', { reason });
    } else if (file !== undefined) {
      const shift = ss > offset ? ['-ss', seconds(ss - offset)] : ['-itsoffset', seconds(offset - ss)];
      tracks.push({
        index,
        input: file.input(['-seek_timestamp', '1', ...shift]),
        stream: stream.index,
        codec,
        ...about,
      });
    }
  }
  return { tracks, explicit: streams.subtitle !== undefined || other.length > 0 };
}

/** Text with its times, as a file of the workspace. */
async function written(
  { run, ffmpeg, workspace }: Job,
  { input, stream, codec }: { input: FfmpegInput; stream: number; codec: string },
  timing: Retiming,
  name: string,
): Promise<Omit<TextTrack, 'index'> | undefined> {
  const form = codec === 'ass' || codec === 'ssa' ? 'ass' : 'srt';
  const coder = form === 'ass' ? 'ass' : 'subrip';
  const raw = `${name}-raw`;
  await ffmpeg.transcode({
    workspace,
    inputs: [input],
    output: ['-map', `0:${stream}`, '-c:s', coder, '-fs', String(MOST_BYTES), '-fflags', '+bitexact', '-f', form, raw],
    signal: run.signal,
  });
  const text = retimed(form, await readFile(await workspace.output(raw), 'utf8'), timing);
  if (text === undefined) return undefined;
  await writeFile(`${workspace.path}/${name}`, text);
  return { input: { name, demuxer: form }, stream: 0, codec: coder };
}

const kinds = {
  ass: { extension: 'ass', contentType: 'text/x-ssa', coder: 'ass' },
  srt: { extension: 'srt', contentType: 'application/x-subrip', coder: 'subrip' },
  webvtt: { extension: 'vtt', contentType: 'text/vtt', coder: 'webvtt' },
} as const;

/** Subtitles as files of their own, counted from 0; with a playlist for each, which players of HLS want. */
export async function extractTexts(
  job: Job,
  params: ConvertParams,
  film: FilmLook,
  { format, stem }: NonNullable<FilmLook['extract']>,
): Promise<MediaSummary> {
  const { run, ffmpeg, workspace, facts } = job;
  const { tracks } = await textTracks(job, params, film, await openFilmFiles(job), true);
  if (tracks.length === 0)
    throw new DomainError('MediaUnreadable', { reason: 'This part of the source has no subtitles.' });
  const { extension, contentType, coder } = kinds[format];
  const length = (expectedMs(facts, params.ss, params.t) ?? 0) / 1000;
  for (const { index, input } of tracks) {
    if (input === undefined) continue;
    const name = `texts-${index}`;
    const output = ['-map', '0:0', '-c:s', coder, '-fflags', '+bitexact', '-f', format, name];
    await ffmpeg.transcode({ workspace, inputs: [input], output, signal: run.signal });
    const variables = { streamindex: '0', index: String(index) };
    const body = { path: await workspace.output(name) };
    await run.emit({ contentType, extension, body, variables });
    if (stem === undefined) continue;
    const lines = [
      ...['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(length))}`],
      ...['#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:VOD', `#EXTINF:${length.toFixed(3)},`],
      ...[`${encodeURIComponent(stem)}_${index}.${extension}`, '#EXT-X-ENDLIST', ''],
    ];
    const list = { bytes: Buffer.from(lines.join('\n')) };
    await run.emit({ contentType: 'application/vnd.apple.mpegurl', extension: 'm3u8', body: list, variables });
  }
  return { durationMs: Math.round(length * 1000) };
}
