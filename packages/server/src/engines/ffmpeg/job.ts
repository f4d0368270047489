import { DomainError } from '../../domain/errors.ts';
import type { MediaEngine, MediaRun, MediaSource, MediaSummary } from '../../domain/ports/media-engine.ts';
import type { Workspace } from '../host/tool-host.ts';
import { type Ffmpeg, mount, SOURCE } from './ffmpeg.ts';
import { mediaInfo } from './info.ts';
import type { MediaFacts } from './probe.ts';
import { startPastEnd } from './time.ts';

/** What an operation works with. */
export interface Job {
  run: MediaRun;
  ffmpeg: Ffmpeg;
  workspace: Workspace;
  facts: MediaFacts;
}

/** The share of the work that is FFmpeg's, in percent; handing the outputs on is the rest. */
export const ENCODING_SHARE = 99;

/** The engine around its operations: opens the source, recognises it, and hands both on. */
export function ffmpegEngine(ffmpeg: Ffmpeg, perform: (job: Job) => Promise<MediaSummary>): MediaEngine {
  return {
    get version() {
      return ffmpeg.version;
    },
    async run(run) {
      if (run.operations.length !== 1) {
        throw new DomainError('MediaUnsupported', {
          reason: 'Video and audio operations are given one at a time; join several with |.',
        });
      }
      using _ = ffmpeg.workers.hire();
      await ffmpeg.inspect(run.signal);
      if (run.source.size === 0) throw new DomainError('MediaUnreadable', { reason: 'The source is empty.' });
      const opened = openSource(run.source);
      // Waited for below; a fault in making the workspace comes first.
      opened.catch(() => {});
      await using workspace = await ffmpeg.host.workspace();
      mount(workspace, SOURCE, await opened);
      const facts = await ffmpeg.probe(workspace, run.signal, run.source.version);
      return await perform({ run, ffmpeg, workspace, facts });
    },
    // Nothing stays running between jobs.
    close: async () => {},
  };
}

/** The files that a source lies in; one where there are no such. */
export const openSource = async (source: MediaSource): Promise<readonly string[]> =>
  (await source.files?.()) ?? [await source.file()];

/** `video/info` and `audio/info`. */
export async function emitInfo({ run, facts }: Job): Promise<MediaSummary> {
  const bytes = Buffer.from(JSON.stringify(mediaInfo(facts, run.source.size)));
  await run.emit({ contentType: 'application/json', extension: 'json', body: { bytes }, variables: {} });
  return summary(facts);
}

/** FFmpeg succeeded and yet there is nothing: either `ss` was past the end, or no frame could be decoded. */
export function nothingDecoded(operation: string, ss: number): DomainError {
  if (ss > 0) return startPastEnd(operation, ss);
  return new DomainError('MediaUnreadable', { reason: 'Nothing in the source could be decoded.' });
}

export function summary(facts: MediaFacts): MediaSummary {
  return facts.durationMs === undefined ? {} : { durationMs: Math.round(facts.durationMs) };
}
