import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aFlag, aNumber, anything, aText, json, listOf, members, type Shape } from '../json.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';
import { audio, streams, subtitle, video } from './transcode.ts';

const source = members({
  URI: aText,
  StartTime: aNumber,
  Duration: aNumber,
  DisableAudio: aFlag,
  DisableVideo: aFlag,
  Attached: aFlag,
  AlignMode: aText,
  Subtitles: listOf(members({ URI: aText, Language: aText, TimeOffset: aNumber }), 10),
});

const frames = {
  URI: aText,
  Format: aText,
  StartTime: aNumber,
  Interval: aNumber,
  Number: aNumber,
  ScaleType: aText,
};

const choice = { Mode: aText, Threshold: aNumber };

/** What all targets have. */
const coded = {
  Container: aText,
  URI: aText,
  Video: video,
  Audio: audio,
  Subtitle: subtitle,
  Segment: members({ Format: aText, Duration: aNumber, StartNumber: aNumber }),
  Speed: aNumber,
  StripMetadata: aFlag,
};

const target = members({
  ...coded,
  AttachedPicture: members({ Stream: streams }),
  Data: members({ Stream: streams }),
  Image: members({
    Snapshots: listOf(members({ ...frames, ...choice, Width: aNumber, Height: aNumber }), 10),
    Sprites: listOf(
      members({
        ...frames,
        ...choice,
        ScaleWidth: aNumber,
        ScaleHeight: aNumber,
        TileWidth: aNumber,
        TileHeight: aNumber,
        Pad: aNumber,
        Margin: aNumber,
      }),
      10,
    ),
    Animations: listOf(members({ ...frames, Width: aNumber, Height: aNumber, FrameRate: aNumber }), 10),
  }),
});

/** A ladder: what a player chooses from, by a playlist of playlists. */
const group = members({ URI: aText, Targets: listOf(members(coded), 20) });

type Of<S> = S extends Shape<infer T> ? T : never;
export type WireMediaSource = Of<typeof source>;
export type WireMediaTarget = Of<typeof target>;
export type WireTargetGroup = Of<typeof group>;

/** "At most 11 files in all." */
export const createMediaConvertTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateMediaConvertTask',
  action: 'imm:CreateMediaConvertTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    Sources: required(json(listOf(source, 11))),
    Targets: optional(json(listOf(target, 20))),
    TargetGroups: optional(json(listOf(group, 5))),
    AlignmentIndex: optional(wholeNumber),
  },
});

/** What a container says of itself and its streams; members that it does not say are left out. */
export const detectMediaMeta = rpcOperation<object>()({
  name: 'DetectMediaMeta',
  action: 'imm:DetectMediaMeta',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    SourceURI: required(text),
    CredentialConfig: optional(json(anything)),
  },
});
