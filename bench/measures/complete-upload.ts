import type { BucketRow } from '@millrace/server/domain/ports/object-records';
import type { RecordStore } from '@millrace/server/domain/ports/record-store';
import { run } from '@millrace/server/stores/contract/record-commands';
import { partRow, segment, uploadRow } from '@millrace/server/stores/contract/record-samples';
import { oss, startServer } from '@millrace/testkit';
import { type Measure, makeFolder, median, spread, timed } from '../measure.ts';
import { fillRecords } from '../records.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const PARTS = 10_000;
const PART_BYTES = 102_400;
const LIMIT_MS = 1000;

const uploadId = (round: number): string => `BENCH${round}`;
const etag = (number: number): string => number.toString(16).padStart(32, '0').toUpperCase();

/** Uploads that lack nothing but their completion. No byte of their parts is looked at, so there are none. */
async function fill(store: RecordStore, bucket: BucketRow): Promise<void> {
  for (let round = 0; round <= ROUNDS; round += 1) {
    const parts = Array.from({ length: PARTS }, (_, index) =>
      partRow({
        uploadId: uploadId(round),
        number: index + 1,
        etag: etag(index + 1),
        segments: [segment(`0bench${round}x${index}`, PART_BYTES)],
      }),
    );
    const segments = parts.flatMap((part) => part.segments);
    await run(store, [
      ['uploads', 'insert', uploadRow({ id: uploadId(round), bucketId: bucket.id, key: `whole-${round}` })],
      ...segments.map(({ blob, length, crc64 }) => ['blobs', 'insert', { id: blob, length, crc64 }] as const),
      ['blobs', 'retain', segments] as const,
      ...parts.map((part) => ['uploads', 'putPart', part] as const),
    ]);
  }
}

/** From the request to the answer; the next reader sees one object. */
export const completeUpload: Measure = {
  name: 'complete-upload',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const ours: number[] = [];
    try {
      await put(server, '/bench-parts/');
      await fillRecords(server, 'bench-parts', fill);
      const list = Array.from(
        { length: PARTS },
        (_, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${etag(index + 1)}"</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
      for (let round = 0; round <= ROUNDS; round += 1) {
        const path = `/bench-parts/whole-${round}`;
        const took = await timed(async () => {
          const { status, text } = await oss(server, {
            method: 'POST',
            path,
            query: { uploadId: uploadId(round) },
            body,
          });
          if (status !== 200) throw new Error(`CompleteMultipartUpload: ${status} ${text}`);
        });
        const head = await oss(server, { method: 'HEAD', path });
        if (Number(head.headers['content-length']) !== PARTS * PART_BYTES) throw new Error('the object lacks parts');
        progress(`${PARTS.toLocaleString('en')} parts: ${Math.round(took)} ms`);
        if (round > 0) ours.push(took);
      }
    } finally {
      await server.stop();
    }
    return {
      what: 'CompleteMultipartUpload of 10,000 parts',
      against: '—',
      ours: spread(ours, 'ms'),
      theirs: '—',
      score: `${median(ours).toFixed(0)} ms`,
      target: `≤ ${LIMIT_MS} ms`,
      reached: median(ours) <= LIMIT_MS,
      notes: [],
    };
  },
};
