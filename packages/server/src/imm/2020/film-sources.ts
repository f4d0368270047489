import type { WireMediaSource } from '@millrace/protocol/imm';
import type { FilmLook, FilmNeighbour } from '../../domain/ports/media-engine.ts';
import { oneOf } from '../checks.ts';
import { ossUri } from '../uri.ts';
import { asked, invalid, ms } from './media-words.ts';

export interface Helper {
  o: string;
  bucket: string;
  key: string;
}

/** What a task takes: one file, those behind it, and those beside it. */
export interface FilmSources {
  first: WireMediaSource;
  joined: (WireMediaSource & Helper)[];
  beside: FilmNeighbour[];
  subtitles: NonNullable<FilmLook['subtitles']>;
  /** All files that are neither the first nor joined with it, whose names targets may add to. */
  helpers: Helper[];
}

/** A file under a name that tells it from all others. */
export function helperOf(uri: string | undefined, parameter: string): Helper {
  const { bucket, key } = ossUri(uri ?? '', parameter);
  return { o: `${bucket}/${key}`, bucket, key };
}

/** The file that such a name stands for. */
export function helperNamed(o: string): Helper {
  const slash = o.indexOf('/');
  return { o, bucket: o.slice(0, slash), key: o.slice(slash + 1) };
}

export function sourcesOf(sources: readonly WireMediaSource[]): FilmSources {
  const [first, ...others] = sources;
  if (first === undefined) throw invalid('Sources', 'name at least one source');
  if (first.Attached) throw invalid('Sources.0.Attached', 'the first is what others are attached to');
  const found: FilmSources = { first, joined: [], beside: [], subtitles: [], helpers: [] };
  for (const { URI, Language, TimeOffset = 0 } of first.Subtitles ?? []) {
    const helper = helperOf(URI, 'Sources');
    if (Language !== undefined && !/^[a-z]{3}$/.test(Language)) {
      throw invalid('Sources.0.Subtitles.Language', 'it has three small letters, as ISO 639-2 has them');
    }
    found.helpers.push(helper);
    found.subtitles.push({ o: helper.o, offset: ms(TimeOffset) ?? 0, ...(Language && { language: Language }) });
  }
  for (const [index, source] of others.entries()) {
    const path = `Sources.${index + 1}`;
    const { Attached = false, AlignMode, StartTime, Duration, DisableAudio, DisableVideo } = source;
    if (asked(source.Subtitles)) throw invalid(`${path}.Subtitles`, 'subtitles belong to the first source');
    const helper = helperOf(source.URI, 'Sources');
    if (!Attached) {
      if (AlignMode && AlignMode !== 'false') throw invalid(`${path}.AlignMode`, 'it is for what is Attached');
      found.joined.push({ ...source, ...helper });
      continue;
    }
    const align = oneOf(AlignMode || 'false', 'Sources', ['false', 'loop', 'pad']);
    found.helpers.push(helper);
    found.beside.push({
      ...{ o: helper.o, ss: ms(StartTime) ?? 0, t: ms(Duration) ?? 0 },
      ...{ audio: !DisableAudio, video: !DisableVideo },
      ...(align !== 'false' && { align }),
    });
  }
  return found;
}
