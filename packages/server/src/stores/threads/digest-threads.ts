import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digest, DigestKind, Digests } from '../../domain/ports/digests.ts';
import type { FromDigestThread, ToDigestThread } from './digest-thread.ts';

/** Each transfer keeps one busy; more than there are processors would only take turns. */
const THREADS = Math.max(2, Math.min(4, availableParallelism()));

/** Threads that work digests out, started when there is something for them. Bytes in shared memory reach them without a copy. */
export class DigestThreads implements Digests {
  #threads: DigestThread[] = [];

  begin<K extends DigestKind>(...kinds: readonly K[]): Digest<K> {
    const idle = this.#threads.find((thread) => thread.load === 0);
    if (idle) return idle.begin(kinds);
    if (this.#threads.length < THREADS) {
      const thread = new DigestThread(() => {
        this.#threads = this.#threads.filter((each) => each !== thread);
      });
      this.#threads.push(thread);
      return thread.begin(kinds);
    }
    return this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least)).begin(kinds);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

type Result = Record<DigestKind, string>;

/** What bytes that were taken in are answered with. */
const NONE: Result = { md5: '', crc64: '', marks: '' };

interface Waiting {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

class DigestThread {
  #worker: Worker;
  #nextId = 1;
  /** Of each digest that is under way, who waits for what was sent, oldest first. */
  #waiting = new Map<number, Waiting[]>();
  #dead: Error | undefined;

  constructor(died: () => void) {
    this.#worker = new Worker(new URL('./digest-thread.ts', import.meta.url), { name: 'digests' });
    // Digests under way belong to requests, which keep the process alive.
    this.#worker.unref();
    this.#worker.on('message', ({ id, result }: FromDigestThread) => {
      this.#waiting
        .get(id)
        ?.shift()
        ?.resolve(result ?? NONE);
      if (result !== undefined) this.#waiting.delete(id);
    });
    const end = (error: Error): void => {
      if (this.#dead) return;
      this.#dead = error;
      died();
      for (const { reject } of [...this.#waiting.values()].flat()) reject(error);
      this.#waiting.clear();
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', (code) => end(new Error(`A thread that works out digests ended with ${code}.`)));
  }

  get load(): number {
    return this.#waiting.size;
  }

  begin<K extends DigestKind>(kinds: readonly K[]): Digest<K> {
    const id = this.#nextId++;
    this.#waiting.set(id, []);
    this.#send({ id, begin: kinds });
    return {
      update: async (bytes) => void (await this.#ask({ id, bytes: shared(bytes) })),
      result: () => this.#ask({ id, end: 'result' }),
      abandon: () => {
        const waiting = this.#waiting.get(id);
        if (!waiting) return;
        this.#waiting.delete(id);
        for (const { reject } of waiting) reject(new Error('The digest was abandoned.'));
        if (!this.#dead) this.#send({ id, end: 'abandon' });
      },
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(message: ToDigestThread): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(message.id);
      if (!waiting) {
        reject(this.#dead ?? new Error('The digest was abandoned.'));
        return;
      }
      waiting.push({ resolve, reject });
      this.#send(message);
    });
  }

  #send(message: ToDigestThread): void {
    this.#worker.postMessage(message);
  }
}

/** Bytes of ordinary memory would be cloned with all that shares their buffer. */
function shared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer)
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}
