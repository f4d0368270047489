import { isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogBatch, LogSpool } from '../ports/log-spool.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { LoggingSetting } from '../settings/bucket-settings.ts';

/** How long a line may be in memory only: what a crash can lose. */
const SPOOL_MS = 1_000;
/** An object is not held back for its time once it has this size. */
const OBJECT_BYTES = 8 * 1024 * 1024;
/** Lines that a disk does not take are dropped past this: requests matter more than their log. */
const WAITING_BYTES = 32 * 1024 * 1024;
/** A store that refused an object is asked again after this long. */
const RETRY_MS = 60_000;

interface OpenBatch extends LogBatch {
  setting: LoggingSetting;
  /** The interval it was begun in. */
  interval: number;
  lines: string[];
  spooledBytes: number;
}

interface ClosedBatch extends LogBatch {
  lines: string[];
  dueMs: number;
}

/**
 * The logs that buckets keep of their requests. Lines are written to this machine's disk once a second, and become an
 * object of the target bucket at the end of an interval. The name of that object is fixed when its first line comes, so that
 * one stored twice, before and after a crash, is one.
 */
export class AccessLog {
  #records: RecordStore;
  #objects: ObjectService;
  #spool: LogSpool;
  #clock: Clock;
  #identities: Identities;
  #intervalMs: number;
  #onFault: (error: unknown, batch: LogBatch | undefined) => void;
  #open = new Map<number, OpenBatch>();
  #closed: ClosedBatch[] = [];
  #waitingBytes = 0;
  #timer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(dependencies: {
    records: RecordStore;
    objects: ObjectService;
    spool: LogSpool;
    clock: Clock;
    identities: Identities;
    /** How much time goes into one object. */
    intervalMs: number;
    /** A batch that could not be written or stored, and will be tried again; or that was given up with its bucket. */
    onFault: (error: unknown, batch: LogBatch | undefined) => void;
  }) {
    this.#records = dependencies.records;
    this.#objects = dependencies.objects;
    this.#spool = dependencies.spool;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#intervalMs = dependencies.intervalMs;
    this.#onFault = dependencies.onFault;
  }

  /** Stores what an earlier run has left, in the background. */
  async start(): Promise<void> {
    const nowMs = this.#clock.now();
    for (const batch of await this.#spool.list()) this.#closed.push({ ...batch, lines: [], dueMs: nowMs });
    this.#wake();
  }

  /** Takes a line, without its end, into the log of a bucket. Costs no more than memory; the rest happens later. */
  record(source: BucketRow, setting: LoggingSetting, line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#stopped || this.#waitingBytes + bytes > WAITING_BYTES) return;
    let batch = this.#open.get(source.id);
    if (batch && (batch.setting.bucket !== setting.bucket || batch.setting.prefix !== setting.prefix)) {
      this.#close(source.id, batch);
      batch = undefined;
    }
    if (!batch) {
      batch = this.#begin(source, setting);
      this.#open.set(source.id, batch);
    }
    batch.lines.push(`${line}\n`);
    this.#waitingBytes += bytes;
    this.#wake();
  }

  /** Writes what is still in memory to the spool, where the next start finds it. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    await this.#running;
    for (const batch of [...this.#closed, ...this.#open.values()]) {
      await this.#write(batch).catch((error: unknown) => this.#onFault(error, batch));
    }
  }

  #begin(source: BucketRow, setting: LoggingSetting): OpenBatch {
    const nowMs = this.#clock.now();
    const [date = '', time = ''] = new Date(nowMs).toISOString().split(/[T.]/);
    const id = this.#identities.blob();
    // "TargetPrefix SourceBucket YYYY-mm-DD-HH-MM-SS-UniqueString", without spaces.
    const key = `${setting.prefix}${source.name}${date}-${time.replaceAll(':', '-')}-${id.toUpperCase()}`;
    const interval = Math.floor(nowMs / this.#intervalMs);
    return { id, bucket: setting.bucket, key, setting, interval, lines: [], spooledBytes: 0 };
  }

  #close(sourceId: number, batch: OpenBatch): void {
    this.#open.delete(sourceId);
    const { id, bucket, key, lines } = batch;
    this.#closed.push({ id, bucket, key, lines, dueMs: this.#clock.now() });
  }

  #wake(): void {
    if (this.#timer || this.#running || this.#stopped) return;
    this.#timer = this.#clock.schedule(SPOOL_MS, () => {
      this.#timer = undefined;
      this.#running = this.#pass().finally(() => {
        this.#running = undefined;
        if (this.#open.size > 0 || this.#closed.length > 0) this.#wake();
      });
    });
  }

  async #pass(): Promise<void> {
    const nowMs = this.#clock.now();
    for (const [sourceId, batch] of [...this.#open]) {
      await this.#try(batch, () => this.#write(batch));
      const over = Math.floor(nowMs / this.#intervalMs) !== batch.interval || batch.spooledBytes > OBJECT_BYTES;
      if (over && this.#open.get(sourceId) === batch) this.#close(sourceId, batch);
    }
    for (const batch of this.#closed.filter(({ dueMs }) => dueMs <= nowMs)) {
      if (this.#stopped) return;
      const stored = await this.#try(batch, () => this.#store(batch));
      if (stored) this.#closed = this.#closed.filter((other) => other !== batch);
      else batch.dueMs = this.#clock.now() + RETRY_MS;
    }
  }

  async #try(batch: LogBatch, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#onFault(error, batch);
      return false;
    }
  }

  /** What comes meanwhile waits for the next time; what could not be written stays. */
  async #write(batch: LogBatch & { lines: string[]; spooledBytes?: number }): Promise<void> {
    const { lines } = batch;
    if (lines.length === 0) return;
    const text = lines.join('');
    const count = lines.length;
    await this.#spool.append({ id: batch.id, bucket: batch.bucket, key: batch.key }, text);
    lines.splice(0, count);
    const bytes = Buffer.byteLength(text);
    this.#waitingBytes -= bytes;
    if (batch.spooledBytes !== undefined) batch.spooledBytes += bytes;
  }

  async #store(batch: ClosedBatch): Promise<void> {
    await this.#write(batch);
    const bucket = await this.#records.reads.buckets.byName(batch.bucket);
    if (bucket) {
      const bytes = await this.#spool.read(batch.id);
      const body = { bytes: once(bytes), length: bytes.byteLength };
      try {
        await this.#objects.put({ bucket, key: batch.key, body, headers: { contentType: 'text/plain' } });
      } catch (error) {
        // The key is ours alone: an object that must not be replaced is this log, stored before a crash.
        if (!isDomainError(error, 'ObjectRetained')) throw error;
      }
    } else {
      this.#onFault(new Error('The bucket for this log is gone, and the log with it.'), batch);
    }
    await this.#spool.remove(batch.id);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield bytes;
}
