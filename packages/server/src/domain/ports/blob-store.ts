import type { Digest, DigestKind } from './digests.ts';

/** Names a blob. Opaque, `[0-9a-z]+`, made by `Identities.blob()`; ids sort by creation time. */
export type BlobId = string;

export interface TransferOptions {
  signal?: AbortSignal | undefined;
  /** Takes in the bytes as they lie in the store, in their order. */
  digest?: Pick<Digest<DigestKind>, 'update' | 'read' | 'write'> | undefined;
}

/**
 * Where bytes live. A blob is immutable: written once under an id nobody else uses, read any number of times, removed
 * once. An id that no record refers to is invisible and will be collected, so a crash between `write` and the record's
 * commit costs disk space for a while and nothing else.
 */
export interface BlobStore {
  /**
   * Resolves with the number of bytes once they and the blob's name are on stable storage, and `digest` has taken them in. On
   * error nothing usable is left.
   */
  write(id: BlobId, bytes: AsyncIterable<Uint8Array>, options?: TransferOptions): Promise<number>;
  /**
   * Streams `length` bytes from `offset`, which `digest` has taken in before they are handed on. Fails with `BlobDamaged` when
   * the blob is missing or shorter than that.
   */
  read(id: BlobId, range: { offset: number; length: number }, options?: TransferOptions): AsyncIterable<Uint8Array>;
  /** Removing what is not there succeeds. */
  remove(id: BlobId): Promise<void>;
  /** Every blob with the time its bytes were last written, in no particular order: what the collector walks. */
  list(): AsyncIterable<{ id: BlobId; length: number; modifiedMs: number }>;
  /** A path that other processes on this machine may open for reading, when the store keeps blobs as files. */
  localPath(id: BlobId): string | undefined;
}
