import { open } from 'node:fs/promises';

/** Syncs one directory. Replaced in tests of failing disks. */
export type SyncDirectory = (path: string) => Promise<void>;

export const syncDirectory: SyncDirectory = async (path) => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/**
 * Shares syncs of a directory among those who made entries in it: whoever comes while a sync is under way waits for the
 * next one, because the one under way may have begun before his entry was there.
 */
export class DirectorySync {
  #sync: SyncDirectory;
  #underWay = new Map<string, { current: Promise<void>; next: Promise<void> | undefined }>();
  constructor(sync: SyncDirectory) {
    this.#sync = sync;
  }

  /** Resolves when every entry made before the call is on stable storage. */
  after(path: string): Promise<void> {
    const state = this.#underWay.get(path);
    if (state === undefined) return this.#begin(path);
    state.next ??= state.current.then(
      () => this.#begin(path),
      () => this.#begin(path),
    );
    return state.next;
  }

  #begin(path: string): Promise<void> {
    const current = this.#sync(path);
    const state: { current: Promise<void>; next: Promise<void> | undefined } = { current, next: undefined };
    this.#underWay.set(path, state);
    const finish = (): void => {
      if (state.next === undefined) this.#underWay.delete(path);
    };
    current.then(finish, finish);
    return current;
  }
}
