/** What is remembered of an upload under way. Plain data: any store that keeps JSON can keep it. */
export interface UploadRecord {
  kind: 'upload';
  /** `oss://bucket/key`, at which endpoint. */
  target: string;
  /** What tells whether the source is still the same. */
  source: SourceIdentity;
  uploadId: string;
  partSize: number;
  /** Parts that are stored, with what they hold. */
  parts: { number: number; size: number; crc64: string; etag: string }[];
}

export interface DownloadRecord {
  kind: 'download';
  target: string;
  /** The temporary file that holds what arrived. */
  temporary: string;
  etag: string;
  size: number;
  versionId: string | undefined;
  partSize: number;
  parts: { number: number; size: number; crc64: string }[];
}

export interface CopyRecord {
  kind: 'copy';
  target: string;
  source: SourceIdentity;
  uploadId: string;
  partSize: number;
  parts: { number: number; size: number; crc64: string; etag: string }[];
}

/** What is remembered of a transfer under way, as plain data that any store of JSON can keep. */
export type TransferRecord = UploadRecord | DownloadRecord | CopyRecord;

/** By what a source is known again, and told from what it has become. */
export interface SourceIdentity {
  name: string;
  size: number;
  /** Milliseconds since the epoch, with fractions where the file system has them. */
  modified: number;
  /** Whatever else tells two files of one name apart: an inode, an ETag. */
  identity: string;
}

/** Where records are kept. Each is somebody's alone while `hold` is on it. */
export interface CheckpointStore {
  /** The record, or undefined when there is none that can be read. */
  load(name: string): Promise<TransferRecord | undefined>;
  /** Replaces the record as a whole: after a crash there is the old one or the new one. */
  save(name: string, record: TransferRecord): Promise<void>;
  remove(name: string): Promise<void>;
  /**
   * Takes the name for this process. Undefined when another one has it: the transfer then goes on without a record, so
   * that neither disturbs the other.
   */
  hold(name: string): Promise<{ release(): Promise<void> } | undefined>;
}

/** Keeps records as long as the process lives; enough to resume after a failure. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #records = new Map<string, string>();
  readonly #held = new Set<string>();
  async load(name: string): Promise<TransferRecord | undefined> {
    const text = this.#records.get(name);
    return text === undefined ? undefined : JSON.parse(text);
  }
  async save(name: string, record: TransferRecord): Promise<void> {
    this.#records.set(name, JSON.stringify(record));
  }
  async remove(name: string): Promise<void> {
    this.#records.delete(name);
  }
  async hold(name: string): Promise<{ release(): Promise<void> } | undefined> {
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    return { release: async () => void this.#held.delete(name) };
  }
}

/** Tells our records from those of other tools, and from those of versions that kept something else. */
const FORMAT = 'millrace-transfer-1';

/** A record as text, with a hash by which a damaged one is told. */
export const sealRecord = (name: string, record: TransferRecord, hash: (text: string) => string): string =>
  JSON.stringify({ format: FORMAT, name, hash: hash(JSON.stringify(record)), record });

/** The record in a text; undefined when the text is none, or not the one that was written. */
export function openRecord(text: string, name: string, hash: (text: string) => string): TransferRecord | undefined {
  let whole: { format?: unknown; name?: unknown; hash?: unknown; record?: unknown } | null;
  try {
    whole = JSON.parse(text);
  } catch {
    return undefined;
  }
  const intact = whole?.format === FORMAT && whole.name === name && whole.hash === hash(JSON.stringify(whole.record));
  return intact ? (whole?.record as TransferRecord) : undefined;
}
