import { readdir } from 'node:fs/promises';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { ToolHost, ToolLimits, Workspace } from '../host/tool-host.ts';
import { LONGEST_PPM_HEADER } from '../image/ppm.ts';
import { documentEnvironment, documentFolder } from './office-pool.ts';

/** What poppler's programs may use on one document. */
const LIMITS: ToolLimits = {
  wallMs: 300_000,
  cpuSeconds: 300,
  memoryBytes: 1024 ** 3,
  outputBytes: 1024 ** 3,
  processes: 4,
};

export interface PdfPage {
  /** Points, 72 to the inch. */
  width: number;
  height: number;
}

export interface Poppler {
  host: ToolHost;
  /** Holds the PDF as its input `NAME`. */
  workspace: Workspace;
  signal: AbortSignal;
}

export const PDF_NAME = 'document.pdf';

const tool = ({ workspace, signal }: Poppler) => ({
  workspace,
  signal,
  limits: LIMITS,
  // The same faces for fonts that are not embedded.
  environment: documentEnvironment,
  visible: [documentFolder],
});

/** The version of the installed programs. */
export async function installedPoppler(host: ToolHost, workspace: Workspace, signal: AbortSignal): Promise<string> {
  const { stderr } = await host.run({ workspace, signal, limits: LIMITS, command: 'pdftoppm', arguments: ['-v'] });
  return /version (\S+)/.exec(stderr)?.[1] ?? 'unknown';
}

/** Sizes of all pages. Fails with `MediaUnreadable` for what is damaged or encrypted, `MediaTooLarge` past `pageLimit`. */
export async function readPages(poppler: Poppler, pageLimit: number): Promise<PdfPage[]> {
  let text: string;
  try {
    const { stdout } = await poppler.host.run({
      ...tool(poppler),
      command: 'pdfinfo',
      arguments: ['-f', '1', '-l', String(pageLimit + 1), `${poppler.workspace.inside}/${PDF_NAME}`],
    });
    text = Buffer.from(stdout).toString('utf8');
  } catch (error) {
    if (!isDomainError(error, 'EngineFailed') || error.details.killed) throw error;
    const said = error.cause instanceof Error ? error.cause.message : '';
    const reason = said.includes('Incorrect password')
      ? 'The PDF is encrypted; store it without its password.'
      : 'The PDF is damaged.';
    throw new DomainError('MediaUnreadable', { reason }, { cause: error });
  }
  const count = Number(/^Pages:\s+(\d+)/m.exec(text)?.[1] ?? 0);
  if (count === 0) throw new DomainError('MediaUnreadable', { reason: 'The PDF has no pages.' });
  if (count > pageLimit) {
    throw new DomainError('MediaTooLarge', {
      limit: 'pages',
      reason: `The document has ${count} pages; ${pageLimit} are allowed.`,
    });
  }
  const pages = [...text.matchAll(/^Page\s+\d+ size:\s+([\d.]+) x ([\d.]+) pts/gm)].map(([, width, height]) => ({
    width: Number(width),
    height: Number(height),
  }));
  if (pages.length < count) throw new DomainError('MediaUnreadable', { reason: 'Pages of the PDF are damaged.' });
  return pages;
}

/** Opens an encrypted PDF that is the input `NAME` and leaves it unlocked; returns the path. */
export async function unlockPdf(poppler: Poppler, password: string): Promise<string> {
  const { host, workspace } = poppler;
  try {
    await host.run({
      ...tool(poppler),
      command: 'pdftocairo',
      arguments: ['-pdf', '-upw', password, `${workspace.inside}/${PDF_NAME}`, `${workspace.inside}/unlocked.pdf`],
    });
  } catch (error) {
    if (!isDomainError(error, 'EngineFailed') || error.details.killed) throw error;
    const reason = 'The PDF cannot be opened: it is damaged, or has another password.';
    throw new DomainError('MediaUnreadable', { reason }, { cause: error });
  }
  return workspace.output('unlocked.pdf');
}

/** The text of every page, in order. */
export async function readText(poppler: Poppler, pages: number): Promise<string[]> {
  const { stdout } = await poppler.host.run({
    ...tool(poppler),
    command: 'pdftotext',
    arguments: ['-enc', 'UTF-8', '-layout', `${poppler.workspace.inside}/${PDF_NAME}`, '-'],
  });
  // A form feed ends each page.
  const texts = Buffer.from(stdout).toString('utf8').split('\f');
  return Array.from({ length: pages }, (_, index) => texts[index] ?? '');
}

/**
 * Draws pages `first` to `last`, counted from 1, to files of raw pixels in the workspace: those that pass through a pipe wake
 * up two programs for each 64 KiB of them. Returns their paths, in order; fails with `MediaUnreadable` where one cannot be
 * drawn, with `MediaTooLarge` when one has more than `mostPixels`, whatever was said of its size.
 */
export async function drawPages(
  poppler: Poppler,
  first: number,
  last: number,
  dpi: number,
  mostPixels: number,
): Promise<string[]> {
  const { host, workspace } = poppler;
  const name = `drawn-${first}`;
  await host.run({
    ...tool(poppler),
    limits: { ...LIMITS, outputBytes: mostPixels * 3 + LONGEST_PPM_HEADER },
    command: 'pdftoppm',
    // Raw pixels: its own PNG writer takes ten times as long.
    // The crop box is what readers show, and what `pdfinfo` gave as the size; the media box may be any number of times larger.
    arguments: [
      '-cropbox',
      ...['-r', String(dpi), '-f', String(first), '-l', String(last)],
      `${workspace.inside}/${PDF_NAME}`,
      `${workspace.inside}/${name}`,
    ],
  });
  // It writes the numbers with as many digits as that of the document's last page has.
  const numbered = new Map<number, string>();
  for (const file of await readdir(workspace.path)) {
    const number = file.startsWith(`${name}-`) && /^-0*(\d+)\.ppm$/.exec(file.slice(name.length))?.[1];
    if (number) numbered.set(Number(number), file);
  }
  const paths: string[] = [];
  for (let page = first; page <= last; page += 1) {
    const file = numbered.get(page);
    if (!file) throw new DomainError('MediaUnreadable', { reason: `Page ${page} of the PDF is damaged.` });
    paths.push(await workspace.output(file));
  }
  return paths;
}

/** Makes a PDF of some pages, in the order given; returns its path. */
export async function selectPages(poppler: Poppler, pages: readonly number[]): Promise<string> {
  const { host, workspace } = poppler;
  for (const { first, last } of pageRuns(pages)) {
    await host.run({
      ...tool(poppler),
      command: 'pdfseparate',
      arguments: [
        ...['-f', String(first), '-l', String(last)],
        `${workspace.inside}/${PDF_NAME}`,
        `${workspace.inside}/page-%d.pdf`,
      ],
    });
  }
  const parts = pages.map((page) => `page-${page}.pdf`);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return workspace.output(only);
  await host.run({
    ...tool(poppler),
    command: 'pdfunite',
    arguments: [...parts, 'selected.pdf'].map((part) => `${workspace.inside}/${part}`),
  });
  return workspace.output('selected.pdf');
}

/** Runs of consecutive page numbers, each at most `most` pages long: one start of a program does for each. */
export function pageRuns(pages: readonly number[], most = Number.POSITIVE_INFINITY): { first: number; last: number }[] {
  const runs: { first: number; last: number }[] = [];
  for (const page of pages) {
    const run = runs.at(-1);
    if (run && run.last + 1 === page && run.last - run.first + 1 < most) run.last = page;
    else runs.push({ first: page, last: page });
  }
  return runs;
}
