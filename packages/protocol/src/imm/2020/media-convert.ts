import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aFlag, aNumber, anything, aText, json, listOf, members, type Shape } from '../json.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';
import { audio, video } from './transcode.ts';

const source = members({
  URI: aText,
  StartTime: aNumber,
  Duration: aNumber,
  DisableAudio: aFlag,
  DisableVideo: aFlag,
  Attached: anything,
  Subtitles: anything,
});

const frames = {
  URI: aText,
  Format: aText,
  StartTime: aNumber,
  Interval: aNumber,
  Number: aNumber,
  ScaleType: aText,
  Mode: aText,
  Threshold: aNumber,
};

const target = members({
  Container: aText,
  URI: aText,
  Video: video,
  Audio: audio,
  Subtitle: members({ DisableSubtitle: aFlag, ExtractSubtitle: anything }),
  Image: members({
    Snapshots: listOf(members({ ...frames, Width: aNumber, Height: aNumber }), 10),
    Sprites: listOf(
      members({
        ...frames,
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
  Segment: anything,
  Speed: aNumber,
});

type Of<S> = S extends Shape<infer T> ? T : never;
export type WireMediaSource = Of<typeof source>;
export type WireMediaTarget = Of<typeof target>;

/** "At most 11 files in all." */
export const createMediaConvertTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateMediaConvertTask',
  action: 'imm:CreateMediaConvertTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    Sources: required(json(listOf(source, 11))),
    Targets: optional(json(listOf(target, 20))),
    TargetGroups: optional(json(anything)),
    AlignmentIndex: optional(wholeNumber),
  },
});

/** What a container says of itself and its streams; members that it does not say are left out. */
export const detectMediaMeta = rpcOperation<object>()({
  name: 'DetectMediaMeta',
  action: 'imm:DetectMediaMeta',
  resource: 'project/{ProjectName}',
  input: { ProjectName: required(text), SourceURI: required(text) },
});
