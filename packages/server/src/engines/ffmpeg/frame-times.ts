/** When the frames of a stream are shown, in microseconds and in order, and which of them can be decoded by themselves. */
export interface FrameTimes {
  all: number[];
  keys: number[];
}

/** Twelve hours of 60 frames a second. */
const MOST_FRAMES = 2_600_000;

/** Reads the lines `12.345000,K_` of ffprobe. A frame that is not shown, or not known when, leaves all of them unknown. */
export function frameTimesReader(): { line(text: string): void; read(): FrameTimes | undefined } {
  const all: number[] = [];
  const keys: number[] = [];
  let unknown = false;
  return {
    line(text) {
      if (text === '' || unknown) return;
      const [time = '', flags = ''] = text.split(',');
      const seconds = Number.parseFloat(time);
      unknown = !Number.isFinite(seconds) || flags.includes('D') || all.length >= MOST_FRAMES;
      const us = Math.round(seconds * 1e6);
      all.push(us);
      if (flags.startsWith('K')) keys.push(us);
    },
    read() {
      if (unknown || all.length === 0) return undefined;
      // Packets come in the order in which they are decoded.
      return { all: all.sort((a, b) => a - b), keys: keys.sort((a, b) => a - b) };
    },
  };
}

/** Whether all frames come at one rate, none missing and none twice. */
export function evenlySpaced({ all }: FrameTimes, framesPerSecond: number): boolean {
  const [first = 0] = all;
  const distance = 1e6 / framesPerSecond;
  return all.every((time, at) => Math.abs(time - first - at * distance) < distance / 4);
}
