import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../domain/errors.ts';
import type { CountQuery, SelectEngine, SelectEvent, SelectQuery } from '../../domain/ports/select-engine.ts';
import { exitError } from '../host/exit-error.ts';
import { nodeProgram } from '../host/own-code.ts';
import type { RunningTool, ToolExit, ToolHost, Workspace } from '../host/tool-host.ts';
import { WarmPool, type WarmWorker } from '../host/warm-pool.ts';
import { FrameReader, prefixed } from '../image/worker-frames.ts';
import type { FromSelectWorker, ToSelectWorker } from './worker-messages.ts';

export interface SelectSettings {
  host: ToolHost;
  /** Queries that run at once; others wait. */
  size: number;
}

/** Half of it is what Node.js reserves with WebAssembly; the rest is for a value of 16 MiB and what is made of it. */
const MEMORY_BYTES = 1536 * 1024 * 1024;
const IDLE_MEMORY_BYTES = 256 * 1024 * 1024;
const QUERIES_PER_WORKER = 100;
const QUEUE_LIMIT = 100;

/** The vendor's own clients wait no longer for an answer. */
const WALL_MS = 3_600_000;

/** Events that may wait for a client before the worker has to. */
const MOST_WAITING = 16;

/** Statements in warm processes of their own, each doing one at a time. */
export class SandboxedSelectEngine implements SelectEngine {
  readonly #pool: WarmPool<SelectWorker>;

