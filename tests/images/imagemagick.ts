import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Pixels of red, green, blue and alpha, 8 bits each. */
export interface Pixels {
  width: number;
  height: number;
  data: Buffer;
}

/**
 * What ImageMagick, which shares no code with what is judged, makes of a picture. `words` are options of `convert`, in order;
 * the picture is read before them. `through` is a lossy format that the result passes through, so that what such a format
 * takes away is no difference.
 */
export async function convert(
  source: Buffer,
  extension: string,
  words: readonly string[] = [],
  through?: 'jpg' | 'webp',
): Promise<Pixels> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-convert-'));
  try {
    const file = join(folder, `source.${extension}`);
    const result = join(folder, 'result.rgba');
    await writeFile(file, source);
    const made = through ? [join(folder, `made.${through}`)] : [`${file}[0]`, ...words];
    if (through) {
      const lossy = [
        '+repage',
        '-background',
        'white',
        '-flatten',
        '-quality',
        '85',
        '-sampling-factor',
        '2x2',
        ...made,
      ];
      await run('convert', [`${file}[0]`, ...words, ...lossy]);
    }
    const { stdout } = await run('convert', [
      ...made,
      ...['-colorspace', 'sRGB', '-depth', '8', '-print', '%w %h', `RGBA:${result}`],
    ]);
    const [width = 0, height = 0] = stdout.trim().split(' ').map(Number);
    return { width, height, data: await readFile(result) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One line of `identify -format` for each frame. */
export async function identify(source: Buffer, extension: string, format: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-identify-'));
  try {
    const file = join(folder, `source.${extension}`);
    await writeFile(file, source);
    const { stdout } = await run('identify', ['-format', `${format}\n`, file]);
    return stdout.trim().split('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of `pixels` on a ground of one grey: what is transparent shows it. */
function luminanceAndColour({ data, width, height }: Pixels, ground: number): Float32Array {
  const lab = new Float32Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = (data[pixel * 4 + 3] ?? 0) / 255;
    const linear = [0, 1, 2].map((channel) => {
      const value = ((data[pixel * 4 + channel] ?? 0) * alpha + ground * (1 - alpha)) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    const [r = 0, g = 0, b = 0] = linear;
    const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
    const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
    const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
    lab[pixel * 3] = 116 * y - 16;
    lab[pixel * 3 + 1] = 500 * (x - y);
    lab[pixel * 3 + 2] = 200 * (y - z);
  }
  return lab;
}

/** Each value with its neighbours: an eye at a distance sees no single pixels. */
function softened(lab: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(lab.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        let count = 0;
        for (let near = Math.max(0, y - 1); near <= Math.min(height - 1, y + 1); near++) {
          for (let beside = Math.max(0, x - 1); beside <= Math.min(width - 1, x + 1); beside++) {
            sum += lab[(near * width + beside) * 3 + channel] ?? 0;
            count++;
          }
        }
        result[(y * width + x) * 3 + channel] = sum / count;
      }
    }
  }
  return result;
}

/**
 * How different two pictures of one size look: the mean distance of their colours (CIE 1976), seen from so far that pixels
 * blend with their neighbours; on white and on black, the worse counts. About 2.3 is a difference that can just be noticed.
 */
export function distance(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) return Number.POSITIVE_INFINITY;
  const transparent = [a, b].some(({ data }) => data.some((value, at) => at % 4 === 3 && value < 255));
  const distances = (transparent ? [0, 255] : [0]).map((ground) => {
    const left = softened(luminanceAndColour(a, ground), a.width, a.height);
    const right = softened(luminanceAndColour(b, ground), b.width, b.height);
    let sum = 0;
    for (let at = 0; at < left.length; at += 3) {
      sum += Math.hypot(
        (left[at] ?? 0) - (right[at] ?? 0),
        (left[at + 1] ?? 0) - (right[at + 1] ?? 0),
        (left[at + 2] ?? 0) - (right[at + 2] ?? 0),
      );
    }
    return sum / (left.length / 3);
  });
  return Math.max(...distances);
}
