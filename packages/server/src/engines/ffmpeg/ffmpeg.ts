import { randomUUID } from 'node:crypto';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { EngineHealth } from '../../domain/ports/media-engine.ts';
import { boundedLines } from '../host/bounded-lines.ts';
import { exitError } from '../host/exit-error.ts';
import { findProgram } from '../host/sandbox.ts';
import type { ToolExit, ToolHost, ToolLimits, Workspace } from '../host/tool-host.ts';
import { demuxerAllowList, forcedDemuxer } from './demuxers.ts';
import { explainFailure, truncation } from './failure.ts';
import { type FrameTimes, frameTimesReader } from './frame-times.ts';
import { defaultMediaLimits, type MediaLimits, probeLimits, toolLimits } from './limits.ts';
import { type MediaFacts, readProbe } from './probe.ts';
import { type Progress, progressReader } from './progress.ts';
import { Workers } from './workers.ts';

/** Raise whenever the same operation on the same source would give other bytes: results cached before are then left. */
const MAPPING_REVISION = 1;

/** The name under which a job's source appears in its workspace. Without an extension: only the content may decide. */
export const SOURCE = 'source';

/** ffprobe's answer for a file with thousands of streams stays far below this. */
const REPORT_LIMIT = 16 * 2 ** 20;

/** Characters in one line of a progress report. */
const LONGEST_LINE = 4096;

/** Sources whose headers are remembered, and how large those may be. */
const PROBES_KEPT = 256;
const MOST_STREAMS = 16;
const LONGEST_VERSION = 16_384;

/** Encoders that operations may ask for, and what each is for. */
const wantedEncoders: Readonly<Record<string, string>> = {
  libx264: 'h264',
  libx265: 'h265',
  'libvpx-vp9': 'vp9',
  aac: 'aac',
  libmp3lame: 'mp3',
  libopus: 'opus',
  libvorbis: 'vorbis',
  flac: 'flac',
  ac3: 'ac3',
  mjpeg: 'jpg frames',
  png: 'png frames',
  gif: 'gif',
  libwebp_anim: 'webp',
  libopencore_amrnb: 'amr at 8000 Hz',
  libvo_amrwbenc: 'amr at 16000 Hz',
};

/** Makes the files of a source visible in a workspace under one name. */
export function mount(workspace: Workspace, name: string, [first, ...others]: readonly string[]): void {
  if (first === undefined) throw new TypeError(`${name} has no file`);
  workspace.input(name, first);
  for (const [number, path] of others.entries()) workspace.input(`${name}.${number + 1}`, path);
}

/** What FFmpeg calls a mounted source, and the protocols that takes: several files are read as one, without a copy. */
function addressOf(workspace: Workspace, name: string): { address: string; protocols: string } {
  const names = [name];
  while (workspace.inputs.has(`${name}.${names.length}`)) names.push(`${name}.${names.length}`);
  const paths = names.map((each) => `${workspace.inside}/${each}`);
  if (paths.length === 1) return { address: paths[0] ?? '', protocols: 'file,pipe' };
  return { address: `concat:${paths.join('|')}`, protocols: 'file,pipe,concat' };
}

/** A file of the workspace that FFmpeg reads. */
export interface FfmpegInput {
  /** Its name there. */
  name: string;
  /** FFmpeg's word for what it is; nothing is left to guess. */
  demuxer: string;
  /** Options before it: seeking, decoder settings. */
  options?: readonly string[];
}

/** The job's source as an input. */
export const sourceInput = (facts: MediaFacts, options: readonly string[] = [], name = SOURCE): FfmpegInput => ({
  name,
  demuxer: forcedDemuxer(facts.formatName),
  options,
});

/** One run of FFmpeg over files of the workspace. */
export interface Transcoding {
  workspace: Workspace;
  inputs: readonly FfmpegInput[];
  /** Everything after the inputs: filters, maps, encoders and file names in the workspace. */
  output: readonly string[];
  signal: AbortSignal;
  /** Called about twice a second and at the end. What it throws ends the run. */
  report?(progress: Progress): void;
}

/** The FFmpeg of this machine, run through the tool host: what it can do, and how it is talked to. */
export class Ffmpeg {
  readonly host: ToolHost;
  readonly limits: MediaLimits;
  readonly workers: Workers;
  #probed = new Map<string, MediaFacts>();
  /** Stands for a version not known yet: no other start has it, so that none finds what is cached under it. */
  #unknown = randomUUID();
  #installed: { version: string; encoders: ReadonlySet<string> } | undefined;

