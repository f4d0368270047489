import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { Area } from './corpus/case.ts';

const execute = promisify(execFile);

/** Without what only lays text out: spaces, line breaks, marks of its direction. */
export const dense = (text: string): string => text.replace(/[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad]/g, '');

/** The text of each page, without spaces. */
export async function pdfTexts(pdf: Uint8Array): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-inspect-'));
  try {
    const path = join(folder, 'document.pdf');
    await writeFile(path, pdf);
    const { stdout } = await execute('pdftotext', [path, '-'], { maxBuffer: 64 * 1024 * 1024 });
    // A form feed ends each page.
    return stdout.split('\f').slice(0, -1).map(dense);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A decoded picture of a page. */
export interface Page {
  width: number;
  height: number;
  pixels: Buffer;
}

export async function decoded(bytes: Uint8Array): Promise<Page> {
  const { data, info } = await sharp(bytes).flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer({
    resolveWithObject: true,
  });
  if (info.channels === 3) return { width: info.width, height: info.height, pixels: data };
  const grey = await sharp(bytes).flatten({ background: '#fff' }).toColourspace('srgb').raw().toBuffer();
  const pixels = Buffer.alloc(info.width * info.height * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = grey[Math.floor(at / 3) * info.channels] ?? 255;
  return { width: info.width, height: info.height, pixels };
}

/** How far a channel may be from what was asked for: scaling, JPEG, anti-aliasing. */
const TOLERANCE = 24;

/** Paper is not always quite white. */
const PAPER = 245;

/** Percent of an area's pixels that have a colour, or that are not white. */
export function inkOf(page: Page, area: Area = [0, 0, 100, 100], colour?: readonly [number, number, number]): number {
  const [left, top, right, bottom] = area;
  const { width, height, pixels } = page;
  let inked = 0;
  let all = 0;
  for (let y = Math.floor((top * height) / 100); y < Math.floor((bottom * height) / 100); y++) {
    for (let x = Math.floor((left * width) / 100); x < Math.floor((right * width) / 100); x++) {
      const at = (y * width + x) * 3;
      const channels = [pixels[at] ?? 255, pixels[at + 1] ?? 255, pixels[at + 2] ?? 255];
      all++;
      const hit = colour
        ? channels.every((value, channel) => Math.abs(value - (colour[channel] ?? 0)) <= TOLERANCE)
        : channels.some((value) => value < PAPER);
      if (hit) inked++;
    }
  }
  return all === 0 ? 0 : (100 * inked) / all;
}

/** The lines that are drawn on a page, as strips of grey of one size, from the top. */
export function linesOf(page: Page): Buffer[] {
  const { width, height, pixels } = page;
  const dark = (x: number, y: number) =>
    Math.min(...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)) < 160;
  const rows = Array.from({ length: height }, (_, y) => {
    for (let x = 0; x < width; x++) if (dark(x, y)) return true;
    return false;
  });
  const lines: { from: number; to: number }[] = [];
  for (const [y, inked] of rows.entries()) {
    const last = lines.at(-1);
    // Parts of a character may lie apart by some rows: the dots of an accent, the strokes of 二.
    if (inked && last && y - last.to <= 6) last.to = y;
    else if (inked) lines.push({ from: y, to: y });
  }
  return lines.map(({ from, to }) => {
    const strip = Buffer.alloc(64 * 16);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 64; x++) {
        const row = from + Math.floor((y * (to - from + 1)) / 16);
        const column = Math.floor((x * width) / 64);
        strip[y * 64 + x] = dark(column, row) ? 1 : 0;
      }
    }
    return strip;
  });
}
