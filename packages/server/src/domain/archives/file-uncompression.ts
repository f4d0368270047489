import { lookup } from 'mime-types';
import type { ProjectWork } from '../projects/project-work.ts';
import type { Place } from '../projects/task-files.ts';
import { ARCHIVE_DEADLINE_MS, ARCHIVES_AT_ONCE, MOST_BYTES } from './limits.ts';
import { unzipped, zipFiles } from './read-zip.ts';

export interface UncompressionWork {
  source: Place;
  /** A prefix. */
  target: Place;
  /** Names of files, and of folders with a slash at their end; empty for all. */
  selected: string[];
  /** Sealed. */
  password?: string;
}

/** "Files that were written before a failure stay." */
export const fileUncompression: ProjectWork<UncompressionWork> = {
  name: 'file-uncompression',
  taskType: 'FileUncompression',
  concurrency: ARCHIVES_AT_ONCE,
  deadlineMs: ARCHIVE_DEADLINE_MS,
  async run({ source, target, selected, password: sealed }, { files, signal, progress, secret }) {
    const row = await files.find(source);
    const password = sealed && secret(sealed);
    const wanted = (name: string): boolean =>
      selected.length === 0 || selected.some((one) => one === name || (one.endsWith('/') && name.startsWith(one)));
    try {
      const chosen = [];
      // The whole directory first: an archive that promises too much gives nothing at all.
      for await (const entry of zipFiles(row, files)) if (wanted(entry.filename)) chosen.push(entry);
      const done = { files: 0, bytes: 0 };
      for (const entry of chosen) {
        const { filename: name, uncompressedSize: length } = entry;
        const bytes = unzipped(entry, password, signal);
        const place = { bucket: target.bucket, key: target.key + name };
        await files.write(place, lookup(name) || 'application/octet-stream', { bytes, length, limit: MOST_BYTES });
        done.files += 1;
        done.bytes += length;
        progress((100 * done.files) / chosen.length);
      }
      return { facts: { FileCount: done.files, FileSize: done.bytes } };
    } catch (error) {
      // What is said of bytes that were damaged here is not the caller's doing.
      if (!signal.aborted) await files.verify(row);
      throw error;
    }
  },
  told: ({ source, target }, _, { FileCount = 0, FileSize = 0 }) => ({
    SourceURI: `oss://${source.bucket}/${source.key}`,
    TargetURI: `oss://${target.bucket}/${target.key}`,
    FileCount,
    FileSize,
  }),
};
