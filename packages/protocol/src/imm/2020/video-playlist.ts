import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { aNumber, aText, json, listOf, mapOfTexts, members, type Shape } from '../json.ts';
import { taskRequest } from './task-request.ts';
import { audio, subtitle, video } from './transcode.ts';

const target = members({
  URI: aText,
  Container: aText,
  Video: video,
  Audio: audio,
  Subtitle: subtitle,
  Duration: aNumber,
  InitialTranscode: aNumber,
  InitialSegments: aNumber,
  TranscodeAhead: aNumber,
  Tags: mapOfTexts,
});

export type WirePlaylistTarget = typeof target extends Shape<infer T> ? T : never;

/** A number that a parameter holds as text. */
const seconds = json(aNumber);

/** "At most six targets"; segments are transcoded when a player asks for them. */
export const generateVideoPlaylist = rpcOperation<{
  MasterURI: string;
  Token: string;
  Duration: number;
  VideoPlaylist: { URI: string; Token: string; Resolution: string; FrameRate: string }[];
  AudioPlaylist: { URI: string; Token: string; Channels: number }[];
  SubtitlePlaylist: never[];
}>()({
  name: 'GenerateVideoPlaylist',
  action: 'imm:GenerateVideoPlaylist',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    SourceURI: required(text),
    SourceStartTime: optional(seconds),
    SourceDuration: optional(seconds),
    SourceSubtitles: optional(json(listOf(members({ URI: aText, Language: aText }), 2))),
    Targets: required(json(listOf(target, 6))),
    MasterURI: optional(text),
    OverwritePolicy: optional(text),
  },
});
