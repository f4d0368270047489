import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decode } from '@millrace/process';
import type { MediaEngine, MediaRun, MediaSource, MediaSummary } from '../../domain/ports/media-engine.ts';

/** What the tests of the engines share: sources made by FFmpeg, runs of process strings, and ffprobe as the judge. */

const call = promisify(execFile);

/** A folder for sources and outputs, removed at the end of the test that made it. */
export async function trialFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'media-trial-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Makes a source with FFmpeg; `words` are its arguments but for the output. */
export async function make(folder: string, name: string, ...words: string[]): Promise<string> {
  const file = join(folder, name);
  await call('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words, file]);
  return file;
}

/** Inputs for `make`: a moving test card and a tone. */
export const testCard = (size: string, seconds: number, rate = 25): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${rate}:duration=${seconds}`],
];
export const tone = (seconds: number, rate = 44100): string[] => [
  ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${rate}:duration=${seconds}`],
];
export const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '25'];

export interface TrialOutput {
  path: string;
  contentType: string;
  extension: string;
  variables: Record<string, string>;
}

export interface Trial {
  outputs: TrialOutput[];
  summary: MediaSummary;
  percents: number[];
}

/** Runs one process string over a file, as the domain would; outputs are copied next to the source. */
export async function trial(
  engine: MediaEngine,
  file: string,
  process: string,
  options: {
    door?: 'sync' | 'async';
    version?: string;
    /** What the object is called, for its extension. */
    name?: string;
    /** Other files, by the keys that the string has for them. */
    inputs?: Readonly<Record<string, string>>;
    signal?: AbortSignal;
    progress?: (percent: number) => void;
  } = {},
): Promise<Trial> {
  const door = options.door ?? 'async';
  const [operations = []] = decode(door === 'async' ? `${process}|sys/saveas,o_eA` : process, door).stages;
  const folder = await mkdtemp(join(file, '..', 'out-'));
  const outputs: TrialOutput[] = [];
  const percents: number[] = [];
  const inputs = new Map<string, MediaSource>();
  for (const [key, path] of Object.entries(options.inputs ?? {})) inputs.set(key, await fileSource(path));
  const run: MediaRun = {
    source: {
      ...(await fileSource(file)),
      ...(options.version === undefined ? {} : { version: options.version }),
      ...(options.name === undefined ? {} : { name: options.name }),
    },
    operations,
    inputs,
    signal: options.signal ?? new AbortController().signal,
    async emit({ body, contentType, extension, variables }) {
      await mkdir(folder, { recursive: true });
      const path = join(folder, `${outputs.length + 1}.${extension}`);
      await writeFile(path, 'path' in body ? await readFile(body.path) : body.bytes);
      outputs.push({ path, contentType, extension, variables });
    },
    progress(percent) {
      percents.push(percent);
      options.progress?.(percent);
    },
  };
  const summary = await engine.run(run);
  return { outputs, summary, percents };
}

const fileSource = async (file: string): Promise<MediaSource> => ({
  name: 'source',
  size: (await stat(file)).size,
  bytes: () => readFile(file),
  file: async () => file,
});

export interface JudgedStream {
  codec_type: string;
  codec_name: string;
  codec_tag_string: string;
  width: number;
  height: number;
  pix_fmt: string;
  r_frame_rate: string;
  sample_rate: string;
  channels: number;
  nb_read_packets: string;
  side_data_list?: unknown[];
}

export interface Judgement {
  seconds: number;
  formatName: string;
  streams: JudgedStream[];
  video: JudgedStream | undefined;
  audio: JudgedStream | undefined;
}

/** What a file is, by ffprobe. */
export async function judge(file: string): Promise<Judgement> {
  const { stdout } = await call('ffprobe', [
    ...['-v', 'error', '-count_packets', '-show_format', '-show_streams', '-of', 'json', file],
  ]);
  const report = JSON.parse(stdout) as { format: { duration?: string; format_name: string }; streams: JudgedStream[] };
  return {
    seconds: Number(report.format.duration ?? 0),
    formatName: report.format.format_name,
    streams: report.streams,
    video: report.streams.find((stream) => stream.codec_type === 'video'),
    audio: report.streams.find((stream) => stream.codec_type === 'audio'),
  };
}

/** The average colour of one corner of a picture, as `[red, green, blue]`. */
export async function cornerColour(file: string, x: number, y: number): Promise<number[]> {
  const { stdout } = await call(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      file,
      '-frames:v',
      '1',
      '-vf',
      `crop=8:8:${x}:${y},scale=1:1:flags=area,format=rgb24`,
      '-f',
      'rawvideo',
      '-',
    ],
    { encoding: 'buffer' },
  );
  return Array.from(stdout.subarray(0, 3));
}

/** When each frame is shown, in seconds, in order. */
export async function presentationTimes(file: string): Promise<number[]> {
  const { stdout } = await call('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file],
  ]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number.parseFloat)
    .toSorted((a, b) => a - b);
}
