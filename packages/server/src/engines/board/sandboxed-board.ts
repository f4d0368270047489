import { fileURLToPath } from 'node:url';
import { DomainError } from '../../domain/errors.ts';
import type { MediaOutput, MediaSource } from '../../domain/ports/media-engine.ts';
import type { BoardJob, FoundCode, PictureBoard } from '../../domain/ports/picture-board.ts';
import { nodeProgram } from '../host/own-code.ts';
import type { ToolHost } from '../host/tool-host.ts';
import { workerRefusals } from '../image/worker-frames.ts';
import type { BoardAnswer } from './board-answer.ts';

/** What is asked for rarely gets a process of its own each time: it starts in a third of a second and leaves nothing behind. */
const WALL_MS = 120_000;
const MEMORY_BYTES = 2560 * 1024 * 1024;
const OUTPUT_BYTES = 2 * 1024 ** 3;

/** Jobs that may wait for a place; one more is refused at once. */
const QUEUE_LIMIT = 64;

export const OUTPUT = 'output';

export class SandboxedBoard implements PictureBoard {
  readonly #host: ToolHost;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor({ host, size }: { host: ToolHost; size: number }) {
    this.#host = host;
    this.#free = size;
  }

  async run(
    job: BoardJob,
    pictures: readonly MediaSource[],
    { signal, emit }: { signal: AbortSignal; emit?(output: MediaOutput): Promise<void> },
  ): Promise<{ codes: FoundCode[] }> {
    await this.#enter();
    try {
      signal.throwIfAborted();
      await using workspace = await this.#host.workspace();
      for (const [index, picture] of pictures.entries()) workspace.input(`picture${index}`, await picture.file());
      const { stdout } = await this.#host.run({
        workspace,
        command: nodeProgram.command,
        arguments: [
          '--max-old-space-size=384',
          '--liftoff-only',
          fileURLToPath(new URL('./board-worker.ts', import.meta.url)),
          JSON.stringify({ job, folder: workspace.inside, count: pictures.length }),
        ],
        visible: nodeProgram.visible,
        limits: {
          wallMs: WALL_MS,
          cpuSeconds: WALL_MS / 1000,
          memoryBytes: MEMORY_BYTES,
          outputBytes: OUTPUT_BYTES,
          processes: 4,
        },
        signal,
      });
      const answer = readAnswer(Buffer.from(stdout).toString('utf8'));
      if (answer.type === 'refused') throw new DomainError(answer.kind, answer.details);
      const { contentType, extension, codes } = answer;
      if (contentType !== '') {
        const body = { path: await workspace.output(OUTPUT) };
        await emit?.({ contentType, extension, body, variables: {} });
      }
      return { codes };
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= QUEUE_LIMIT) {
      throw new DomainError('EngineBusy', { reason: `${QUEUE_LIMIT} pictures wait already; try again later.` });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}

/** The worker reads foreign bytes, so its word is checked. */
function readAnswer(text: string): BoardAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const answer: Partial<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const { type, contentType, extension, codes, kind, details } = answer;
  const done =
    type === 'done' &&
    typeof contentType === 'string' &&
    typeof extension === 'string' &&
    Array.isArray(codes) &&
    codes.every(isCode);
  const refused =
    type === 'refused' &&
    workerRefusals.some((known) => known === kind) &&
    typeof details === 'object' &&
    details !== null;
  if (!done && !refused) throw new DomainError('EngineFailed', { reason: 'The image engine gave no answer.' });
  return value as BoardAnswer;
}

function isCode(value: unknown): boolean {
  const code: Partial<Record<string, unknown>> = typeof value === 'object' && value !== null ? { ...value } : {};
  const numbers = [code.left, code.top, code.width, code.height].every((side) => typeof side === 'number');
  return numbers && typeof code.text === 'string' && (code.kind === 'qrcode' || code.kind === 'barcode');
}
