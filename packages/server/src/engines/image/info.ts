import { readExif } from './exif.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { Picture } from './picture.ts';
import { sniffPicture } from './picture-format.ts';
import { checkSource, type PictureLimits } from './picture-limits.ts';
import { json, type PictureResult } from './picture-result.ts';

/**
 * Every leaf is `{"value": "…"}`, keys in alphabetical order; sizes as stored, before orientation. `fileSize` is that of
 * the whole picture, of which the beginning is enough.
 */
export function info(
  {
    format,
    frames,
    metadata,
    stored,
  }: Pick<Picture, 'format' | 'frames' | 'stored'> & { metadata: { exif?: Buffer | undefined } | undefined },
  fileSize: number,
): Record<string, { value: string }> {
  const facts = new Map<string, string>();
  // "Not for PNG."
  if (metadata?.exif && format !== 'png') for (const [name, value] of readExif(metadata.exif)) facts.set(name, value);
  facts.set('FileSize', String(fileSize));
  facts.set('Format', format);
  facts.set('FrameCount', String(frames));
  facts.set('ImageHeight', String(stored.height));
  facts.set('ImageWidth', String(stored.width));
  const sorted = [...facts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, value]) => [name, { value }]));
}

/**
 * As a result, of an ordinary JPEG of `fileSize` bytes whose beginning is here; undefined where that does not tell. Reads
 * a few numbers and decodes nothing.
 */
export function describeJpeg(head: Buffer, fileSize: number, limits: PictureLimits): PictureResult | undefined {
  if (sniffPicture(head) !== 'jpg') return undefined;
  const header = readJpegHeader(head);
  if (!header) return undefined;
  checkSource('jpg', header, 1, limits);
  const { width, height, exif } = header;
  return json(info({ format: 'jpg', frames: 1, stored: { width, height }, metadata: { exif } }, fileSize));
}
