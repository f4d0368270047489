import { aFlag, aNumber, anything, aText, members } from '../json.ts';

/** How the streams of a target are to be coded. */
export const video = members({
  DisableVideo: aFlag,
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
    BFrames: anything,
    Refs: anything,
    Rotation: aNumber,
    VideoSlim: anything,
  }),
  FilterVideo: anything,
});

export const audio = members({
  DisableAudio: aFlag,
  TranscodeAudio: members({
    Codec: aText,
    Bitrate: aNumber,
    BitrateOption: aText,
    Quality: aNumber,
    SampleRate: aNumber,
    Channel: aNumber,
    BitsPerSample: anything,
    SampleRateOption: anything,
  }),
  FilterAudio: anything,
});
