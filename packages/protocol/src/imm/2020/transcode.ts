import { aFlag, aNumber, anything, aText, listOf, members } from '../json.ts';

/** "Of a kind, counted from 0. Above 100: all." */
export const streams = listOf(aNumber, 100);

const place = {
  Width: aNumber,
  Height: aNumber,
  Dx: aNumber,
  Dy: aNumber,
  ReferPos: aText,
  StartTime: aNumber,
  Duration: aNumber,
};

/** How the streams of a target are to be coded. */
export const video = members({
  DisableVideo: aFlag,
  Stream: streams,
  TranscodeVideo: members({
    Codec: aText,
    FrameRate: aNumber,
    FrameRateOption: aText,
    Bitrate: aNumber,
    BitrateOption: aText,
    Resolution: aText,
    ResolutionOption: aText,
    AdaptiveResolutionDirection: aFlag,
    ScaleType: aText,
    CRF: aNumber,
    MaxBitrate: aNumber,
    BufferSize: aNumber,
    GOPSize: aNumber,
    PixelFormat: aText,
    BFrames: aNumber,
    Refs: aNumber,
    Rotation: aNumber,
    VideoSlim: aNumber,
  }),
  FilterVideo: members({
    Speed: aNumber,
    Watermarks: listOf(
      members({
        ...place,
        Type: aText,
        Content: aText,
        FontName: aText,
        FontSize: aNumber,
        FontColor: aText,
        FontApha: aNumber,
        BorderColor: aText,
        BorderWidth: aNumber,
        URI: aText,
      }),
      20,
    ),
    Delogos: listOf(members(place), 20),
    Desensitization: anything,
  }),
});

export const audio = members({
  DisableAudio: aFlag,
  Stream: streams,
  TranscodeAudio: members({
    Codec: aText,
    Bitrate: aNumber,
    BitrateOption: aText,
    Quality: aNumber,
    SampleRate: aNumber,
    SampleRateOption: aText,
    Channel: aNumber,
    BitsPerSample: aNumber,
  }),
  FilterAudio: members({ Mixing: aFlag }),
});

export const subtitle = members({
  DisableSubtitle: aFlag,
  Stream: streams,
  ExtractSubtitle: members({ Format: aText, URI: aText }),
});