  constructor(settings: { host: ToolHost; limits?: Partial<MediaLimits>; workers?: Workers }) {
    this.host = settings.host;
    this.workers = settings.workers ?? new Workers();
    this.limits = { ...defaultMediaLimits, ...settings.limits };
  }

  /** Changes with FFmpeg's own version and with the way operations are mapped onto it. */
  get version(): string {
    return `ffmpeg-${this.#installed?.version ?? this.#unknown}-r${MAPPING_REVISION}`;
  }

  /** Finds out version and encoders, once. Refuses with `EngineMissing` when FFmpeg is not installed. */
  async inspect(signal: AbortSignal = AbortSignal.timeout(60_000)): Promise<void> {
    if (this.#installed) return;
    await using workspace = await this.host.workspace();
    const ask = (...words: string[]) =>
      this.host.run({ workspace, command: 'ffmpeg', arguments: words, limits: probeLimits, signal });
    const [version, encoders] = await Promise.all([ask('-version'), ask('-hide_banner', '-encoders')]);
    this.#installed = {
      version: /^ffmpeg version (\S+)/.exec(Buffer.from(version.stdout).toString())?.[1] ?? 'unknown',
      encoders: new Set(
        Array.from(
          Buffer.from(encoders.stdout)
            .toString()
            .matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm),
          ([, name]) => name ?? '',
        ),
      ),
    };
  }

  /** FFmpeg's line of `millrace doctor`. */
  async health(): Promise<EngineHealth[]> {
    const engine = 'ffmpeg';
    try {
      await this.inspect();
    } catch (error) {
      const reason = isDomainError(error, 'EngineMissing') ? error.details.reason : String(error);
      const missing = findProgram('ffmpeg') ? reason : `${reason} Run: apt-get install ffmpeg`;
      return [{ engine, version: '', missing: [missing] }];
    }
    const missing = Object.entries(wantedEncoders)
      .filter(([encoder]) => !this.#installed?.encoders.has(encoder))
      .map(
        ([encoder, use]) =>
          `encoder ${encoder} (${use}): install an FFmpeg that was built with it (Debian: libavcodec-extra)`,
      );
    return [{ engine, version: this.#installed?.version ?? '', missing }];
  }

  /** Refuses an encoder that this FFmpeg was built without, by name. */
  requireEncoder(encoder: string): void {
    if (this.#installed && !this.#installed.encoders.has(encoder)) {
      throw new DomainError('EngineMissing', {
        reason: `FFmpeg on this machine was built without the encoder ${encoder} (${wantedEncoders[encoder] ?? encoder}).`,
      });
    }
  }

  /**
   * Recognises the source by its content and reads its headers. What was found for a version is remembered: frames are
   * asked for one after the other, and looking takes as long as taking one.
   */
  async probe(workspace: Workspace, signal: AbortSignal, version?: string, name = SOURCE): Promise<MediaFacts> {
    const known = version === undefined ? undefined : this.#probed.get(version);
    const facts = known ?? (await this.#probe(workspace, name, signal));
    // Thousands of streams are rare, and not worth the room.
    if (version !== undefined && version.length < LONGEST_VERSION && facts.raw.streams.length <= MOST_STREAMS) {
      // Taken out first, so that the one used longest ago stands first.
      this.#probed.delete(version);
      this.#probed.set(version, facts);
      const [oldest] = this.#probed.keys();
      if (this.#probed.size > PROBES_KEPT && oldest !== undefined) this.#probed.delete(oldest);
    }
    return facts;
  }

  /** Whether a version's headers are remembered. */
  knows(version: string | undefined): boolean {
    return version !== undefined && this.#probed.has(version);
  }

  async #probe(workspace: Workspace, name: string, signal: AbortSignal): Promise<MediaFacts> {
    const chunks: Buffer[] = [];
    let length = 0;
    const { address, protocols } = addressOf(workspace, name);
    const exit = await this.#start({
      workspace,
      command: 'ffprobe',
      words: [
        ...['-v', 'error', '-protocol_whitelist', protocols, '-format_whitelist', demuxerAllowList],
        ...['-show_format', '-show_streams', '-show_data_hash', 'md5', '-of', 'json', '-i', address],
      ],
      limits: probeLimits,
      signal,
      read: (stdout, kill) =>
        stdout.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > REPORT_LIMIT) kill();
          else chunks.push(chunk);
        }),
    });
    if (exit.code !== 0 || exit.stopped) {
      const error = exitError('ffprobe', exit);
      if (error && (!isDomainError(error, 'EngineFailed') || error.details.killed)) throw error;
      throw new DomainError(
        'MediaUnreadable',
        { reason: 'The source is not a video or audio file that can be recognised, or its headers are damaged.' },
        { cause: error },
      );
    }
    const facts = readProbe(Buffer.concat(chunks).toString('utf8'));
    const { video } = facts;
    if (video && video.width * video.height > this.limits.framePixels) {
      throw new DomainError('MediaTooLarge', {
        limit: 'pixels',
        reason: `A frame of ${video.width}x${video.height} has more than ${this.limits.framePixels} pixels.`,
      });
    }
    return facts;
  }

  /** When each frame of a stream is shown, without decoding any; undefined where the container does not say it of all. */
  async frameTimes(
    workspace: Workspace,
    { name, demuxer }: FfmpegInput,
    stream: string,
    signal: AbortSignal,
  ): Promise<FrameTimes | undefined> {
    const times = frameTimesReader();
    const { address, protocols } = addressOf(workspace, name);
    const exit = await this.#start({
      workspace,
      command: 'ffprobe',
      words: [
        ...['-v', 'error', '-protocol_whitelist', protocols, '-f', demuxer, '-select_streams', stream],
        ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', '-i', address],
      ],
      // All of the source is read, at the speed of the disk.
      limits: { ...probeLimits, wallMs: this.limits.wallMs, cpuSeconds: this.limits.cpuSeconds },
      signal,
      read: (stdout, kill) => boundedLines(stdout, LONGEST_LINE, times.line, kill),
    });
    return exit.code === 0 && !exit.stopped && exit.stderr.trim() === '' ? times.read() : undefined;
  }

  /** Runs FFmpeg to its end; resolves with its last report. A source that turns out to be cut short is refused. */
  async transcode(job: Transcoding): Promise<Progress> {
    const { workspace } = job;
    let last: Progress = { frames: 0, outTimeMs: 0, end: false };
    let refusal: unknown;
    const exit = await this.#start({
      workspace,
      command: 'ffmpeg',
      words: [
        ...['-nostdin', '-hide_banner', '-v', 'error', '-nostats', '-progress', 'pipe:1', '-stats_period', '0.5', '-y'],
        ...job.inputs.flatMap(({ name, demuxer, options = [] }) => {
          const { address, protocols } = addressOf(workspace, name);
          const bounds = ['-max_pixels', String(this.limits.framePixels), '-protocol_whitelist', protocols];
          return [...options, ...bounds, '-f', demuxer, '-i', address];
        }),
        ...job.output,
      ],
      limits: toolLimits(this.limits),
      signal: job.signal,
      read: (stdout, kill) => {
        const line = progressReader((progress) => {
          last = progress;
          if (refusal !== undefined) return;
          try {
            job.report?.(progress);
          } catch (error) {
            refusal = error;
            kill();
          }
        });
        boundedLines(stdout, LONGEST_LINE, line, kill);
      },
    });
    if (refusal !== undefined) throw refusal;
    const error = exitError('ffmpeg', exit);
    if (error) throw explainFailure(error, exit.stderr);
    const cut = truncation(exit.stderr);
    if (cut) throw cut;
    return last;
  }

  async #start(tool: {
    workspace: Workspace;
    command: string;
    words: readonly string[];
    limits: ToolLimits;
    signal: AbortSignal;
    read(stdout: NodeJS.ReadableStream, kill: () => void): void;
  }): Promise<ToolExit> {
    const running = await this.host.start({
      workspace: tool.workspace,
      command: tool.command,
      arguments: tool.words,
      limits: tool.limits,
      signal: tool.signal,
    });
    const closed = new Promise<void>((resolve) => {
      running.stdout.once('close', resolve);
    });
    tool.read(running.stdout, () => running.kill());
    running.stdin.end();
    const exit = await running.exited;
    await closed;
    tool.signal.throwIfAborted();
    return exit;
  }
}

/** Looks for FFmpeg on this machine. Resolves even when there is none: `health` then says so and every run is refused. */
export async function openFfmpeg(settings: {
  host: ToolHost;
  limits?: Partial<MediaLimits>;
  workers?: Workers;
}): Promise<Ffmpeg> {
  const ffmpeg = new Ffmpeg(settings);
  // Nothing is lost: each run inspects again until FFmpeg has been found.
  await ffmpeg.inspect().catch(() => {});
  return ffmpeg;
}
