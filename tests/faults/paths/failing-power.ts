import { ftruncateSync, readlinkSync, unlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FileDisk, fileDisk } from '@millrace/server/stores/files/file-blob-store';

/**
 * A disk that forgets, when the power fails, what was not synced: a file the end of its bytes, a directory the names of its
 * files. A kill alone would leave them to the system, which writes them sooner or later.
 */
export class FailingPower {
  #step: () => void;
  #unsynced = new Map<FileHandle, number>();
  #unnamed = new Set<string>();

  /** `step` is called wherever the power may fail. */
  constructor(step: () => void) {
    this.#step = step;
  }

  readonly disk: FileDisk = {
    write: async (handle, pieces, digest) => {
      this.#step();
      if (!this.#unsynced.has(handle)) this.#unnamed.add(readlinkSync(`/proc/self/fd/${handle.fd}`));
      this.#unsynced.set(handle, handle.fd);
      const written = await fileDisk.write(handle, pieces, digest);
      this.#step();
      return written;
    },
    syncFile: async (handle) => {
      this.#step();
      await fileDisk.syncFile(handle);
      this.#unsynced.delete(handle);
      this.#step();
    },
    syncDirectory: async (path) => {
      this.#step();
      const names = [...this.#unnamed].filter((file) => dirname(file) === path);
      await fileDisk.syncDirectory(path);
      for (const name of names) this.#unnamed.delete(name);
      this.#step();
    },
  };

  fail(): never {
    for (const fd of this.#unsynced.values()) ftruncateSync(fd, 1);
    for (const name of this.#unnamed) unlinkSync(name);
    process.kill(process.pid, 'SIGKILL');
    throw new Error('still alive');
  }
}
