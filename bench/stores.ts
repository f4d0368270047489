import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectRow, Segment } from '@millrace/server/domain/ports/object-records';
import { objectRow } from '@millrace/server/stores/contract/record-samples';
import { openFileBlobStore } from '@millrace/server/stores/files/file-blob-store';
import { openSqliteStore } from '@millrace/server/stores/sqlite/sqlite-record-store';

/**
 * What the stores do by themselves, without the protocols above them: `node bench/stores.ts [FOLDER]`. Takes some 15
 * seconds; FOLDER (by default the system's temporary one) says which disk is measured.
 */

const SECONDS_EACH = 1.2;

const folder = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'millrace-bench-'));
const store = await openSqliteStore({ folder: join(folder, 'records') });
const blobs = await openFileBlobStore({ folder: join(folder, 'blobs') });

let serial = 0;
const identity = (): string => `0bench${(serial++).toString(36).padStart(8, '0')}`;

/** Runs `once` by so many at a time for a while; prints how often it was done in a second, and the median time it took. */
async function measure(name: string, atOnce: number, once: (n: number) => Promise<unknown> | unknown): Promise<void> {
  const times: number[] = [];
  const started = performance.now();
  const until = started + SECONDS_EACH * 1000;
  let next = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < until) {
      const before = performance.now();
      await once(next++);
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const perSecond = (times.length * 1000) / (performance.now() - started);
  times.sort((a, b) => a - b);
  const [median, slow] = [0.5, 0.99].map((part) => (times[Math.floor(times.length * part)] ?? 0).toFixed(3));
  console.log(`${name.padEnd(44)} ${perSecond.toFixed(0).padStart(8)} /s   median ${median} ms, 99 % ${slow} ms`);
}

const nowMs = Date.now();
const bucket = await store.transact('createBucket', {
  name: 'bench',
  ownerId: '1',
  storageClass: 'Standard',
  dataRedundancy: 'LRS',
  limit: 100,
  nowMs,
});

function newObject(bytes: Uint8Array | undefined, key: string): { row: ObjectRow; segment: Segment } {
  const segment = { blob: identity(), offset: 0, length: bytes?.length ?? 0, crc64: '11177612005948864433' };
  return { segment, row: objectRow({ bucketId: bucket.id, key, lastModifiedMs: nowMs, segments: [segment] }) };
}

const kilobyte = new Uint8Array(1024).fill(97);
const putInline = (key: string): Promise<unknown> => {
  const { row: object, segment } = newObject(kilobyte, key);
  const blob = { id: segment.blob, length: segment.length, crc64: segment.crc64, data: kilobyte };
  return store.transact('putObject', { object, versionId: 'null', blobs: [blob], forbidOverwrite: false });
};

for (const atOnce of [1, 16, 64]) {
  await measure(`put 1 KiB inline, durable, ${atOnce} at once`, atOnce, (n) => putInline(`put/${atOnce}/${n}`));
}

for (const atOnce of [1, 16]) {
  const bytes = new Uint8Array(64 * 1024).fill(98);
  await measure(`write a blob of 64 KiB, durable, ${atOnce} at once`, atOnce, () =>
    blobs.write(
      identity(),
      (async function* () {
        yield bytes;
      })(),
    ),
  );
}

const KEYS = 20_000;
for (let from = 0; from < KEYS; from += 1000) {
  await Promise.all(Array.from({ length: 1000 }, (_, n) => putInline(`get/${String(from + n).padStart(6, '0')}`)));
}
// Yields now and then, as a server does; the reads themselves are synchronous.
const spread = (n: number): string => `get/${String((n * 7919) % KEYS).padStart(6, '0')}`;
await measure('100 point gets', 1, (n) => {
  for (let each = 0; each < 100; each++) store.reads.objects.get(bucket.id, spread(n * 100 + each));
});
await measure('page of 1,000', 1, (n) =>
  store.reads.objects.page({ bucketId: bucket.id, prefix: 'get/', delimiter: '', after: spread(n), limit: 1000 }),
);

await store.transact('createQueue', {
  accountId: '1',
  queue: 'bench',
  attributes: {
    delaySeconds: 0,
    maximumMessageSize: 65_536,
    messageRetentionSeconds: 345_600,
    visibilityTimeoutSeconds: 30,
    pollingWaitSeconds: 0,
    loggingEnabled: false,
  },
  nowMs,
});
const queue = await store.reads.queues.byName('1', 'bench');
if (queue === undefined) throw new Error('The queue was made just now.');
const body = 'm'.repeat(1024);
const token = (): string => (serial++).toString(16).padStart(16, '0');

async function cycle(): Promise<void> {
  const name = { accountId: '1', queue: 'bench', nowMs: Date.now() };
  await store.transact('sendMessages', { ...name, messages: [{ messageId: identity(), token: token(), body }] });
  const wishes = [{ token: token(), count: 1 }];
  const { deliveries } = await store.transact('receiveMessages', { ...name, queueId: queue?.id ?? 0, wishes });
  const handles = (deliveries[0] ?? []).map(({ receiptHandle }) => receiptHandle);
  await store.transact('deleteMessages', { ...name, handles });
}
for (const atOnce of [1, 16, 64]) {
  await measure(`send, receive and delete 1 KiB, ${atOnce} at once`, atOnce, cycle);
}

await store.close();
await rm(folder, { recursive: true });
