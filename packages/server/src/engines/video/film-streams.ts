import type { FilmNeighbour, Streams } from '../../domain/ports/media-engine.ts';
import { isPicture, type MediaFacts, type ProbeStream } from '../ffmpeg/probe.ts';

/** A stream of one of FFmpeg's inputs. */
export interface Track {
  input: number;
  stream: ProbeStream;
  neighbour?: FilmNeighbour;
  language?: string;
}

/** What there is in a file, by kinds. */
export function streamsOf({ raw }: MediaFacts, input: number, neighbour?: FilmNeighbour) {
  const of = (fits: (stream: ProbeStream) => boolean): Track[] =>
    raw.streams.filter(fits).map((stream) => ({ input, stream, ...(neighbour && { neighbour }) }));
  return {
    video: of((stream) => stream.codec_type === 'video' && !isPicture(stream)),
    audio: of((stream) => stream.codec_type === 'audio'),
    subtitle: of((stream) => stream.codec_type === 'subtitle'),
    cover: of((stream) => stream.codec_type === 'video' && isPicture(stream)),
    data: of((stream) => stream.codec_type === 'data'),
  };
}

/** "Streams that are not there are passed over." */
export function chosen<T>(tracks: readonly T[], streams: Streams | undefined, usual: 'first' | 'all' | 'none'): T[] {
  if (streams === undefined) return usual === 'none' ? [] : usual === 'all' ? [...tracks] : tracks.slice(0, 1);
  if (streams === 'all') return [...tracks];
  return streams.flatMap((index) => tracks.slice(index, index + 1));
}

export const maps = (tracks: readonly Track[]): string[] =>
  tracks.flatMap(({ input, stream }) => ['-map', `${input}:${stream.index}`]);
