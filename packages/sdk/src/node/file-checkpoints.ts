import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type CheckpointStore, openRecord, sealRecord, type TransferRecord } from '../transfer/checkpoint.ts';

/** Keeps each record in a file of its own, named by a hash; replaced as a whole and checked by a hash when read. */
export class FileCheckpoints implements CheckpointStore {
  readonly folder: string;
  constructor(folder = join(homedir(), '.millrace', 'transfers')) {
    this.folder = folder;
  }

  async load(name: string): Promise<TransferRecord | undefined> {
    // None, or none that can be read: the transfer begins anew.
    const text = await readFile(this.#file(name), 'utf8').catch(() => '');
    return openRecord(text, name, hashOf);
  }

  async save(name: string, record: TransferRecord): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const temporary = `${this.#file(name)}.${randomUUID()}`;
    let file: FileHandle | undefined;
    try {
      file = await open(temporary, 'wx', 0o600);
      await file.writeFile(sealRecord(name, record, hashOf));
      // A power cut after the rename must not leave an empty file where a good one was.
      await file.datasync();
      await file.close();
      await rename(temporary, this.#file(name));
    } catch (error) {
      await file?.close().catch(() => undefined);
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
  }

  /** A file with our process number; that of a process that has ended is taken over. */
  async hold(name: string): Promise<{ release(): Promise<void> } | undefined> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const lock = `${this.#file(name)}.lock`;
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        const file = await open(lock, 'wx', 0o600);
        await file.writeFile(String(process.pid));
        await file.close();
        return { release: () => rm(lock, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
        if (owner > 0 && lives(owner)) return undefined;
        // Renamed first, so that of two who find it dead one removes it and the other sees the winner's.
        const dead = `${lock}.${randomUUID()}`;
        await rename(lock, dead).catch(() => undefined);
        await rm(dead, { force: true });
      }
    }
    return undefined;
  }

  #file(name: string): string {
    return join(this.folder, `${hashOf(name)}.json`);
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
