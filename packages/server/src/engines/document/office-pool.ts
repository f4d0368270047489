import { copyFile, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DomainError } from '../../domain/errors.ts';
import { boundedLines } from '../host/bounded-lines.ts';
import { exitError } from '../host/exit-error.ts';
import { findProgram } from '../host/sandbox.ts';
import type { RunningTool, ToolExit, ToolHost, Workspace } from '../host/tool-host.ts';
import { WarmPool, type WarmWorker } from '../host/warm-pool.ts';
import type { DocumentKind } from './document-kind.ts';
import { writeAsUtf8 } from './plain-text.ts';

export interface OfficeLimits {
  /** Of one document, waiting not counted. */
  wallMs: number;
  /** Of one LibreOffice. */
  memoryBytes: number;
  pages: number;
  /** Of the PDF. */
  outputBytes: number;
}

export interface OfficePoolSettings {
  host: ToolHost;
  /** LibreOffice processes; each holds some 300 MB. */
  size: number;
  limits: OfficeLimits;
}

export interface Sheet {
  name: string;
  pages: number;
}

/** LibreOffice leaks with every document, and what one has done to it should not reach many others. */
const JOBS_PER_WORKER = 50;
const IDLE_MEMORY_BYTES = 900 * 1024 * 1024;

/** Its helper gives up after 60 s; one that does not even do that would keep its place in the pool for ever. */
const START_MS = 90_000;

/** Characters in one answer: it lists worksheets, each with a name of a few dozen characters. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

/** Where documents lie inside: mounted read-only, so that what has taken LibreOffice over cannot swap one for a link. */
const INBOX = 'inbox';

const EXPORT_FILTERS = { word: 'writer_pdf_Export', sheets: 'calc_pdf_Export', slides: 'impress_pdf_Export' } as const;

export const documentFolder = dirname(fileURLToPath(import.meta.url));

/** The environment in which documents are laid out: the fonts they ask for, by names that exist here. */
export const documentEnvironment: Readonly<Record<string, string>> = {
  FONTCONFIG_FILE: join(documentFolder, 'fonts.conf'),
  LANG: 'C.UTF-8',
  // Dates printed by fields are those of the server's own zone; fixed, so that the same document gives the same pages.
  TZ: 'UTC',
};

/** Warm LibreOffice processes, each with a profile, a helper that speaks to it, and a sandbox of its own. */
export class OfficePool {
  readonly #pool: WarmPool<Office>;
  #version: string | undefined;
  readonly #limits: OfficeLimits;

