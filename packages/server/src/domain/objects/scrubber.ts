import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { BlobRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { BlobCiphers } from './blob-cipher.ts';
import { Crc64 } from './crc64.ts';
import { type ByteSources, blobBytes } from './object-bytes.ts';
import { releaseChunk } from './shared-chunks.ts';

/** A blob whose bytes are not what was stored, and the objects that can no longer be read because of it. */
export interface Damage {
  blob: string;
  reason: string;
  objects: { bucket: string; key: string }[];
}

const PAGE = 256;

/** Slow enough to leave the disk to requests: a terabyte takes about a day. */
const BYTES_PER_SECOND = 16 * 1024 * 1024;

/**
 * Reads every stored byte again and compares it with its CRC-64, so that damage is found while there may still be a copy
 * elsewhere, and not when somebody needs the object.
 */
export class Scrubber {
  #reads: Reads;
  #blobs: BlobStore;
  #ciphers: BlobCiphers;
  #clock: Clock;
  #bytesPerSecond: number;
  #damaged = new Map<string, Damage>();

  constructor(
    dependencies: Pick<ByteSources, 'blobs' | 'ciphers'> & { reads: Reads; clock: Clock; bytesPerSecond?: number },
  ) {
    this.#reads = dependencies.reads;
    this.#blobs = dependencies.blobs;
    this.#ciphers = dependencies.ciphers;
    this.#clock = dependencies.clock;
    this.#bytesPerSecond = dependencies.bytesPerSecond ?? BYTES_PER_SECOND;
  }

  /** What the last pass found, and what the one under way has found so far. */
  get damaged(): ReadonlyMap<string, Damage> {
    return this.#damaged;
  }

  /** One walk over all blobs; says how many are damaged. Each is handed to `found` as it is met. */
  async pass(found: (damage: Damage) => void, signal?: AbortSignal): Promise<number> {
    const damaged = new Map<string, Damage>();
    let after = '';
    while (!signal?.aborted) {
      const blobs = await this.#reads.blobs.page(after, PAGE);
      for (const blob of blobs) {
        if (signal?.aborted) break;
        const reason = await this.#check(blob, signal);
        if (reason === undefined) continue;
        const objects = await this.#reads.blobs.users(blob.id);
        // Deleted while it was being read, and collected.
        if (objects.length === 0 && !(await this.#reads.blobs.known([blob.id])).has(blob.id)) continue;
        const damage = { blob: blob.id, reason, objects };
        damaged.set(blob.id, damage);
        this.#damaged.set(blob.id, damage);
        found(damage);
      }
      const last = blobs.at(-1);
      if (!last || blobs.length < PAGE) break;
      after = last.id;
    }
    if (!signal?.aborted) this.#damaged = damaged;
    return damaged.size;
  }

  /** Why a blob is damaged; undefined when it is whole. */
  async #check(blob: BlobRow, signal: AbortSignal | undefined): Promise<string | undefined> {
    const crc = new Crc64();
    try {
      const content = (await this.#reads.blobs.content(blob.id, { fresh: true })) ?? {};
      const sources = { blobs: this.#blobs, ciphers: this.#ciphers };
      const whole = { offset: 0, length: content.data?.byteLength ?? blob.length };
      for await (const chunk of blobBytes(blob.id, content, whole, sources, signal)) {
        crc.update(chunk);
        const { byteLength } = chunk;
        releaseChunk(chunk);
        await this.#pause(byteLength, signal);
      }
    } catch (error) {
      if (signal?.aborted) return undefined;
      return error instanceof Error ? error.message : String(error);
    }
    return crc.digest() === blob.crc64 ? undefined : 'The stored bytes do not match their CRC-64.';
  }

  #pause(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.schedule((bytes / this.#bytesPerSecond) * 1000, done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }
}
