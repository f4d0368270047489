import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { FileToWrite } from '../../domain/ports/result-files.ts';

/** What the thread of `result-writer.ts` does with its time. */

/** For each file of a message, in their order, why it could not be written; undefined where it was. */
export type Written = (Error | undefined)[];

parentPort?.on('message', (files: FileToWrite[]) => {
  parentPort?.postMessage(files.map(write) satisfies Written);
});

function write({ path, temporary, bytes }: FileToWrite): Error | undefined {
  try {
    writeFileSync(temporary, bytes);
    try {
      renameSync(temporary, path);
    } catch {
      mkdirSync(dirname(path), { recursive: true });
      renameSync(temporary, path);
    }
    return undefined;
  } catch (error) {
    rmSync(temporary, { force: true });
    return error instanceof Error ? error : new Error(String(error));
  }
}
