import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Digest, DigestKind, Digests } from '../../domain/ports/digests.ts';
import type { FromDigestThread, ToDigestThread } from './digest-thread.ts';

/** Each transfer keeps one busy; more than there are processors would only take turns. */
const THREADS = Math.max(2, Math.min(4, availableParallelism()));

/** Threads that work digests out, started when there is something for them. Bytes in shared memory reach them without a copy. */
export class DigestThreads implements Digests {
  #threads: DigestThread[] = [];

  /** Each kind in a thread of its own while there are idle ones: an MD5 alone takes longer than everything else together. */
  begin<K extends DigestKind>(...kinds: readonly K[]): Digest<K> {
    const [first, ...others] = kinds.map((kind) => [kind] as const);
    const parts = others.length > 0 && first && this.#idle(kinds.length) ? [first, ...others] : [kinds];
    const begun = parts.map((part) => this.#next().begin(part));
    return begun.length === 1 && begun[0] ? begun[0] : together(begun);
  }

  /** Whether so many have nothing to do. */
  #idle(count: number): boolean {
    return this.#threads.filter(({ load }) => load === 0).length + THREADS - this.#threads.length >= count;
  }

  #next(): DigestThread {
    const idle = this.#threads.find(({ load }) => load === 0);
    if (idle) return idle;
    if (this.#threads.length === THREADS) {
      return this.#threads.reduce((least, thread) => (thread.load < least.load ? thread : least));
    }
    const thread = new DigestThread(() => {
      this.#threads = this.#threads.filter((each) => each !== thread);
    });
    this.#threads.push(thread);
    return thread;
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** Digests of the same bytes as one. */
function together<K extends DigestKind>(digests: readonly Digest<K>[]): Digest<K> {
  const [first, ...others] = digests;
  const all = async (bytes: Uint8Array, digests: readonly Digest<K>[], also?: Promise<void>): Promise<void> => {
    await Promise.all([also, ...digests.map((digest) => digest.update(bytes))]);
  };
  return {
    update: (bytes) => all(shared(bytes), digests),
    async read(file, into) {
      const read = (await first?.read(file, into)) ?? 0;
      await all(into.subarray(0, read), others);
      return read;
    },
    write(file, bytes) {
      const memory = shared(bytes);
      return all(memory, others, first?.write(file, memory));
    },
    async result() {
      return Object.assign({}, ...(await Promise.all(digests.map((digest) => digest.result()))));
    },
    abandon: () => {
      for (const digest of digests) digest.abandon();
    },
  };
}

type Result = Record<DigestKind, string>;

/** Never told: a thread answers in the order in which it was asked. */
const NONE: Result = { md5: '', crc64: '', marks: '' };

interface Waiting {
  resolve: (answer: FromDigestThread) => void;
  reject: (error: unknown) => void;
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
    this.#worker.on('message', (answer: FromDigestThread) => {
      const waiting = this.#waiting.get(answer.id)?.shift();
      if ('failed' in answer) waiting?.reject(Object.assign(new Error(answer.failed.message), answer.failed));
      else waiting?.resolve(answer);
      if ('result' in answer) this.#waiting.delete(answer.id);
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
      read: async (file, into) => {
        const answer = await this.#ask({ id, read: file, into: view(into) });
        return ('read' in answer && answer.read) || 0;
      },
      write: async ({ fd }, bytes) => void (await this.#ask({ id, write: { fd }, bytes: shared(bytes) })),
      result: async () => {
        const answer = await this.#ask({ id, end: 'result' });
        return 'result' in answer ? answer.result : NONE;
      },
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

  #ask(message: ToDigestThread): Promise<FromDigestThread> {
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
  if (bytes.buffer instanceof SharedArrayBuffer) return view(bytes);
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}

/** Without what its class adds, which does not cross threads. */
const view = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
