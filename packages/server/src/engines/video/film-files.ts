import { DomainError } from '../../domain/errors.ts';
import { forcedDemuxer } from '../ffmpeg/demuxers.ts';
import { type FfmpegInput, mount } from '../ffmpeg/ffmpeg.ts';
import { type Job, openSource } from '../ffmpeg/job.ts';
import type { MediaFacts } from '../ffmpeg/probe.ts';

/** Another file that is needed: subtitles, a mark, streams that stand beside those of the source. */
export interface FilmFile {
  o: string;
  name: string;
  facts: MediaFacts;
  /** FFmpeg's number of its picture; undefined without one. */
  picture: number | undefined;
  /** Whether that is one picture and no film. */
  still: boolean;
  input(options?: readonly string[]): FfmpegInput;
}

/** What else than films there may be: texts of subtitles, pictures of them, and pictures. */
const pictures = ['png_pipe', 'jpeg_pipe', 'webp_pipe', 'bmp_pipe'] as const;
const texts = ['srt', 'webvtt', 'ass', 'sup', 'sami', 'subviewer'] as const;

/** Opens and recognises each of the files once, by what it is for. */
export async function openFilmFiles({ run, ffmpeg, workspace }: Job): Promise<ReadonlyMap<string, FilmFile>> {
  const { marks = [], beside = [], subtitles = [] } = run.film ?? {};
  const files = new Map<string, FilmFile>();
  for (const [group, also] of [
    [marks, pictures],
    [beside, []],
    [subtitles, texts],
  ] as const) {
    for (const { o } of group) {
      if (files.has(o)) continue;
      const source = run.inputs?.get(o);
      if (source === undefined) throw new DomainError('EngineFailed', { reason: `${o} was not opened.` });
      if (source.size === 0) throw new DomainError('MediaUnreadable', { reason: `${o} is empty.` });
      const name = `beside-${files.size}`;
      mount(workspace, name, await openSource(source));
      // What is no film is not remembered under its version, where it would pass for one.
      const facts = await ffmpeg.probe(workspace, run.signal, undefined, name, also);
      const picture = facts.video?.index;
      if (group === marks && picture === undefined) {
        throw new DomainError('MediaUnreadable', { reason: `${o} is no picture.` });
      }
      const demuxer = forcedDemuxer(facts.formatName);
      files.set(o, {
        ...{ o, name, facts, picture },
        still: demuxer.endsWith('_pipe'),
        input: (options = []) => ({ name, demuxer, options }),
      });
    }
  }
  return files;
}

export function fileNamed(files: ReadonlyMap<string, FilmFile>, o: string): FilmFile {
  const file = files.get(o);
  if (file === undefined) throw new DomainError('EngineFailed', { reason: `${o} was not opened.` });
  return file;
}
