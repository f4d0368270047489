import { readExif } from './exif.ts';
import type { Picture } from './picture.ts';

/**
 * Every leaf is `{"value": "…"}`, keys in alphabetical order; sizes as stored, before orientation. `fileSize` is that of
 * the whole picture, of which the beginning is enough.
 */
export function info(
  { format, frames, metadata, stored }: Picture,
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
