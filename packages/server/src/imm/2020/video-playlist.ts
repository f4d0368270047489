import { imm2020Operations as operations, type WirePlaylistTarget } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { handle } from '../../rpc/product.ts';
import { oneOf, within } from '../checks.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { coding, written } from './media-convert.ts';
import { asked, ms, unserved } from './media-words.ts';

/** A client waits no longer. */
const WAIT_MS = 60_000;

/** What a container says of itself that a playlist repeats. */
interface Facts {
  Bitrate?: number;
  VideoWidth?: number;
  VideoHeight?: number;
  VideoStreams?: { FrameRate?: string }[];
  AudioStreams?: { Channels?: number }[];
}

export function videoPlaylistHandlers({ projects, media, works }: ImmServices) {
  return {
    generateVideoPlaylist: handle(operations.generateVideoPlaylist, async (input, { principal }) => {
      await projects.get(principal.accountId, input.ProjectName);
      const { SourceStartTime, SourceDuration, SourceSubtitles, Targets, MasterURI, OverwritePolicy } = input;
      oneOf(OverwritePolicy ?? 'overwrite', 'OverwritePolicy', ['overwrite']);
      if (asked(SourceSubtitles)) throw unserved('SourceSubtitles');
      if (asked(input.Notification)) throw unserved('Notification');
      if (Targets.length === 0) throw new RpcError('InvalidParameter.Targets', 'Name at least one target.');
      if (Targets.length > 1 && !MasterURI) {
        throw new RpcError('MissingMasterURI', 'MasterURI is mandatory where there is more than one target.');
      }
      const master = MasterURI ? ossUri(MasterURI, 'MasterURI') : undefined;
      const source = ossUri(input.SourceURI, 'SourceURI');
      const places = Targets.map(({ URI = '' }) => ossUri(URI, 'Targets'));
      const folder = master ? master.key.slice(0, master.key.lastIndexOf('/') + 1) : '';
      if (master && places.some(({ bucket, key }) => bucket !== master.bucket || !key.startsWith(folder))) {
        throw new RpcError('InvalidParameter.Targets', 'Targets are in the folder of MasterURI, or below it.');
      }
      const strings = Targets.map((target, index) =>
        playlistOf(target, { ss: ms(SourceStartTime), t: ms(SourceDuration) }, `Targets.${index}`),
      );
      const signal = AbortSignal.timeout(WAIT_MS);
      await using files = works.files(principal, signal);
      if (master) await files.mayWrite(master);
      const facts: Facts = await media.facts({ principal, source });
      const VideoPlaylist = [];
      const AudioPlaylist = [];
      const lines = ['#EXTM3U', '#EXT-X-VERSION:3'];
      let lengthMs = 0;
      let first = '';
      for (const [index, operation] of strings.entries()) {
        const target = places[index] ?? source;
        const made = await media.playlist({ principal, source, target, operation, signal });
        lengthMs = made.lengthMs;
        first ||= made.token;
        const URI = `oss://${target.bucket}/${made.key}`;
        const { Video, Audio } = Targets[index] ?? {};
        const bandwidth =
          (Video?.TranscodeVideo?.Bitrate ?? 0) + (Audio?.TranscodeAudio?.Bitrate ?? 0) || (facts.Bitrate ?? 1_000_000);
        if (isSound(Targets[index])) {
          AudioPlaylist.push({ URI, Token: made.token, Channels: facts.AudioStreams?.[0]?.Channels ?? 0 });
          lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}`);
        } else {
          const Resolution = resolutionOf(Video?.TranscodeVideo?.Resolution, facts);
          const rate = Video?.TranscodeVideo?.FrameRate;
          const FrameRate = rate === undefined ? (facts.VideoStreams?.[0]?.FrameRate ?? '') : `${rate}/1`;
          VideoPlaylist.push({ URI, Token: made.token, Resolution, FrameRate });
          lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},RESOLUTION=${Resolution}`);
        }
        lines.push(encodeURI(made.key.slice(folder.length)));
      }
      if (master) {
        const text = Buffer.from(`${lines.join('\n')}\n`);
        const bytes = (async function* () {
          yield text;
        })();
        await files.write(master, 'application/vnd.apple.mpegurl', { bytes, length: text.length });
      }
      return {
        MasterURI: MasterURI ?? '',
        Token: first,
        Duration: lengthMs / 1000,
        VideoPlaylist,
        AudioPlaylist,
        SubtitlePlaylist: [],
      };
    }),
  };
}

const isSound = (target: WirePlaylistTarget | undefined): boolean =>
  target?.Video === undefined && target?.Audio !== undefined;

function playlistOf(target: WirePlaylistTarget, part: Record<string, number | undefined>, path: string): string {
  const { Duration, InitialTranscode, InitialSegments, TranscodeAhead, Container = 'ts', Subtitle, Tags } = target;
  oneOf(Container.toLowerCase(), 'Targets', ['ts']);
  if (asked(InitialSegments)) throw unserved(`${path}.InitialSegments`);
  if (asked(Subtitle)) throw unserved(`${path}.Subtitle`);
  if (asked(Tags)) throw unserved(`${path}.Tags`);
  if (asked(target.Video?.FilterVideo)) throw unserved(`${path}.Video.FilterVideo`);
  const { Video, Audio } = target;
  if (Video?.TranscodeVideo?.Rotation) throw unserved(`${path}.Video.TranscodeVideo.Rotation`);
  const { sn: _, ...words } = coding({}, { ...(Video && { Video }), ...(Audio && { Audio }) }, path);
  return written(
    'hls/m3u8',
    {
      ...part,
      ...words,
      ...(isSound(target) && { vn: 1 }),
      st: ms(within(Duration, 'Targets', 5, 15)),
      initd: InitialTranscode === undefined ? undefined : InitialTranscode < 0 ? -1 : ms(InitialTranscode),
      ta: within(TranscodeAhead, 'Targets', 10, 30),
    },
    path,
  );
}

/** `640x` says the width alone: the other side follows from the source. */
function resolutionOf(asked: string | undefined, { VideoWidth = 0, VideoHeight = 0 }: Facts): string {
  const [, width = '', height = ''] = /^(\d*)x(\d*)$/.exec(asked ?? '') ?? [];
  if (width !== '' && height !== '') return `${width}x${height}`;
  if (width !== '') return `${width}x${Math.round((Number(width) * VideoHeight) / VideoWidth / 2) * 2}`;
  if (height !== '') return `${Math.round((Number(height) * VideoWidth) / VideoHeight / 2) * 2}x${height}`;
  return `${VideoWidth}x${VideoHeight}`;
}
