import { isDeepStrictEqual } from 'node:util';
import type { MediaRun } from '../../domain/ports/media-engine.ts';
import { type Ffmpeg, SOURCE } from '../ffmpeg/ffmpeg.ts';
import type { Ahead } from '../ffmpeg/job.ts';
import type { MediaFacts } from '../ffmpeg/probe.ts';
import type { Workspace } from '../host/tool-host.ts';
import { planSnapshot } from './snapshot.ts';

/** By the extension of a key, what FFmpeg will most likely find. */
const DEMUXERS: Readonly<Record<string, string>> = {
  mp4: 'mov',
  mov: 'mov',
  m4v: 'mov',
  mkv: 'matroska',
  webm: 'matroska',
};

/**
 * Looking at a source takes about as long as taking a frame, most of it the start of a program. While somebody is idle both
 * are done at once, on the assumption of a film in high definition. What is found decides whether the frame counts.
 */
export function takeAhead(run: MediaRun, ffmpeg: Ffmpeg, workspace: Workspace): Ahead | undefined {
  const [operation] = run.operations;
  const demuxer = DEMUXERS[run.source.name.slice(run.source.name.lastIndexOf('.') + 1).toLowerCase()];
  if (operation?.name !== 'video/snapshot' || demuxer === undefined || ffmpeg.knows(run.source.version))
    return undefined;
  const worker = ffmpeg.workers.hireIdle();
  if (worker === undefined) return undefined;
  const film = usualFilm(operation.params.t);
  const [attempt] = planSnapshot(operation.params, film, film.video).attempts;
  const file = `ahead.${operation.params.f}`;
  const stop = new AbortController();
  const done = ffmpeg
    .transcode({
      workspace,
      inputs: [{ name: SOURCE, demuxer, options: attempt.input }],
      output: [...attempt.output, file],
      signal: AbortSignal.any([run.signal, stop.signal]),
    })
    .finally(() => worker[Symbol.dispose]());
  // It may fail before anybody has asked for it, or be of no use.
  done.catch(() => {});
  return {
    file,
    taken: (found, planned) => (found === demuxer && isDeepStrictEqual(planned, attempt) ? done : undefined),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done.catch(() => undefined);
    },
  };
}

/** Of 1080 lines, longer than `t`. */
function usualFilm(t: number) {
  const durationMs = t + 1;
  const video = {
    ...{ index: 0, codec: 'h264', width: 1920, height: 1080, rotation: 0 as const, pixelAspect: 1 },
    ...{ pixelFormat: 'yuv420p', framesPerSecond: 25, variableRate: false, bitrate: undefined, durationMs },
  };
  const raw = { format: {}, streams: [{ index: 0, codec_type: 'video' }] };
  const facts = { formatName: '', durationMs, bitrate: undefined, audio: undefined, subtitle: undefined, raw, video };
  return facts satisfies MediaFacts;
}
