import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import type { EngineHealth, MediaEngines } from '../domain/ports/media-engine.ts';
import type { PictureBoard } from '../domain/ports/picture-board.ts';
import type { SelectEngine } from '../domain/ports/select-engine.ts';
import { createAudioEngine } from './audio/audio-engine.ts';
import { SandboxedBoard } from './board/sandboxed-board.ts';
import { createDocumentEngine, documentHealth } from './document/document-engine.ts';
import { Ffmpeg } from './ffmpeg/ffmpeg.ts';
import { createToolHost } from './host/create-tool-host.ts';
import { probeSandboxHealth } from './host/probe.ts';
import { heicHealth } from './image/heic.ts';
import { createImageEngine, createImageWorkers, imageHealth } from './image/image-engine.ts';
import { SandboxedSelectEngine } from './select/select-engine.ts';
import { createVideoEngine } from './video/video-engine.ts';

/** All engines of one process, and the host they run on. */
export interface Engines {
  readonly media: MediaEngines;
  readonly select: SelectEngine;
  readonly board: PictureBoard;
  /** A line for each program that engines need. */
  health(): Promise<EngineHealth[]>;
  /** Warm workers started so far, by engine. */
  starts(): { engine: string; count: number }[];
  /** Does ahead of the first jobs what these would else wait for; what is wrong is told when they come. */
  prewarm(): void;
  close(): Promise<void>;
}

export interface EnginesSettings {
  /** For workspaces; nothing else may live in it. */
  folder: string;
  sandbox: 'on' | 'off';
  /** Time for one document, in milliseconds. */
  officeDeadlineMs: number;
  /** Time for one video or sound, in milliseconds. */
  mediaDeadlineMs: number;
  log: Logger;
}

/** Opens every engine. Those whose programs are missing refuse work (`EngineMissing`) until they are installed. */
export function openEngines(settings: EnginesSettings): Engines {
  const { folder, sandbox, officeDeadlineMs, mediaDeadlineMs, log } = settings;
  const host = createToolHost({ folder, sandbox });
  if (sandbox === 'off') log.warn('MILLRACE_SANDBOX=off: engines run with all the rights of the server');
  const workers = createImageWorkers(host);
  // All cores may be at work for as long as the wall time lasts.
  const cpuSeconds = (mediaDeadlineMs / 1000) * availableParallelism();
  const ffmpeg = new Ffmpeg({ host, limits: { wallMs: mediaDeadlineMs, cpuSeconds } });
  const media = {
    image: createImageEngine({ host, workers }),
    doc: createDocumentEngine({ host, workers, wallMs: officeDeadlineMs, cacheFolder: `${folder}-documents` }),
    video: createVideoEngine(ffmpeg),
    audio: createAudioEngine(ffmpeg),
  };
  const select = new SandboxedSelectEngine({ host, size: availableParallelism() });
  return {
    media,
    select,
    board: new SandboxedBoard({ host, size: Math.max(2, availableParallelism()) }),
    health: async () => {
      const lines = await Promise.all([
        probeSandboxHealth(host).then((line) => [line]),
        imageHealth(media.image),
        heicHealth(host).then((line) => [line]),
        documentHealth(host),
        ffmpeg.health(),
      ]);
      return lines.flat();
    },
    starts: () => [
      { engine: 'document', count: media.doc.starts },
      { engine: 'image', count: workers.starts },
    ],
    prewarm() {
      media.image.prewarm().catch((err: unknown) => log.warn({ err }, 'image workers could not be started'));
      // Nothing is lost where there is none: each job inspects again until FFmpeg has been found.
      ffmpeg.inspect().catch(() => {});
    },
    async close() {
      await Promise.all([media.image.close(), media.doc.close(), media.video.close(), media.audio.close()]);
      await Promise.all([workers.close(), select.close()]);
      await host.close();
    },
  };
}
