import { existsSync } from 'node:fs';
import { readFile, rename, unlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type {
  DocumentLook,
  EngineHealth,
  MediaEngine,
  MediaOutput,
  MediaRun,
  MediaSummary,
} from '../../domain/ports/media-engine.ts';
import type { SandboxedToolHost } from '../host/create-tool-host.ts';
import { type Program, probeFonts, probeProgram } from '../host/probe.ts';
import type { ToolHost } from '../host/tool-host.ts';
import type { ImageWorkers } from '../image/image-workers.ts';
import { type Raster, readPpm } from '../image/ppm.ts';
import { countPages } from './count-pages.ts';
import { type DocumentFamily, documentKind } from './document-kind.ts';
import { OfficePool, type Sheet } from './office-pool.ts';
import { PdfCache } from './pdf-cache.ts';
import {
  drawPages,
  installedPoppler,
  PDF_NAME,
  type PdfPage,
  type Poppler,
  pageRuns,
  readPages,
  readText,
  selectPages,
  unlockPdf,
} from './pdf-pages.ts';
import { settlePdf } from './settle-pdf.ts';

export interface DocumentEngineSettings {
  host: ToolHost;
  /** Encode the pages. Closed by whoever made them. */
  workers: ImageWorkers;
  /** LibreOffice processes. */
  size?: number;
  /** Bytes a source may have. */
  sourceBytes?: number;
  /** Milliseconds LibreOffice may take over one document, waiting for its turn not counted. */
  wallMs?: number;
  /** Pages a document may have. */
  pages?: number;
  /** What one LibreOffice may allocate, in bytes. */
  memoryBytes?: number;
  /** Where PDF files made of documents are kept; nothing else may live there. Absent: nowhere. */
  cacheFolder?: string;
}

export interface DocumentEngine extends MediaEngine {
  /** Starts LibreOffice ahead of the first document. Rejects when it cannot be started. */
  prewarm(): Promise<void>;
  /** LibreOffice processes started so far. */
  readonly starts: number;
}

/** Counted up when the same operation on the same document comes to give other bytes. */
const REVISION = 5;

const SOURCE_BYTES = 200 * 1024 * 1024;
const WALL_MS = 300_000;
const MOST_PAGES = 5_000;
const MEMORY_BYTES = 3 * 1024 ** 3;
const OUTPUT_BYTES = 1024 ** 3;

/** Of PDF files that LibreOffice made, on disk. */
const CACHE_BYTES = 1024 ** 3;

const DPI = 96;
const JPEG_QUALITY = 90;
const MOST_PAGE_PIXELS = 100_000_000;
/** Pixels of pages that one task holds in memory at a time, drawn or encoded, unless a single page has more. */
const BYTES_UNDER_WAY = 96 * 1024 * 1024;
/** Pages drawn by one start of the program, which costs as much as half a page. */
const PAGES_PER_START = 8;
const ENCODE_MS = 60_000;

interface Document {
  pdf: string;
  family: DocumentFamily;
  sheets: Sheet[];
  /** How many it has, where that is known without looking at each. */
  pages?: number | undefined;
}

/** `doc/convert`: Office documents and PDF in; one PDF, or one picture or text for each page, out. */
export function createDocumentEngine(settings: DocumentEngineSettings): DocumentEngine {
  const pageLimit = settings.pages ?? MOST_PAGES;
  const sourceBytes = settings.sourceBytes ?? SOURCE_BYTES;
  const pool = new OfficePool({
    host: settings.host,
    size: settings.size ?? Math.max(1, Math.min(4, availableParallelism())),
    limits: {
      wallMs: settings.wallMs ?? WALL_MS,
      memoryBytes: settings.memoryBytes ?? MEMORY_BYTES,
      pages: pageLimit,
      outputBytes: OUTPUT_BYTES,
    },
  });

  const cache = settings.cacheFolder && new PdfCache({ folder: settings.cacheFolder, mostBytes: CACHE_BYTES });

  let popplerVersion: string | undefined;

  async function run(media: MediaRun): Promise<MediaSummary> {
    const [operation, ...others] = media.operations;
    if (operation?.name !== 'doc/convert' || others.length > 0) {
      throw new DomainError('MediaUnsupported', {
        reason: `${media.operations.map(({ name }) => name).join(' and ')} cannot be done to a document here.`,
      });
    }
    if (media.source.size > sourceBytes) {
      throw new DomainError('MediaTooLarge', {
        limit: 'source-bytes',
        reason: `The document has ${media.source.size} bytes; ${sourceBytes} are allowed.`,
      });
    }
    await using workspace = await settings.host.workspace();
    popplerVersion ??= await installedPoppler(settings.host, workspace, media.signal);
    const extension = (operation.params.source ?? extname(media.source.name).slice(1)).toLowerCase();
    const look = media.document ?? {};
    const { pdf, family, sheets, pages } = await toPdf(media, extension, join(workspace.path, 'converted.pdf'));
    media.progress?.(30);
    const emitPdf = (path: string): Promise<void> =>
      media.emit({ contentType: 'application/pdf', extension: 'pdf', body: { path }, variables: { index: '1' } });
    const wanted = operation.params.pages ?? look.sheets ?? (look.firstPage || undefined);
    if (operation.params.target === 'pdf' && wanted === undefined && pages !== undefined) {
      await emitPdf(pdf);
      return { pages };
    }
    workspace.input(PDF_NAME, pdf);
    const poppler: Poppler = { host: settings.host, workspace, signal: media.signal };
    const sizes = await readPages(poppler, pageLimit);
    const there = pagesOfSheets(look.sheets, sheets, sizes.length);
    const chosen = choosePages(operation.params, there).slice(0, look.firstPage ? 1 : undefined);
    const all = chosen.length === sizes.length;

    switch (operation.params.target) {
      case 'pdf': {
        await emitPdf(all ? pdf : await selectPages(poppler, chosen));
        break;
      }
      case 'txt': {
        const texts = await readText(poppler, sizes.length);
        // "Text of spreadsheets: one file."
        if (media.document?.wholeText || family === 'sheets') {
          await media.emit({
            contentType: 'text/plain; charset=utf-8',
            extension: 'txt',
            body: { bytes: Buffer.from(chosen.map((page) => texts[page - 1] ?? '').join('\n'), 'utf8') },
            variables: { index: '1' },
          });
          break;
        }
        for (const [done, page] of chosen.entries()) {
          await media.emit({
            contentType: 'text/plain; charset=utf-8',
            extension: 'txt',
            body: { bytes: Buffer.from(texts[page - 1] ?? '', 'utf8') },
            variables: pageVariables(page, sheets, sizes.length),
          });
          media.progress?.(30 + Math.floor((70 * (done + 1)) / chosen.length));
        }
        break;
      }
      default: {
        const { dpi = DPI } = media.document ?? {};
        for (const page of chosen) {
          const { width, height } = sizes[page - 1] ?? { width: 0, height: 0 };
          if (((width * dpi) / 72) * ((height * dpi) / 72) > MOST_PAGE_PIXELS) {
            throw new DomainError('MediaTooLarge', {
              limit: 'page-pixels',
              reason: `Page ${page} has ${width} by ${height} points; at ${dpi} dpi it may have ${MOST_PAGE_PIXELS} pixels.`,
            });
          }
        }
        if (look.longPicture) {
          const drawn = await joinPages(poppler, chosen, dpi);
          const quality = look.quality ?? JPEG_QUALITY;
          const { width, height, pixels } = drawn;
          const request = { type: 'encode', width, height, format: operation.params.target, quality } as const;
          const {
            contentType,
            extension: ending,
            bytes,
          } = await settings.workers.run(request, pixels, media.signal, ENCODE_MS);
          await media.emit({ contentType, extension: ending, body: { bytes }, variables: { index: '1' } });
          break;
        }
        const largest = Math.max(...chosen.map((page) => rasterBytes(sizes[page - 1], dpi)));
        await drawChosen(media, poppler, operation.params.target, chosen, largest, (page) =>
          pageVariables(page, sheets, sizes.length),
        );
      }
    }
    return { pages: chosen.length };
  }

  async function toPdf(media: MediaRun, extension: string, into: string): Promise<Document> {
    const path = await media.source.file();
    const password = media.document?.password;
    const kind = await documentKind(path, extension, password);
    const { family } = kind;
    if (family === 'pdf')
      return { pdf: password ? await unlocked(path, password, media.signal, into) : path, family, sheets: [] };
    const { version } = media.source;
    const encrypted = media.source.encrypted || password !== undefined;
    // The same bytes are laid out otherwise when they are read as something else.
    const name = version && !encrypted ? JSON.stringify([version, kind]) : undefined;
    const kept = cache && name !== undefined ? await cache.take(name, into) : undefined;
    const sheets = kept ?? (await pool.convert(path, kind, into, media.signal)).sheets;
    if (kept === undefined) await settlePdf(into);
    if (cache && name !== undefined && kept === undefined) await cache.keep(name, into, sheets);
    // The only worksheet of a CSV file is called after the file.
    if (kind.extension === 'csv')
      for (const sheet of sheets) sheet.name = basename(media.source.name, extname(media.source.name));
    return { pdf: into, family, sheets, pages: await countPages(into) };
  }

  /** A PDF without its password, in a workspace of its own: the one with it must not be there under the same name. */
  async function unlocked(path: string, password: string, signal: AbortSignal, into: string): Promise<string> {
    await using workspace = await settings.host.workspace();
    workspace.input(PDF_NAME, path);
    await rename(await unlockPdf({ host: settings.host, workspace, signal }, password), into);
    return into;
  }

  /** Draws runs of pages side by side, and hands them out in order. */
  async function drawChosen(
    media: MediaRun,
    poppler: Poppler,
    format: 'png' | 'jpg',
    chosen: readonly number[],
    largestBytes: number,
    variables: (page: number) => Record<string, string>,
  ): Promise<void> {
    // Pages pass through this process: the larger they are, the fewer are under way at once.
    const room = Math.floor(BYTES_UNDER_WAY / largestBytes);
    const side = Math.max(1, Math.min(availableParallelism(), room));
    const perStart = Math.max(1, Math.min(PAGES_PER_START, Math.floor(room / side), Math.ceil(chosen.length / side)));
    const runs = pageRuns(chosen, perStart);
    // The first failure ends the others too.
    const failed = new AbortController();
    const signal = AbortSignal.any([media.signal, failed.signal]);
    const draw = async ({ first, last }: { first: number; last: number }): Promise<MediaOutput[]> => {
      const outputs: Promise<MediaOutput>[] = [];
      const { dpi = DPI, quality = JPEG_QUALITY } = media.document ?? {};
      const request = { type: 'encode-file', format, quality, mostPixels: MOST_PAGE_PIXELS } as const;
      const drawn = await drawPages({ ...poppler, signal }, first, last, dpi, MOST_PAGE_PIXELS);
      for (const [index, path] of drawn.entries()) {
        const encoded = settings.workers
          .encodeFile(request, path, signal, ENCODE_MS)
          .then(({ contentType, extension, bytes }) => ({
            contentType,
            extension,
            body: { bytes },
            variables: variables(first + index),
          }));
        // Reported when it is waited for; until then it must not count as unhandled.
        encoded.catch(() => {});
        // Others want workers, too: no more than the next page waits for one.
        await outputs.at(-1);
        outputs.push(encoded);
      }
      return Promise.all(outputs);
    };
    const underWay: Promise<MediaOutput[]>[] = [];
    let started = 0;
    let emitted = 0;
    try {
      while (started < runs.length || underWay.length > 0) {
        for (let run = runs[started]; run && underWay.length < side; run = runs[++started]) {
          const outputs = draw(run);
          outputs.catch(() => {});
          underWay.push(outputs);
        }
        for (const output of (await underWay.shift()) ?? []) {
          await media.emit(output);
          emitted++;
          media.progress?.(30 + Math.floor((70 * emitted) / chosen.length));
        }
      }
    } catch (error) {
      failed.abort(new DomainError('EngineFailed', { reason: 'Another page failed.' }));
      await Promise.allSettled(underWay);
      throw error;
    }
  }

  return {
    // Asking LibreOffice costs as much as starting it: what is not known before the first document is `absent` until then.
    get version() {
      return `document-${REVISION}-libreoffice-${pool.version ?? 'absent'}-poppler-${popplerVersion ?? 'absent'}`;
    },
    get starts() {
      return pool.starts;
    },
    prewarm: () => pool.prewarm(),
    run,
    close: () => pool.close(),
  };
}

/** The pages of the worksheets that are asked for. Throws `ProcessInvalid` where there is none of them. */
function pagesOfSheets(asked: DocumentLook['sheets'], sheets: readonly Sheet[], pages: number): number[] {
  const all = Array.from({ length: pages }, (_, index) => index + 1);
  if (asked === undefined || sheets.length === 0) return all;
  const last = asked.count === undefined ? sheets.length : asked.first + asked.count - 1;
  const until = (sheet: number): number => sheets.slice(0, sheet).reduce((sum, one) => sum + one.pages, 0);
  const chosen = all.slice(until(asked.first - 1), until(last));
  if (chosen.length > 0) return chosen;
  const reason = `The document has ${sheets.length} worksheets, and those asked for have nothing to print.`;
  const value = String(asked.first);
  throw new DomainError('ProcessInvalid', { operation: 'doc/convert', parameter: 'SheetIndex', value, reason });
}

/** "At most 20 pages." */
const MOST_JOINED = 20;

/** All of some pages in one picture, one below the other, on white where one is narrower. */
async function joinPages(poppler: Poppler, pages: readonly number[], dpi: number): Promise<Raster> {
  if (pages.length > MOST_JOINED) {
    const reason = `One picture can have ${MOST_JOINED} pages, and ${pages.length} were asked for: choose some with Pages.`;
    throw new DomainError('MediaTooLarge', { limit: 'pages', reason });
  }
  const drawn: Raster[] = [];
  let left = MOST_PAGE_PIXELS;
  for (const { first, last } of pageRuns(pages)) {
    for (const path of await drawPages(poppler, first, last, dpi, left)) {
      const page = readPpm(await readFile(path), left);
      drawn.push(page);
      left -= page.width * page.height;
      await unlink(path);
    }
  }
  const width = Math.max(...drawn.map((page) => page.width));
  const height = drawn.reduce((sum, page) => sum + page.height, 0);
  if (width * height > MOST_PAGE_PIXELS || height > MOST_JOINED_SIDE) {
    const reason = `The picture would be ${width}x${height}: choose fewer pages, or a lower ImageDPI.`;
    throw new DomainError('MediaTooLarge', { limit: 'page-pixels', reason });
  }
  const pixels = Buffer.alloc(width * height * 3, 0xff);
  let row = 0;
  for (const page of drawn) {
    for (let line = 0; line < page.height; line += 1, row += 1) {
      page.pixels.copy(pixels, row * width * 3, line * page.width * 3, (line + 1) * page.width * 3);
    }
  }
  return { width, height, pixels };
}

/** What JPEG can hold. */
const MOST_JOINED_SIDE = 65_500;

/** Page numbers in the order asked for, counted among those there are; those past the end are left out. Fails when none is left. */
function choosePages(params: OperationNamed<'doc/convert'>['params'], there: readonly number[]): number[] {
  if (!params.pages) return [...there];
  const count = there.length;
  const chosen = new Set<number>();
  for (const { first, last } of params.pages) {
    for (const page of there.slice(first - 1, Math.min(last, count))) chosen.add(page);
  }
  if (chosen.size === 0) {
    throw new DomainError('ProcessInvalid', {
      operation: 'doc/convert',
      parameter: 'pages',
      value: params.pages.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(','),
      reason: `The document has ${count} page${count === 1 ? '' : 's'}; choose from 1 to ${count}.`,
    });
  }
  return [...chosen].sort((a, b) => a - b);
}

/** What a page takes once it is drawn. */
function rasterBytes(page: PdfPage | undefined, dpi: number): number {
  return page ? Math.ceil((page.width * dpi) / 72) * Math.ceil((page.height * dpi) / 72) * 3 : 1;
}

/** "For spreadsheets `{index}` is `sheet_subpage`, such as 6_12", both counted from 1; `{sheetname}` the sheet's title. */
function pageVariables(page: number, sheets: readonly Sheet[], pages: number): Record<string, string> {
  // Where the counts do not add up, plain page numbers are still right.
  if (sheets.length === 0 || sheets.reduce((sum, sheet) => sum + sheet.pages, 0) !== pages)
    return { index: String(page) };
  let rest = page;
  for (const [index, sheet] of sheets.entries()) {
    if (rest <= sheet.pages) return { index: `${index + 1}_${rest}`, sheetname: sheet.name };
    rest -= sheet.pages;
  }
  return { index: String(page) };
}

const PROGRAMS: readonly Program[] = [
  {
    engine: 'libreoffice',
    command: 'soffice',
    versionArguments: ['--version'],
    version: /LibreOffice (\S+)/,
    packages: 'libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui libreoffice-math-nogui',
  },
  {
    engine: 'libreoffice bridge',
    command: '/usr/bin/python3',
    versionArguments: ['-c', 'import uno, platform; print("python", platform.python_version())'],
    version: /python (\S+)/,
    packages: 'python3-uno',
  },
  {
    engine: 'poppler',
    command: 'pdftoppm',
    versionArguments: ['-v'],
    version: /version (\S+)/,
    packages: 'poppler-utils',
  },
];

/** What `doctor` says of documents: programs, the data poppler needs for Chinese text, fonts. */
export async function documentHealth(host: SandboxedToolHost): Promise<EngineHealth[]> {
  const lines = await Promise.all(PROGRAMS.map((program) => probeProgram(host, program)));
  const poppler = lines.find(({ engine }) => engine === 'poppler');
  if (poppler && !existsSync('/usr/share/poppler/cMap')) {
    poppler.missing.push('PDF without embedded Chinese fonts comes out blank: apt-get install poppler-data');
  }
  return [...lines, await probeFonts(host)];
}
