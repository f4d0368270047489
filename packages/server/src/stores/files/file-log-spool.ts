import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogBatch, LogSpool } from '../../domain/ports/log-spool.ts';
import { syncDirectory } from './directory-sync.ts';

const SUFFIX = '.log';
const LINE_END = 0x0a;

/** A folder with a file for each batch. The first line says where the others will be stored. */
export async function openFileLogSpool(folder: string): Promise<LogSpool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pathOf = (id: string): string => join(folder, id + SUFFIX);
  const begun = new Set<string>();
  /** Files whose first line may be under way. */
  const writing = new Set<string>();
  return {
    async append(batch, lines) {
      const isNew = !begun.has(batch.id);
      writing.add(batch.id + SUFFIX);
      const file = await open(pathOf(batch.id), 'a', 0o600);
      const { size } = await file.stat();
      try {
        await file.appendFile(isNew ? `${JSON.stringify(batch)}\n${lines}` : lines);
        await file.datasync();
      } catch (error) {
        // The same lines will come again: half of them must not be there already.
        await file.truncate(size);
        throw error;
      } finally {
        writing.delete(batch.id + SUFFIX);
        await file.close();
      }
      if (isNew) await syncDirectory(folder);
      begun.add(batch.id);
    },

    async read(id) {
      const bytes = await readFile(pathOf(id));
      // A crash may have cut the last line.
      return bytes.subarray(bytes.indexOf(LINE_END) + 1, bytes.lastIndexOf(LINE_END) + 1);
    },

    async list() {
      const batches: LogBatch[] = [];
      for (const name of (await readdir(folder)).sort()) {
        if (!name.endsWith(SUFFIX)) continue;
        const bytes = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
          // Removed since the folder was read.
          if (error.code === 'ENOENT') return undefined;
          throw error;
        });
        if (bytes === undefined) continue;
        const end = bytes.indexOf(LINE_END);
        // Not even the first line came to be before a crash: there is none that was meant to be kept.
        if (end < 0 && !writing.has(name)) await unlink(join(folder, name));
        else if (end >= 0) batches.push(...readHead(bytes.subarray(0, end).toString()));
      }
      return batches;
    },

    async remove(id) {
      begun.delete(id);
      await unlink(pathOf(id));
    },
  };
}

/** Damage to a log must not keep the server from starting: such a file is left where it is. */
function readHead(line: string): LogBatch[] {
  try {
    const { id, bucket, key }: LogBatch = JSON.parse(line);
    return [{ id, bucket, key }];
  } catch {
    return [];
  }
}
