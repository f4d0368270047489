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

/** What is to become of a film, besides what process strings can say. */
export interface FilmLook {
  segments?: FilmSegments;
  /** Turned by so many degrees, clockwise. */
  rotation?: 90 | 180 | 270;
  /** How fast it is played: 0.5 takes twice as long. */
  speed?: number;
  /** Texts over the picture. */
  texts?: FilmText[];
  /** Pictures and small films over the picture; `o` names each among the inputs. */
  marks?: FilmMark[];
  /** Parts that are made up from what is around them. */
  delogos?: FilmPatch[];
  /** Which streams of a kind; the first of it where nothing is said. Covers and data are left out without it. */
  streams?: { video?: Streams; audio?: Streams; subtitle?: Streams; cover?: Streams; data?: Streams };
  /** Other files whose streams stand beside those of the source, behind them. */
  beside?: FilmNeighbour[];
  /** Files of subtitles, beside those of the source. Times in milliseconds. */
  subtitles?: { o: string; language?: string; offset: number }[];
  /** Nothing is made but the texts of subtitles; with a playlist for each, where it is said what stands before their numbers. */
  extract?: { format: 'ass' | 'srt' | 'webvtt'; stem?: string };
  /** All sound becomes one stream. */
  mixing?: boolean;
  /** Nothing that the source says of itself is kept: titles, dates, places. */
  strip?: boolean;
  /** For a sample rate above the source's: keep the source's, or fail. */
  rateOption?: 1 | 2;
  /** Of FLAC. */
  bits?: 16 | 24;
  /** Of H.264 and H.265: how many frames between two others may look forward, and to how many one may refer. */
  bframes?: number;
  refs?: number;
  /** Of frames that are taken: in how much of the source, in milliseconds. */
  length?: number;
  /** Of what is joined, which files are silent or dark, by their place in order. */
  silent?: number[];
  dark?: number[];
}

/** Counted from 0; those that are not there are passed over. */
export type Streams = readonly number[] | 'all';

/** Cut into pieces of so many seconds that a playlist names: what stands before the number of each, and the first number. */
export interface FilmSegments {
  form: 'ts' | 'fmp4' | 'dash';
  seconds: number;
  first: number;
  stem: string;
}

/** How far from which corner, and when: pixels, or parts of the picture below 1; seconds, to the end without a length. */
interface FilmPlace {
  dx: number;
  dy: number;
  corner: 'topleft' | 'topright' | 'bottomleft' | 'bottomright';
  from: number;
  length?: number;
}

export interface FilmPatch extends FilmPlace {
  width: number;
  height: number;
}

export interface FilmMark extends FilmPlace {
  o: string;
  width?: number;
  height?: number;
}

export interface FilmNeighbour {
  o: string;
  /** Milliseconds; to the end where `t` is 0. */
  ss: number;
  t: number;
  video: boolean;
  audio: boolean;
  /** Repeated, or followed by silence, until the source ends. */
  align?: 'loop' | 'pad';
}

export interface FilmText extends FilmPlace {
  text: string;
  serif: boolean;
  bold: boolean;
  /** Of letters, in pixels. */
  size: number;
  /** `#RRGGBB`. */
  color: string;
  /** 0 to 1. */
  alpha: number;
  border: { color: string; width: number };
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
  film?: FilmLook;
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
  /** Of what was cut into pieces: what a playlist of playlists says of it. */
  variant?: FilmVariant;
}

export interface FilmVariant {
  /** bit/s of the heaviest piece. */
  bandwidth: number;
  size?: { width: number; height: number };
  sound: boolean;
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
