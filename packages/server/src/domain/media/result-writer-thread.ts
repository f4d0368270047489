import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';

/** What the thread of `result-writer.ts` does with its time. */

/** A file to appear whole under `path`: written under `temporary`, then renamed. */
export interface FileToWrite {
  path: string;
  temporary: string;
  bytes: Uint8Array;
}

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
