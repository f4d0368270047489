const mp4 = (fps: number, side: number, rest: string): string =>
  `video/convert,f_mp4,vcodec_h264,fps_${fps},fpsopt_1,s_${side}x,sopt_1,scaletype_fit,arotate_1,${rest}`;

/** Styles that every bucket has, under the names of the vendor's console; one of the bucket's own by that name wins. */
export const builtInStyles: ReadonlyMap<string, string> = new Map([
  ['h264-mp4-360p', mp4(25, 640, 'crf_25,g_250,acodec_aac,ar_44100,ac_2,ab_64000,abopt_1')],
  ['h264-mp4-540p', mp4(25, 960, 'crf_25,g_250,acodec_aac,ar_44100,ac_2,ab_96000,abopt_1')],
  ['h264-mp4-720p', mp4(25, 1280, 'crf_26,g_250,acodec_aac,ar_44100,ac_2,ab_128000,abopt_1')],
  ['h264-mp4-1080p', mp4(25, 1920, 'crf_26,g_250,acodec_aac,ar_44100,ac_2,ab_160000,abopt_1')],
  ['h264-mp4-1440p', mp4(60, 2560, 'crf_26,g_250,acodec_aac,ar_48000,ab_320000,abopt_1')],
  ['h264-mp4-2160p', mp4(60, 3840, 'crf_26,g_250,acodec_aac,ar_48000,ab_512000,abopt_1')],
]);
