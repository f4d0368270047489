import type { ProjectWork } from '../projects/project-work.ts';
import type { Place } from '../projects/task-files.ts';
import { ARCHIVE_DEADLINE_MS, ARCHIVES_AT_ONCE } from './limits.ts';
import { zipFiles } from './read-zip.ts';

export interface InspectionWork {
  source: Place;
}

interface InspectedFile {
  FullName: string;
  Size: number;
  LastModifiedTime: string;
  IsEncrypted: boolean;
}

/** A message holds so many, whatever they are called; the object that the request names holds all. */
const LISTED_BYTES = 40_000;

export const archiveFileInspection: ProjectWork<InspectionWork> = {
  name: 'archive-file-inspection',
  taskType: 'ArchiveFileInspection',
  concurrency: ARCHIVES_AT_ONCE,
  deadlineMs: ARCHIVE_DEADLINE_MS,
  async run({ source }, { files, signal }) {
    const row = await files.find(source);
    const found: InspectedFile[] = [];
    try {
      for await (const { filename, uncompressedSize, lastModDate, encrypted } of zipFiles(row, files)) {
        const LastModifiedTime = Number.isNaN(lastModDate.getTime()) ? '' : lastModDate.toISOString();
        found.push({ FullName: filename, Size: uncompressedSize, LastModifiedTime, IsEncrypted: encrypted });
      }
    } catch (error) {
      if (!signal.aborted) await files.verify(row);
      throw error;
    }
    let room = LISTED_BYTES;
    const listed = found.filter((file) => {
      room -= Buffer.byteLength(JSON.stringify(file)) + 1;
      return room >= 0;
    });
    const totals = { FileCount: found.length, FileSize: found.reduce((sum, { Size }) => sum + Size, 0) };
    return { facts: { ...totals, Files: listed }, detail: { ...totals, Files: found } };
  },
  told: ({ source }, _, { FileCount = 0, FileSize = 0, Files = [] }) => ({
    SourceURI: `oss://${source.bucket}/${source.key}`,
    FileCount,
    FileSize,
    Files,
  }),
};
