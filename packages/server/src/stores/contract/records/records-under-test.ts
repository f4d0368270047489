import type { RecordStore } from '../../../domain/ports/record-store.ts';
import { run } from '../record-commands.ts';

/** How a suite gets at one kind of store. All stores opened between `make` and `dispose` are the same one. */
export interface RecordStoreHarness {
  /** The part of the random cases that is enough for a store of which each takes long; 1 by default. */
  share?: number;
  /** Names an empty place. */
  make(): Promise<{
    /** Opens the store there, with the contract's commands. The suite closes it. */
    open(): Promise<RecordStore>;
    /**
     * A program that opens the store, puts objects `k0`, `k1`… into bucket 1 for ever, sixteen at a time, and prints
     * each number once its commit was acknowledged.
     */
    writerProgram(): { command: string; args: string[] };
    dispose(): Promise<void>;
  }>;
}

export const bucketRow = {
  name: 'b',
  ownerId: '1',
  createdMs: 1,
  acl: 'private',
  storageClass: 'Standard',
  dataRedundancy: 'LRS',
  versioning: 'Unversioned',
} as const;

/** The store that the test under way works on, empty when it began. */
export interface RecordsUnderTest {
  /** Another one after each `reopen`. */
  readonly store: RecordStore;
  writerProgram(): { command: string; args: string[] };
  close(): Promise<void>;
  open(): Promise<void>;
  reopen(): Promise<void>;
  makeBucket(name?: string): Promise<number>;
  /** How many random cases to try, of so many. */
  cases(all: number): number;
}

/** Opens a store before each test, by hooks that are the runner's, and closes it after. */
export function recordsUnderTest(
  harness: RecordStoreHarness,
  hooks: { beforeEach(set: () => Promise<void>): void; afterEach(clear: () => Promise<void>): void },
): RecordsUnderTest {
  let place: Awaited<ReturnType<RecordStoreHarness['make']>>;
  let store: RecordStore;
  hooks.beforeEach(async () => {
    place = await harness.make();
    store = await place.open();
  });
  hooks.afterEach(async () => {
    await store.close();
    await place.dispose();
  });
  const close = (): Promise<void> => store.close();
  const open = async (): Promise<void> => {
    store = await place.open();
  };
  return {
    get store() {
      return store;
    },
    writerProgram: () => place.writerProgram(),
    cases: (all) => Math.ceil(all * (harness.share ?? 1)),
    close,
    open,
    async reopen() {
      await close();
      await open();
    },
    async makeBucket(name = 'b') {
      const [row] = await run(store, [['buckets', 'insert', { ...bucketRow, name }]]);
      return row.id;
    },
  };
}
