import type { Operation } from '@millrace/process';

/** The bytes to work on, offered in the forms that engines need. Owned by the caller, valid until `run` settles. */
export interface MediaSource {
  /** The object's name, for its extension only. */
  name: string;
  size: number;
  /** Names the bytes: sources of one version have the same. Absent where nothing does. */
  version?: string;
  /** Stored encrypted: nothing made of it may be kept in the clear. */
  encrypted?: boolean;
  /** All bytes in memory. Fails with `MediaTooLarge` past `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
  /**
   * The first `length` bytes, or all where there are fewer; like any read of a part, not compared with a checksum. Absent
   * where having all is as cheap.
   */
  head?(length: number): Promise<Uint8Array>;
  /** A read-only local file: the blob itself when the object is one whole blob, else a temporary copy. */
  file(): Promise<string>;
  /**
   * Read-only local files that hold all bytes one behind another, where they lie in several: for who can read them so without
   * a copy. Undefined, or absent, where only `file` is to be had.
   */
  files?(): Promise<readonly string[] | undefined>;
  /**
   * Gives the bytes as they are stored one more name, `path`, without reading them: for somebody who reads them anyway and
   * then compares them with the CRC-64 that this resolves with. Undefined where they cannot be had so. The caller removes
   * the name. Absent where they never can.
   */
  share?(path: string): Promise<string | undefined>;
}

/** One finished output. `body` stays readable until the promise returned by `emit` settles. */
export interface MediaOutput {
  contentType: string;
  /** Without the dot: fills `{autoext}`. */
  extension: string;
  body: { path: string } | { bytes: Uint8Array };
  /** What this output adds to the target name's variables: `index`, `streamindex`, `sheetname`, `resolution`. */
  variables: Record<string, string>;
}

/** How a document is to look, besides what process strings can say. */
export interface DocumentLook {
  /** Of page pictures; 96 without it. */
  dpi?: number;
  /** Of JPEG, 1–100. */
  quality?: number;
  /** One text for the whole document instead of one for each page. */
  wholeText?: boolean;
  /** All pages as one picture, one below the other. */
  longPicture?: boolean;
  /** Nothing but the first of the pages. */
  firstPage?: boolean;
  /** Which worksheets, counted from 1; all from the first of them on where no count is said. */
  sheets?: { first: number; count?: number };
  /** Opens a document that is encrypted. */
  password?: string;
}

export interface MediaRun {
  source: MediaSource;
  /** Neighbouring operations of one family, left to right, checked and with defaults filled in by @millrace/process. */
  operations: readonly Operation[];
  /** Other objects the operations name (concat operands, watermark pictures), opened by the caller, by key. */
  inputs?: ReadonlyMap<string, MediaSource>;
  /** Of `hls/m3u8`: which segment to make, counted from 0. */
  segment?: number;
  document?: DocumentLook;
  /** Called once per output, in order; the engine waits for it before it reuses space. */
  emit(output: MediaOutput): Promise<void>;
  /** Whole percent. */
  progress?(percent: number): void;
  /** Aborted on cancellation and at the deadline: the engine kills what it started and rejects. */
  signal: AbortSignal;
}

/** What a run is worth telling besides its outputs: goes into the task's result. */
export interface MediaSummary {
  pages?: number;
  durationMs?: number;
  /** What was hidden in a picture; '' where nothing was found. */
  text?: string;
}

/**
 * Something that can turn media into other media. Refuses with `MediaUnreadable`, `MediaTooLarge`, `MediaUnsupported`,
 * `EngineMissing`, `EngineBusy` or `EngineFailed`; a process it started never outlives the call.
 */
export interface MediaEngine {
  /** Part of every cache key: changes whenever the same input could give other bytes. */
  readonly version: string;
  run(run: MediaRun): Promise<MediaSummary>;
  close(): Promise<void>;
}

/** By the family of process strings: `image/…`, `doc/…`, `video/…`, `audio/…`. */
export type MediaFamily = 'image' | 'doc' | 'video' | 'audio';
export type MediaEngines = Readonly<Record<MediaFamily, MediaEngine>>;

/** One line of `millrace doctor`. */
export interface EngineHealth {
  engine: string;
  version: string;
  /** What is missing and how to get it; empty when all is well. */
  missing: string[];
}