  constructor(settings: OfficePoolSettings) {
    this.#limits = settings.limits;
    this.#pool = new WarmPool({
      name: 'document',
      size: settings.size,
      jobsPerWorker: JOBS_PER_WORKER,
      memoryBytes: IDLE_MEMORY_BYTES,
      queueLimit: 1024,
      start: async () => {
        const office = await Office.start(settings.host, settings.limits);
        this.#version = office.version;
        return office;
      },
    });
  }

  /** LibreOffice's own; undefined until one has been started. */
  get version(): string | undefined {
    return this.#version;
  }

  /**
   * Converts a local file to `into`, a PDF. Says which worksheets there are, in order, with their number of pages.
   * Rejects with `MediaUnreadable`, `MediaTooLarge` (pages, time, memory) and `EngineFailed`.
   */
  convert(source: string, kind: DocumentKind, into: string, signal: AbortSignal): Promise<{ sheets: Sheet[] }> {
    return this.#pool.use(signal, this.#limits.wallMs, (office) =>
      office.convert(source, kind, into, this.#limits.pages),
    );
  }

  get starts(): number {
    return this.#pool.starts;
  }

  prewarm(): Promise<void> {
    return this.#pool.prewarm();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

type HelperAnswer = { memoryBytes: number } & (
  | { ok: true; ready?: boolean; version?: string; pages?: number; sheets?: Sheet[] }
  | { ok: false; kind: 'unreadable' | 'pages' | 'failed'; message: string }
);

class Office implements WarmWorker {
  readonly exited: Promise<ToolExit>;
  ended = false;
  memoryBytes = 0;
  version: string | undefined;
  readonly #tool: RunningTool;
  readonly #workspace: Workspace;
  readonly #inbox: Workspace;
  #jobs = 0;
  #answer: { resolve(answer: HelperAnswer): void; reject(error: Error): void } | undefined;

  static async start(host: ToolHost, limits: OfficeLimits): Promise<Office> {
    // Its helper would only say that it ended.
    if (!findProgram('soffice')) {
      throw new DomainError('EngineMissing', { reason: 'LibreOffice is not installed on this machine.' });
    }
    const workspace = await host.workspace();
    const inbox = await host.workspace();
    try {
      workspace.input(INBOX, inbox.path);
      const tool = await host.start({
        workspace,
        // Debian's own: the one its python3-uno is for.
        command: '/usr/bin/python3',
        arguments: [join(documentFolder, 'office-helper.py')],
        environment: { ...documentEnvironment, MILLRACE_WORK: workspace.inside, PYTHONDONTWRITEBYTECODE: '1' },
        visible: [documentFolder],
        limits: {
          wallMs: Number.POSITIVE_INFINITY,
          cpuSeconds: Number.POSITIVE_INFINITY,
          memoryBytes: limits.memoryBytes,
          outputBytes: limits.outputBytes,
          processes: 32,
        },
        signal: new AbortController().signal,
      });
      const office = new Office(tool, workspace, inbox);
      const late = setTimeout(() => office.kill(), START_MS);
      try {
        const ready = await office.#next();
        if (ready.ok && typeof ready.version === 'string') office.version = ready.version;
      } finally {
        clearTimeout(late);
      }
      return office;
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
    boundedLines(
      tool.stdout,
      LONGEST_ANSWER,
      (line) => this.#receive(line),
      () => this.kill(),
    );
    this.exited = tool.exited.then(async (exit) => {
      this.ended = true;
      this.#answer?.reject(exitError('LibreOffice', exit) ?? endedByItself());
      this.#answer = undefined;
      await workspace[Symbol.asyncDispose]();
      await inbox[Symbol.asyncDispose]();
      return exit;
    });
  }

  kill(): void {
    this.#tool.kill();
  }

  async convert(source: string, kind: DocumentKind, into: string, pageLimit: number): Promise<{ sheets: Sheet[] }> {
    if (kind.family === 'pdf') throw new TypeError('A PDF needs no LibreOffice');
    // A folder for each job and not a name, which fields and worksheets of the document can show.
    const folder = join(this.#inbox.path, `job-${++this.#jobs}`);
    const output = `result-${this.#jobs}.pdf`;
    await mkdir(folder, { mode: 0o700 });
    try {
      const document = join(folder, `document.${kind.extension}`);
      await (kind.encoding ? writeAsUtf8(source, kind.encoding, document) : copyFile(source, document));
      const answered = this.#next();
      this.#tool.stdin.write(
        `${JSON.stringify({
          input: `${this.#workspace.inside}/${INBOX}/job-${this.#jobs}/document.${kind.extension}`,
          output: `${this.#workspace.inside}/${output}`,
          importFilter: kind.importFilter,
          importOptions: kind.importOptions,
          password: kind.password,
          exportFilter: EXPORT_FILTERS[kind.family],
          pageLimit,
        })}\n`,
      );
      const answer = await answered;
      if (!answer.ok) throw refusal(answer.kind, answer.message, pageLimit);
      // Looked at only after it has left the folder that LibreOffice can write to: what lies there may still change.
      await rename(join(this.#workspace.path, output), into);
      if (!(await lstat(into)).isFile()) throw endedByItself();
      return { sheets: answer.sheets ?? [] };
    } finally {
      await rm(folder, { recursive: true, force: true });
      // Never followed and never entered, for the same reason. What cannot be removed so is not LibreOffice's doing.
      await rm(join(this.#workspace.path, output), { force: true }).catch(() => this.kill());
    }
  }

  #next(): Promise<HelperAnswer> {
    return new Promise((resolve, reject) => {
      if (this.ended) reject(endedByItself());
      else this.#answer = { resolve, reject };
    });
  }

  #receive(line: string): void {
    const answer = this.#answer;
    this.#answer = undefined;
    const message = readAnswer(line);
    if (!answer || !message) {
      // The helper is ours, but what it runs is not: anything else on its stdout ends it.
      this.kill();
      answer?.reject(endedByItself());
      return;
    }
    this.memoryBytes = message.memoryBytes;
    answer.resolve(message);
  }
}

/** One answer; undefined for anything else. */
function readAnswer(line: string): HelperAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { ok, kind, message, memoryBytes, sheets = [] }: Partial<Record<string, unknown>> = { ...value };
  if (typeof memoryBytes !== 'number') return undefined;
  if (ok === true && Array.isArray(sheets) && sheets.every(isSheet)) return value as HelperAnswer;
  const known = kind === 'unreadable' || kind === 'pages' || kind === 'failed';
  return ok === false && known && typeof message === 'string' ? (value as HelperAnswer) : undefined;
}

function isSheet(value: unknown): value is Sheet {
  if (typeof value !== 'object' || value === null) return false;
  const { name, pages }: Partial<Record<string, unknown>> = { ...value };
  return typeof name === 'string' && Number.isSafeInteger(pages);
}

function endedByItself(): DomainError {
  return new DomainError('EngineFailed', { reason: 'LibreOffice ended by itself.' });
}

function refusal(kind: 'unreadable' | 'pages' | 'failed', message: string, pageLimit: number): DomainError {
  if (kind === 'pages') {
    return new DomainError('MediaTooLarge', {
      limit: 'pages',
      reason: `The document has ${message} pages; ${pageLimit} are allowed.`,
    });
  }
  const cause = { cause: new Error(message) };
  if (kind === 'unreadable') {
    return new DomainError('MediaUnreadable', { reason: 'The document is damaged or protected by a password.' }, cause);
  }
  return new DomainError('EngineFailed', { reason: 'LibreOffice could not convert the document.' }, cause);
}