  constructor({ host, size }: SelectSettings) {
    this.#pool = new WarmPool({
      name: 'select',
      size,
      jobsPerWorker: QUERIES_PER_WORKER,
      memoryBytes: IDLE_MEMORY_BYTES,
      queueLimit: QUEUE_LIMIT,
      start: () => SelectWorker.start(host),
    });
  }

  async *run(
    query: SelectQuery | CountQuery,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncGenerator<SelectEvent, void, undefined> {
    const left = new AbortController();
    const events = new Channel<SelectEvent>(MOST_WAITING);
    const stop = AbortSignal.any([signal, left.signal]);
    const job = this.#pool
      .use(stop, WALL_MS, (worker) => worker.run(query, bytes, events))
      .then(
        () => events.end(),
        (error: unknown) => events.end(asSelectFault(error)),
      );
    try {
      yield* events.take();
    } finally {
      left.abort();
      events.release();
      await job;
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Limits are told in the words of a query: what can be changed is the statement or the object. */
function asSelectFault(error: unknown): unknown {
  if (!(error instanceof DomainError) || error.kind !== 'MediaTooLarge') return error;
  const { reason } = error.details as { reason: string };
  return new DomainError('SelectFailed', { fault: 'data', reason }, { cause: error });
}

/** Hands values from one side to the other; the giving side waits while too many are underway. */
class Channel<T> {
  readonly #most: number;
  readonly #waiting: T[] = [];
  #ended = false;
  #error: unknown;
  #released = false;
  #changed = Promise.withResolvers<void>();

  constructor(most: number) {
    this.#most = most;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#most && !this.#released;
  }

  give(value: T): void {
    if (!this.#released) this.#waiting.push(value);
    this.#notify();
  }

  /** Resolves when something was taken. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#notify();
  }

  /** Nobody takes any more. */
  release(): void {
    this.#released = true;
    this.#waiting.length = 0;
    this.#notify();
  }

  async *take(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#waiting.length === 0 && !this.#ended) await this.#changed.promise;
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.#notify();
        yield value;
      } else if (this.#error !== undefined) throw this.#error;
      else return;
    }
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

interface Running {
  events: Channel<SelectEvent>;
  done(error?: Error): void;
  ended: boolean;
}

class SelectWorker implements WarmWorker {
  readonly exited: Promise<ToolExit>;
  ended = false;
  memoryBytes = 0;
  readonly #tool: RunningTool;
  #broken = false;
  #running: Running | undefined;

  static async start(host: ToolHost): Promise<SelectWorker> {
    const workspace = await host.workspace();
    try {
      const tool = await host.start({
        workspace,
        command: nodeProgram.command,
        arguments: [
          '--max-old-space-size=384',
          '--liftoff-only',
          fileURLToPath(new URL('./select-worker.ts', import.meta.url)),
        ],
        visible: nodeProgram.visible,
        limits: {
          // Each query has a deadline of its own; the process lives on.
          wallMs: Number.POSITIVE_INFINITY,
          cpuSeconds: Number.POSITIVE_INFINITY,
          memoryBytes: MEMORY_BYTES,
          outputBytes: 1,
          processes: 4,
        },
        signal: new AbortController().signal,
      });
      return new SelectWorker(tool, workspace);
    } catch (error) {
      await workspace[Symbol.asyncDispose]();
      throw error;
    }
  }

  constructor(tool: RunningTool, workspace: Workspace) {
    this.#tool = tool;
    const reader = new FrameReader((header, body) => this.#receive(readMessage(header), body));
    tool.stdout.on('data', (chunk: Buffer) => {
      if (this.#broken) return;
      try {
        reader.push(chunk);
      } catch {
        // What it says makes no sense: a parser may have been taken over by what it read.
        this.#broken = true;
        this.kill();
      }
      this.#hold();
    });
    this.exited = tool.exited.then(async (exit) => {
      this.ended = true;
      this.#running?.done(exitError('select', exit) ?? lost());
      this.#running = undefined;
      await workspace[Symbol.asyncDispose]();
      return exit;
    });
  }

  kill(): void {
    this.#tool.kill();
  }

  /** Feeds one query and hands on what comes out. Rejects with a dead worker unless it is ready for another. */
  async run(
    query: SelectQuery | CountQuery,
    bytes: AsyncIterable<Uint8Array>,
    events: Channel<SelectEvent>,
  ): Promise<void> {
    if (this.ended) throw lost();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const running: Running = { events, done: (error) => (error ? reject(error) : resolve()), ended: false };
    this.#running = running;
    // Told by `promise` below, whichever comes first.
    promise.catch(() => {});
    try {
      await this.#feed(query, bytes, running);
      await promise;
    } catch (error) {
      // Refusals leave it in order; anything else leaves it in the middle of a query.
      if (!(error instanceof DomainError && error.kind === 'SelectFailed')) {
        this.kill();
        await this.exited;
      }
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  async #feed(query: SelectQuery | CountQuery, bytes: AsyncIterable<Uint8Array>, running: Running): Promise<void> {
    await this.#send({ type: 'query', query });
    for await (const chunk of bytes) {
      if (running.ended || this.ended) break;
      await this.#send({ type: 'bytes' }, chunk);
    }
    await this.#send({ type: 'eof' });
  }

  async #send(message: ToSelectWorker, body: Uint8Array = new Uint8Array()): Promise<void> {
    if (this.ended) return;
    const { stdin } = this.#tool;
    stdin.write(prefixed(message, body.length));
    if (stdin.write(body) || this.ended) return;
    const drained = new AbortController();
    await Promise.race([once(stdin, 'drain', { signal: drained.signal }).catch(() => {}), this.exited]);
    drained.abort();
  }

  /** A client that reads slowly makes the worker wait, and the worker the object. */
  #hold(): void {
    const { stdout } = this.#tool;
    const events = this.#running?.events;
    if (!events?.full || stdout.isPaused()) return;
    stdout.pause();
    const next = (): void => {
      if (events.full) void events.changed().then(next);
      else stdout.resume();
    };
    next();
  }

  #receive(message: FromSelectWorker, body: Buffer): void {
    const running = this.#running;
    if (!running || running.ended) throw new TypeError('An answer that nobody asked for');
    const { events } = running;
    switch (message.type) {
      case 'rows':
        events.give({ type: 'rows', bytes: body, scanned: message.scanned });
        break;
      case 'progress':
        events.give({ type: 'progress', scanned: message.scanned });
        break;
      case 'end':
        running.ended = true;
        this.memoryBytes = message.memoryBytes;
        events.give({ type: 'end', scanned: message.scanned, ...(message.counts && { counts: message.counts }) });
        running.done();
        break;
      case 'refused':
        running.ended = true;
        this.memoryBytes = message.memoryBytes;
        running.done(new DomainError('SelectFailed', message.details));
        break;
    }
  }
}

const lost = (): DomainError => new DomainError('EngineFailed', { reason: 'The select engine ended by itself.' });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** A worker reads foreign bytes, so its word is checked. Throws on what is no message. */
function readMessage(value: unknown): FromSelectWorker {
  const message: Partial<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { type, scanned, memoryBytes } = message;
  if ((type === 'rows' || type === 'progress') && isCount(scanned)) return { type, scanned };
  if (type === 'end' && isCount(scanned) && isCount(memoryBytes)) {
    const counts: Partial<Record<string, unknown>> = { ...(message.counts ?? {}) };
    const { rows, columns, splits } = counts;
    if (message.counts === undefined) return { type, scanned, memoryBytes };
    if (isCount(rows) && isCount(columns) && isCount(splits)) {
      return { type, scanned, memoryBytes, counts: { rows, columns, splits } };
    }
  }
  const details: Partial<Record<string, unknown>> = { ...(message.details ?? {}) };
  const { fault, reason } = details;
  if (type === 'refused' && isCount(memoryBytes) && (fault === 'statement' || fault === 'data')) {
    if (typeof reason === 'string') return { type, memoryBytes, details: { fault, reason } };
  }
  throw new TypeError('No message of a select worker');
}
