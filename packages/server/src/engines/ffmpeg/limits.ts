import type { ToolLimits } from '../host/tool-host.ts';

/** What one job may cost. */
export interface MediaLimits {
  /** Wall time of one FFmpeg run. The task's own deadline, which the server sets this to, comes first. */
  wallMs: number;
  /** Processor time of one FFmpeg run, summed over its threads. */
  cpuSeconds: number;
  /** Memory of one FFmpeg run. */
  memoryBytes: number;
  /** All outputs of one job together. */
  outputBytes: number;
  /** Frames that one job may leave as pictures. */
  frames: number;
  /** Frames of one animation. */
  animationFrames: number;
  /** Pixels of one animation, over all its frames. */
  animationPixels: number;
  /** Pixels of one frame, in and out. */
  framePixels: number;
}

export const defaultMediaLimits: MediaLimits = {
  wallMs: 4 * 3600_000,
  cpuSeconds: 24 * 3600,
  memoryBytes: 6 * 2 ** 30,
  outputBytes: 16 * 2 ** 30,
  frames: 20_000,
  animationFrames: 3_000,
  animationPixels: 2_000_000_000,
  framePixels: 8192 * 8192,
};

/** Probing reads headers only: what needs more than this is not worth waiting for. */
export const probeLimits: ToolLimits = {
  wallMs: 60_000,
  cpuSeconds: 60,
  memoryBytes: 2 * 2 ** 30,
  outputBytes: 2 ** 20,
  processes: 16,
};

export function toolLimits(limits: MediaLimits): ToolLimits {
  return {
    wallMs: limits.wallMs,
    cpuSeconds: limits.cpuSeconds,
    memoryBytes: limits.memoryBytes,
    outputBytes: limits.outputBytes,
    // FFmpeg is one process, with a few around it for the sandbox.
    processes: 16,
  };
}
