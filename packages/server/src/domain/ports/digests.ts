/** Upper-case hex for MD5, unsigned decimal for CRC-64/XZ; that of each MiB as well, in the text of `blob-marks.ts`. */
export type DigestKind = 'md5' | 'crc64' | 'marks';

/** A place in a file that is open in this process. */
export interface OpenFile {
  fd: number;
  position: number;
}

/** Digests of bytes that come in order. */
export interface Digest<K extends DigestKind> {
  /** Resolves when the bytes have been taken in; until then they must not change. Not waiting keeps the order. */
  update(bytes: Uint8Array): Promise<void>;
  /**
   * Fills memory that threads share from a file, and takes in what it has read: one thread does both, while the bytes are in
   * its processor's cache. Resolves with their number, fewer than asked for only at the end of the file.
   */
  read(file: OpenFile, into: Uint8Array): Promise<number>;
  /** Writes all of the bytes where the file was last written to, and takes them in. Rejects with the system's error. */
  write(file: Pick<OpenFile, 'fd'>, bytes: Uint8Array): Promise<void>;
  /** Of everything so far. Nothing may follow. */
  result(): Promise<Record<K, string>>;
  /** Whoever gives up before the result must say so. */
  abandon(): void;
}

/** Works digests out beside the thread that serves, which a long body would otherwise keep from everyone else. */
export interface Digests {
  begin<K extends DigestKind>(...kinds: readonly K[]): Digest<K>;
}
