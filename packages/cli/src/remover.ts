import type { Oss } from 'millrace';

/** As many as one request may name. */
const BATCH = 1000;

/** Removes objects of a bucket, a thousand to a request. */
export class Remover {
  readonly #oss: Oss;
  readonly #bucket: string;
  readonly #signal: AbortSignal;
  #batch: { Key: string; VersionId?: string }[] = [];
  removed = 0;
  constructor(oss: Oss, bucket: string, signal: AbortSignal) {
    this.#oss = oss;
    this.#bucket = bucket;
    this.#signal = signal;
  }
  async remove(object: { Key: string; VersionId?: string }): Promise<void> {
    this.#batch.push(object);
    if (this.#batch.length === BATCH) await this.end();
  }
  /** Removes what is left. */
  async end(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    if (batch.length === 0) return;
    const body = { Quiet: true, Object: batch };
    await this.#oss.deleteMultipleObjects({ bucket: this.#bucket, body }, { signal: this.#signal });
    this.removed += batch.length;
  }
}
