import { createHash } from 'node:crypto';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sheet } from './office-pool.ts';

interface Kept {
  path: string;
  bytes: number;
  sheets: Sheet[];
}

/**
 * PDF files that LibreOffice made, by what they were made of: pages of a document are asked for again and again, in one
 * form after the other. A copy goes in and a copy comes out, because what a job has lies where its tools can write. Gone
 * with the process, and so is its folder.
 */
export class PdfCache {
  #folder: string;
  #mostBytes: number;
  #bytes = 0;
  #made = 0;
  /** The one used longest ago stands first. */
  #kept = new Map<string, Kept>();
  constructor(settings: { folder: string; mostBytes: number }) {
    this.#folder = settings.folder;
    this.#mostBytes = settings.mostBytes;
  }

  /** Copies what is kept for `name` to `into`, and says which worksheets it has; undefined when nothing is. */
  async take(name: string, into: string): Promise<Sheet[] | undefined> {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    try {
      await copyFile(kept.path, into);
      return kept.sheets.map((sheet) => ({ ...sheet }));
    } catch {
      // Given up for others meanwhile, or the disk does not give it back: it is made again.
      await this.#remove(name);
      return undefined;
    }
  }

  /** Keeps a copy of a finished PDF. That there is no room for one is no fault of the job. */
  async keep(name: string, path: string, sheets: readonly Sheet[]): Promise<void> {
    try {
      const { size: bytes } = await stat(path);
      if (bytes > this.#mostBytes / 4) return;
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const file = join(this.#folder, `${createHash('sha256').update(name).digest('hex')}-${++this.#made}.pdf`);
      await copyFile(path, file);
      await this.#remove(name);
      this.#kept.set(name, { path: file, bytes, sheets: sheets.map((sheet) => ({ ...sheet })) });
      this.#bytes += bytes;
    } catch {
      return;
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#mostBytes) break;
      await this.#remove(oldest);
    }
  }

  async #remove(name: string): Promise<void> {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#bytes -= kept.bytes;
    await rm(kept.path, { force: true });
  }
}
