/** Limits and places of media processing. */
export interface MediaSettings {
  /** In task subjects and notifications. */
  region: string;
  /** The IMM project that buckets belong to without having been bound to one. */
  project: string;
  /** Whether there are any such, or a bucket has to be bound before it is IMM's to process. */
  binding: 'automatic' | 'strict';
  /** A folder for copies of sources, on the volume of the blobs where there is one. */
  temporaryFolder: string;
  /** Largest picture, in bytes. */
  imageBytes: number;
  /** Largest document, in bytes. */
  documentBytes: number;
  /** Largest result of synchronous processing, in bytes: it passes through memory. */
  resultBytes: number;
  /** Time for synchronous processing, in milliseconds. */
  syncDeadlineMs: number;
  /** Documents converted at once, and the time for each, in milliseconds. */
  officeConcurrency: number;
  officeDeadlineMs: number;
  /** Video and audio tasks run at once, and the time for each, in milliseconds. */
  mediaConcurrency: number;
  mediaDeadlineMs: number;
}

const MIB = 1024 * 1024;

/** The vendor's figures where it has any. */
export const mediaDefaults: Omit<MediaSettings, 'temporaryFolder'> = {
  region: 'cn-hangzhou',
  project: 'default',
  binding: 'automatic',
  imageBytes: 20 * MIB,
  documentBytes: 200 * MIB,
  resultBytes: 256 * MIB,
  syncDeadlineMs: 60_000,
  officeConcurrency: 2,
  officeDeadlineMs: 300_000,
  mediaConcurrency: 2,
  mediaDeadlineMs: 6 * 3_600_000,
};
