/** One report of `ffmpeg -progress`. Figures that FFmpeg does not know yet (`N/A`) are 0. */
export interface Progress {
  /** Video frames written so far, of the first output that has a picture. */
  frames: number;
  /** How far into the output the work is. */
  outTimeMs: number;
  /** Whether this is the last report. */
  end: boolean;
}

/**
 * Reads the `key=value` lines of `-progress pipe:1`. A report ends with its `progress` line, and only then is handed
 * on, so a caller never sees half of one.
 */
export function progressReader(report: (progress: Progress) => void): (line: string) => void {
  let frames = 0;
  let outTimeMs = 0;
  return (line) => {
    const equals = line.indexOf('=');
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    const number = Number(value);
    if (key === 'frame' && Number.isFinite(number)) frames = number;
    // Negative while the encoder's delay has not been made up yet.
    else if (key === 'out_time_us' && Number.isFinite(number)) outTimeMs = Math.max(outTimeMs, number / 1000);
    else if (key === 'progress') report({ frames, outTimeMs, end: value === 'end' });
  };
}
