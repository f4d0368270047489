import { Worker } from 'node:worker_threads';
import type { Commands } from '../../domain/commands.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Awaitable, CommitEvent, Reads, RecordStore } from '../../domain/ports/record-store.ts';
import { type Call, type Committed, errorOf } from './calls.ts';
import type { FromWriter, ToWriter } from './writer-thread.ts';

/** Starts the thread that writes; resolves once it can. */
export async function startWriter(program: URL, options: unknown): Promise<Worker> {
  const worker = new Worker(program, { name: 'records', workerData: options });
  const opened = Promise.withResolvers<Worker>();
  const onMessage = (message: FromWriter): void => {
    if (message === 'ready') opened.resolve(worker);
    else if ('cannotOpen' in message) opened.reject(new Error(message.cannotOpen));
  };
  const onExit = (code: number): void =>
    opened.reject(new Error(`The record writer ended at start with code ${code}.`));
  worker.on('message', onMessage).on('error', opened.reject).on('exit', onExit);
  try {
    return await opened.promise;
  } finally {
    worker.off('message', onMessage).off('error', opened.reject).off('exit', onExit);
  }
}

/** What is read in the thread that serves, and what it has to know of what is written. */
export interface ReadSide {
  readonly reads: Reads;
  /** A command is under way: when it will take effect is not known here. */
  disturbed(): void;
  /** Something has been committed: what is read from now on must show it. */
  committed(effects: { bucketsWritten: boolean; queuesWritten: boolean }): void;
  /** All commands have been reported: until the next one, nothing changes. */
  settled(): void;
  /** Called again once the writer has ended. */
  close(): Awaitable<void>;
}

/** Commands that go over in one message. A message costs about as much as a command; waiting for more costs a writer that idles. */
const TOGETHER = 4;

/** Nesting within which inputs carry bytes, and the longest list that does: `{ blobs: [{ data }] }`. */
const BYTES_DEPTH = 3;
const BYTES_LIST = 16;

/**
 * Copies small views out of large buffers: sending a view to another thread clones all of its buffer, so a kilobyte
 * cut from a socket's read would cost sixty-four. What carries none is sent as it is.
 */
function trimViews(value: unknown, depth = BYTES_DEPTH): unknown {
  if (typeof value !== 'object' || value === null || depth < 0) return value;
  if (value instanceof Uint8Array)
    return value.byteLength * 2 < value.buffer.byteLength ? new Uint8Array(value) : value;
  if (Array.isArray(value)) {
    if (value.length > BYTES_LIST) return value;
    let items: unknown[] | undefined;
    for (let index = 0; index < value.length; index += 1) {
      const sent = trimViews(value[index], depth - 1);
      if (sent === value[index]) continue;
      items ??= [...value];
      items[index] = sent;
    }
    return items ?? value;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  let trimmed: Record<string, unknown> | undefined;
  for (const name in value) {
    const item = (value as Record<string, unknown>)[name];
    if (typeof item !== 'object') continue;
    const sent = trimViews(item, depth - 1);
    if (sent !== item) trimmed = { ...(trimmed ?? value), [name]: sent };
  }
  return trimmed ?? value;
}

/** A store whose commands run in a thread of their own, and which is read from in this one. */
export class ThreadedRecordStore implements RecordStore {
  readonly reads: Reads;
  #worker: Worker;
  #readSide: ReadSide;
  #unlock: () => void;
  #exited: Promise<void>;
  #nextId = 1;
  #outbox: Call[] = [];
  #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #listeners = new Set<(event: CommitEvent) => void>();
  /** Why no more can be written here: the store was closed, or its writer has died. */
  #ended: (() => Error) | undefined;

  constructor(worker: Worker, readSide: ReadSide, unlock: () => void) {
    this.#worker = worker;
    this.#readSide = readSide;
    this.#unlock = unlock;
    this.reads = readSide.reads;
    const exited = Promise.withResolvers<void>();
    this.#exited = exited.promise;
    worker.on('message', (message: FromWriter) => {
      if (typeof message === 'object' && 'committed' in message) this.#settle(message.committed);
    });
    worker.on('error', (error) => this.#end(`The record writer failed: ${error}`));
    worker.on('exit', () => {
      this.#end('The record writer has ended.');
      exited.resolve();
    });
  }

  async transact<N extends keyof Commands>(
    name: N,
    input: Parameters<Commands[N]>[1],
  ): Promise<Awaited<ReturnType<Commands[N]>>> {
    return (await this.#call(name, input)) as Awaited<ReturnType<Commands[N]>>;
  }

  async probe(): Promise<void> {
    await this.#call(undefined, undefined);
  }

  onCommit(listener: (event: CommitEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Lets everything already asked for commit, then ends the writer and gives up the folder. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = () => new Error('The record store is closed.');
      this.#flush();
      // Those that read go first: the last connection that SQLite closes, the writer's, folds the log into the database.
      await this.#readSide.close();
      this.#send('close');
    }
    await this.#exited;
    await this.#readSide.close();
    this.#unlock();
  }

  #call(name: string | undefined, input: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (this.#ended !== undefined) {
      reject(this.#ended());
      return promise;
    }
    const id = this.#nextId++;
    this.#waiting.set(id, { resolve, reject });
    this.#readSide.disturbed();
    this.#outbox.push({ id, name, input: trimViews(input) });
    // A writer with nothing to do begins with the first command of a turn of the event loop while this thread makes the
    // next; one that is busy gets them a few at a time, and takes what is there by then.
    if (this.#outbox.length === this.#waiting.size || this.#outbox.length >= TOGETHER) this.#flush();
    else if (this.#outbox.length === 1) setImmediate(() => this.#flush());
    return promise;
  }

  #flush(): void {
    if (this.#outbox.length === 0) return;
    const calls = this.#outbox;
    this.#outbox = [];
    try {
      this.#send({ calls });
    } catch {
      // Some input is not plain data: only its caller is told, the others go one by one.
      for (const call of calls) this.#sendAlone(call);
    }
  }

  #sendAlone(call: Call): void {
    try {
      this.#send({ calls: [call] });
    } catch (error) {
      this.#waiting
        .get(call.id)
        ?.reject(new TypeError(`The input of ${call.name} is not plain data.`, { cause: error }));
      this.#waiting.delete(call.id);
    }
  }

  #send(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #settle({ outcomes, events, ...written }: Committed): void {
    this.#readSide.committed(written);
    for (const outcome of outcomes) {
      const waiting = this.#waiting.get(outcome.id);
      this.#waiting.delete(outcome.id);
      if ('refusal' in outcome) waiting?.reject(errorOf(outcome.refusal));
      else waiting?.resolve(outcome.value);
    }
    if (this.#waiting.size === 0) this.#readSide.settled();
    for (const event of events) for (const listener of [...this.#listeners]) listener(event);
  }

  #end(reason: string): void {
    this.#ended ??= () => new DomainError('StorageReadOnly', { reason });
    this.#outbox = [];
    // Whether these were committed is not known: they are not reported as done.
    for (const { reject } of this.#waiting.values()) reject(new DomainError('StorageReadOnly', { reason }));
    this.#waiting.clear();
  }
}
