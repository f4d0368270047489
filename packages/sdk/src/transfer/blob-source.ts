import { byteSource } from '../core/byte-source.ts';
import type { PartSource } from './uploader.ts';

/** A file that a user chose. After a reload the same file, chosen again, goes on where it was. */
export function blobSource(blob: Blob & { name?: string; lastModified?: number }, name = blob.name ?? ''): PartSource {
  const identity = { name: `blob ${name}`, size: blob.size, modified: blob.lastModified ?? 0, identity: blob.type };
  return {
    size: blob.size,
    identity,
    read: (from, size) => byteSource(blob.slice(from, from + size)),
    whole: () => blob,
    check: async () => identity,
  };
}
