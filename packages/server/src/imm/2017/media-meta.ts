import { imm2017Operations as operations } from '@millrace/protocol/imm';
import { handle } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';

type Members = Record<string, unknown>;

/** What the newer version calls these members, where it has another name. */
const format: Readonly<Record<string, string>> = {
  StreamCount: 'NumberStreams',
  ProgramCount: 'NumberPrograms',
  ProduceTime: 'CreationTime',
  LatLong: 'Location',
};
const stream: Readonly<Record<string, string>> = {
  FrameRate: 'AvgFPS',
  FrameCount: 'NumFrames',
  TimeBase: 'Timebase',
  PixelFormat: 'PixFmt',
  SampleFormat: 'SampleFmt',
  SampleRate: 'Samplerate',
  SampleAspectRatio: 'Sar',
  DisplayAspectRatio: 'Dar',
  HasBFrames: 'HasBFrames',
};

/** "Bitrate, Size, Duration and StartTime are texts." */
const texts = new Set(['Bitrate', 'Size', 'Duration', 'StartTime', 'NumFrames', 'Samplerate']);

export function mediaMetaHandlers2017({ projects, media }: ImmServices) {
  return {
    getMediaMeta: handle(operations.getMediaMeta, async ({ Project, MediaUri }, { principal }) => {
      await projects.get(principal.accountId, Project);
      const facts = (await media.facts({ principal, source: ossUri(MediaUri, 'MediaUri') })) as Members;
      const { VideoStreams, AudioStreams, Subtitles, ...container } = facts;
      const streams = (list: unknown): Members[] =>
        Array.isArray(list) ? list.map((one: Members) => renamed(one, stream)) : [];
      return {
        MediaUri,
        MediaMeta: {
          MediaFormat: renamed(container, format),
          MediaStreams: {
            VideoStreams: streams(VideoStreams),
            AudioStreams: streams(AudioStreams),
            SubtitleStreams: streams(Subtitles),
          },
        },
      };
    }),
  };
}

function renamed(members: Members, names: Readonly<Record<string, string>>): Members {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => {
      const own = names[name] ?? name;
      return [own, texts.has(own) && typeof value === 'number' ? String(value) : value];
    }),
  );
}
