/**
 * The containers that may be opened, by FFmpeg's demuxer names. A closed list, because some demuxers are programs for
 * FFmpeg rather than media: playlists (hls, dash, imf), concat scripts and picture sequences make it open other files
 * or addresses that the source names. The content decides which one applies, never the object's extension.
 */
export const demuxers = [
  'mov,mp4,m4a,3gp,3g2,mj2',
  'matroska,webm',
  'avi',
  'flv',
  'live_flv',
  'mpegts',
  'mpeg',
  'mpegvideo',
  'm4v',
  'h264',
  'hevc',
  'av1',
  'obu',
  'ivf',
  'asf',
  'asf_o',
  'rm',
  'mxf',
  'nsv',
  'nut',
  'ogg',
  'dv',
  'gxf',
  'wtv',
  'swf',
  'vc1',
  'avs',
  'gif',
  'apng',
  'yuv4mpegpipe',
  'mp3',
  'aac',
  'ac3',
  'eac3',
  'dts',
  'dtshd',
  'aiff',
  'amr',
  'amrnb',
  'amrwb',
  'ape',
  'au',
  'caf',
  'flac',
  'mpc',
  'mpc8',
  'tak',
  'tta',
  'truehd',
  'voc',
  'w64',
  'wav',
  'wv',
  'xwma',
] as const;

/** The value of `-format_whitelist`: every alias of every demuxer above. */
export const demuxerAllowList = demuxers.join(',');

/** The word for `-f` that forces the demuxer that the probe found; a demuxer answers to each of its aliases. */
export function forcedDemuxer(formatName: string): string {
  return formatName.split(',')[0] ?? formatName;
}
