import { plainHashes } from '../core/hashes.ts';
import { type CheckpointStore, openRecord, sealRecord, type TransferRecord } from './checkpoint.ts';

/** What is needed of `localStorage`. */
export type RecordStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Keeps records in a browser's storage, for after a reload. Tabs keep out of each other's way by its locks. */
export class StorageCheckpoints implements CheckpointStore {
  readonly #storage: RecordStorage;
  readonly #held = new Set<string>();
  constructor(storage: RecordStorage = localStorage) {
    this.#storage = storage;
  }

  async load(name: string): Promise<TransferRecord | undefined> {
    return openRecord(this.#storage.getItem(keyOf(name)) ?? '', name, plainHashes.sha256Hex);
  }

  async save(name: string, record: TransferRecord): Promise<void> {
    this.#storage.setItem(keyOf(name), sealRecord(name, record, plainHashes.sha256Hex));
  }

  async remove(name: string): Promise<void> {
    this.#storage.removeItem(keyOf(name));
  }

  async hold(name: string): Promise<{ release(): Promise<void> } | undefined> {
    // Pages without TLS have no locks; there two tabs with one file are the user's own doing.
    const locks = globalThis.navigator?.locks;
    if (!locks) return this.#holdHere(name);
    const decided = Promise.withResolvers<boolean>();
    const released = Promise.withResolvers<void>();
    // The browser takes the lock back when the page goes away, however it goes.
    const over = locks.request(keyOf(name), { ifAvailable: true }, async (lock) => {
      decided.resolve(lock !== null);
      if (lock !== null) await released.promise;
    });
    over.catch(decided.reject);
    if (!(await decided.promise)) return undefined;
    return {
      async release() {
        released.resolve();
        await over;
      },
    };
  }

  #holdHere(name: string): { release(): Promise<void> } | undefined {
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    return { release: async () => void this.#held.delete(name) };
  }
}

const keyOf = (name: string): string => `millrace-transfer ${name}`;
