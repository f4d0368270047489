import { unlinkSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../domain/errors.ts';
import type { MediaSource } from '../../domain/ports/media-engine.ts';
import { exitError } from '../host/exit-error.ts';
import { nodeProgram } from '../host/own-code.ts';
import type { RunningTool, ToolExit, ToolHost, Workspace } from '../host/tool-host.ts';
import { WarmPool, type WarmWorker } from '../host/warm-pool.ts';
import type { PictureResult } from './picture-result.ts';
import type { Foreign } from './process-picture.ts';
import {
  FrameReader,
  type PictureFile,
  prefixed,
  type WorkerRequest,
  type WorkerResponse,
  workerRefusals,
} from './worker-frames.ts';

export interface ImageWorkersSettings {
  host: ToolHost;
  /** Pictures worked on at once. */
  size: number;
  /** What one worker may allocate, in bytes. */
  memoryBytes: number;
  /** Jobs that may wait for a worker. */
  queueLimit: number;
  /** How long a picture may have to wait for a worker, in milliseconds. */
  patienceMs?: number;
}

const JOBS_PER_WORKER = 1_000;

/** Between jobs, a worker that holds more than this has leaked or is badly fragmented. */
const IDLE_MEMORY_BYTES = 400 * 1024 * 1024;

/** Warm processes that decode and encode pictures: the image engine's, and the document engine's for its pages. */
export class ImageWorkers {
  readonly #pool: WarmPool<ImageWorker>;

  constructor(settings: ImageWorkersSettings) {
    this.#pool = new WarmPool({
      name: 'image',
      size: settings.size,
      jobsPerWorker: JOBS_PER_WORKER,
      memoryBytes: IDLE_MEMORY_BYTES,
      queueLimit: settings.queueLimit,
      ...(settings.patienceMs !== undefined && { patienceMs: settings.patienceMs }),
      start: () => ImageWorker.start(settings.host, settings.memoryBytes),
    });
  }

  /** Rejects with what the worker refused, `MediaTooLarge` past `wallMs`, and `EngineFailed` when the worker died. */
  run(request: WorkerRequest, body: Uint8Array, signal: AbortSignal, wallMs: number): Promise<PictureResult> {
    return this.#pool.use(signal, wallMs, (worker) => worker.run(request, body), { patient: true });
  }

  /** As `run`, on a file of raw pixels, which is taken away: it is gone in the end. */
  encodeFile(request: EncodeFileRequest, path: string, signal: AbortSignal, wallMs: number): Promise<PictureResult> {
    return this.#pool.use(signal, wallMs, (worker) => worker.encodeFile(request, path), { patient: true });
  }

  /** As `run`, on an object of at most `limit` bytes, which is opened once a worker is free for it. */
  process(
    request: ProcessRequest,
    source: MediaSource,
    limit: number,
    signal: AbortSignal,
    wallMs: number,
  ): Promise<PictureResult | Foreign> {
    return this.#pool.use(signal, wallMs, (worker) => worker.process(request, source, limit));
  }

  /** Size, format and EXIF of a picture by its beginning; undefined when that does not suffice. */
  describe(
    request: Extract<WorkerRequest, { type: 'describe' }>,
    head: Uint8Array,
    signal: AbortSignal,
    wallMs: number,
  ): Promise<PictureResult | undefined> {
    return this.#pool.use(signal, wallMs, (worker) => worker.describe(request, head));
  }

  get starts(): number {
    return this.#pool.starts;
  }

  prewarm(count?: number): Promise<void> {
    return this.#pool.prewarm(count);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Pictures that the operations name besides are sent with the request: they are small. */
export interface ProcessRequest extends Omit<Extract<WorkerRequest, { type: 'process' }>, 'file' | 'inputs'> {
  inputs?: ReadonlyMap<string, Uint8Array>;
}

type EncodeFileRequest = Omit<Extract<WorkerRequest, { type: 'encode-file' }>, 'file'>;

type Outcome = PictureResult | Foreign | 'damaged' | 'more';

interface Answer {
  resolve(result: Outcome): void;
  reject(error: Error): void;
}

/** Where a worker sees the pictures that are given to it as files; it can read them and no more. */
const INBOX = 'inbox';

class ImageWorker implements WarmWorker {
  readonly exited: Promise<ToolExit>;
  ended = false;
  memoryBytes = 0;
  readonly #tool: RunningTool;
  readonly #workspace: Workspace;
  readonly #inbox: Workspace;
  #pictures = 0;
  #broken = false;
  #answer: Answer | undefined;

  static async start(host: ToolHost, memoryBytes: number): Promise<ImageWorker> {
    const workspace = await host.workspace();
    const inbox = await host.workspace();
    try {
      workspace.input(INBOX, inbox.path);
      const tool = await host.start({
        workspace,
        command: nodeProgram.command,
        arguments: ['--max-old-space-size=256', fileURLToPath(new URL('./image-worker.ts', import.meta.url))],
        visible: nodeProgram.visible,
        limits: {
          // Each job has a deadline of its own; the process lives on.
          wallMs: Number.POSITIVE_INFINITY,
          cpuSeconds: Number.POSITIVE_INFINITY,
          memoryBytes,
          outputBytes: 1,
          processes: 4,
        },
        signal: new AbortController().signal,
      });
      return new ImageWorker(tool, workspace, inbox);
    } catch (error) {
      await workspace[Symbol.asyncDispose]();
      await inbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  constructor(tool: RunningTool, workspace: Workspace, inbox: Workspace) {
    this.#tool = tool;
    this.#workspace = workspace;
    this.#inbox = inbox;
    const reader = new FrameReader((header, body) => this.#receive(readResponse(header), body));
    tool.stdout.on('data', (chunk: Buffer) => {
      if (this.#broken) return;
      try {
        reader.push(chunk);
      } catch {
        // What it says makes no sense: a decoder may have been taken over by what it read.
        this.#broken = true;
        this.kill();
      }
    });
    this.exited = tool.exited.then(async (exit) => {
      this.ended = true;
      const error =
        exitError('image', exit) ?? new DomainError('EngineFailed', { reason: 'The image engine ended by itself.' });
      this.#answer?.reject(error);
      this.#answer = undefined;
      await workspace[Symbol.asyncDispose]();
      await inbox[Symbol.asyncDispose]();
      return exit;
    });
  }

  kill(): void {
    this.#tool.kill();
  }

  async run(request: WorkerRequest, body: Uint8Array): Promise<PictureResult> {
    return finished(await this.#ask(request, [body]));
  }

  async encodeFile(request: EncodeFileRequest, path: string): Promise<PictureResult> {
    const name = String(this.#pictures++);
    const given = join(this.#inbox.path, name);
    await rename(path, given);
    const file = join(this.#workspace.inside, INBOX, name);
    try {
      return finished(await this.#ask({ ...request, file }, []));
    } finally {
      setImmediate(forget, given);
    }
  }

  async describe(request: WorkerRequest, head: Uint8Array): Promise<PictureResult | undefined> {
    const result = await this.#ask(request, [head]);
    return result === 'more' ? undefined : finished(result);
  }

  /**
   * A picture that is stored as one file is read and verified by the worker itself: its bytes never pass through the
   * server, whose garbage collector would otherwise be at work for a good part of the time.
   */
  async process(
    { inputs = new Map(), ...asked }: ProcessRequest,
    source: MediaSource,
    limit: number,
  ): Promise<PictureResult | Foreign> {
    const request = { ...asked, inputs: [...inputs].map(([key, { byteLength }]) => ({ key, length: byteLength })) };
    const name = String(this.#pictures++);
    const path = join(this.#inbox.path, name);
    const crc64 = await source.share?.(path);
    if (crc64 !== undefined) {
      const file: PictureFile = { path: join(this.#workspace.inside, INBOX, name), crc64 };
      const result = await this.#ask({ ...request, file }, [...inputs.values()]);
      setImmediate(forget, path);
      if (result !== 'damaged') return pictureOrForeign(result);
    }
    // Of damaged bytes, this tells whose they are.
    return pictureOrForeign(await this.#ask(request, [...inputs.values(), await source.bytes(limit)]));
  }

  #ask(request: WorkerRequest, bodies: readonly Uint8Array[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.ended) {
        reject(new DomainError('EngineFailed', { reason: 'The image engine ended by itself.' }));
        return;
      }
      this.#answer = { resolve, reject };
      const length = bodies.reduce((sum, { byteLength }) => sum + byteLength, 0);
      this.#tool.stdin.write(prefixed(request, length));
      for (const body of bodies) if (body.length > 0) this.#tool.stdin.write(body);
    });
  }

  #receive(header: WorkerResponse, body: Buffer): void {
    const answer = this.#answer;
    if (!answer) throw new TypeError('An answer that nobody asked for');
    this.#answer = undefined;
    this.memoryBytes = header.memoryBytes;
    if (header.type === 'done') {
      const { contentType, extension, pendingQuality } = header;
      answer.resolve({ contentType, extension, bytes: body, ...(pendingQuality !== undefined && { pendingQuality }) });
    } else if (header.type === 'damaged' || header.type === 'more') {
      answer.resolve(header.type);
    } else if (header.type === 'foreign') {
      answer.resolve({ foreign: header.format });
    } else {
      const cause = header.cause ? { cause: new Error(header.cause) } : {};
      answer.reject(new DomainError(header.kind, header.details, cause));
    }
  }
}

/** Takes a picture out of an inbox, once whoever asked has been answered. */
function forget(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The folder goes with the worker, so a name that stays is no harm.
  }
}

function pictureOrForeign(outcome: Outcome): PictureResult | Foreign {
  if (outcome === 'damaged' || outcome === 'more') {
    throw new DomainError('EngineFailed', { reason: 'The image engine lost its input.' });
  }
  return outcome;
}

function finished(outcome: Outcome): PictureResult {
  const result = pictureOrForeign(outcome);
  if ('foreign' in result) throw new DomainError('EngineFailed', { reason: 'The image engine lost its input.' });
  return result;
}

/** A worker reads foreign bytes, so its word is checked. Throws on what is no answer. */
function readResponse(value: unknown): WorkerResponse {
  const response: Partial<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { type, memoryBytes, contentType, extension, pendingQuality, format, kind, details, cause } = response;
  const pending = pendingQuality === undefined || typeof pendingQuality === 'number';
  const done = type === 'done' && typeof contentType === 'string' && typeof extension === 'string' && pending;
  const short = type === 'damaged' || type === 'more' || (type === 'foreign' && format === 'heic');
  const refused =
    type === 'refused' &&
    workerRefusals.some((known) => known === kind) &&
    typeof details === 'object' &&
    details !== null &&
    typeof cause === 'string';
  if (typeof memoryBytes !== 'number' || (!done && !refused && !short))
    throw new TypeError('No answer of an image worker');
  return value as WorkerResponse;
}
