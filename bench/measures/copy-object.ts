import type { BucketRow } from '@millrace/server/domain/ports/object-records';
import type { RecordStore } from '@millrace/server/domain/ports/record-store';
import { run } from '@millrace/server/stores/contract/record-commands';
import { objectRow, segment } from '@millrace/server/stores/contract/record-samples';
import { oss, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, spread, timed } from '../measure.ts';
import { fillRecords } from '../records.ts';
import { put } from './tasks.ts';

const ROUNDS = 20;
const PARTS = 512;
const PART_BYTES = 10 * 1024 * 1024;
const LIMIT_MS = 50;

/** What a multipart upload of 5 GiB leaves behind, without the bytes, which a copy does not touch. */
async function fill(store: RecordStore, bucket: BucketRow): Promise<void> {
  const segments = Array.from({ length: PARTS }, (_, index) => segment(`0bench${index}`, PART_BYTES));
  const size = PARTS * PART_BYTES;
  await run(store, [
    ...segments.map(({ blob, length, crc64 }) => ['blobs', 'insert', { id: blob, length, crc64 }] as const),
    ['blobs', 'retain', segments] as const,
    ['objects', 'put', objectRow({ bucketId: bucket.id, key: 'source', type: 'Multipart', size, segments })] as const,
  ]);
}

export const copyObject: Measure = {
  name: 'copy-object',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    try {
      await put(server, '/bench-copy/');
      await fillRecords(server, 'bench-copy', fill);
      for (let round = -1; round < ROUNDS; round += 1) {
        const headers = { 'x-oss-copy-source': '/bench-copy/source' };
        const took = await timed(async () => {
          const { status, text } = await oss(server, { method: 'PUT', path: `/bench-copy/copy-${round}`, headers });
          if (status !== 200) throw new Error(`CopyObject: ${status} ${text}`);
        });
        if (round >= 0) ours.push(took);
      }
      const head = await oss(server, { method: 'HEAD', path: '/bench-copy/copy-0' });
      if (Number(head.headers['content-length']) !== PARTS * PART_BYTES) throw new Error('the copy is not whole');
      progress(`${ROUNDS} copies: median ${median(ours).toFixed(1)} ms`);
    } finally {
      await server.stop();
    }
    return {
      what: 'CopyObject of 5 GiB in 512 parts',
      against: '—',
      ours: spread(ours, 'ms', 1),
      theirs: '—',
      score: `${median(ours).toFixed(1)} ms`,
      target: `≤ ${LIMIT_MS} ms`,
      reached: median(ours) <= LIMIT_MS,
      notes: [],
    };
  },
};
