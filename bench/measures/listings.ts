import type { BucketRow } from '@millrace/server/domain/ports/object-records';
import type { RecordStore } from '@millrace/server/domain/ports/record-store';
import { run } from '@millrace/server/stores/contract/record-commands';
import { objectRow } from '@millrace/server/stores/contract/record-samples';
import { startServer } from '@millrace/testkit';
import { sendLoad } from '../load.ts';
import { type Measure, makeFolder, median, type Result, spread } from '../measure.ts';
import { fillRecords } from '../records.ts';
import { signedRequest } from '../signed-bytes.ts';
import { put } from './tasks.ts';

const ROUNDS = 5;
const EACH = 60;
const PREFIXES = 1000;
const KEYS = 1000;

const digits = (number: number): string => String(number).padStart(4, '0');
const keyOf = (prefix: number, key: number): string => `photos-${digits(prefix)}/picture-${digits(key)}.jpg`;

/** A million objects of five bytes each, which share one blob: only their records are listed. */
async function fill(store: RecordStore, bucket: BucketRow): Promise<void> {
  const segment = { blob: '0bench00000000000000', offset: 0, length: 5, crc64: '11177612005948864433' };
  await run(store, [
    ['blobs', 'insert', { id: segment.blob, length: 5, crc64: segment.crc64, data: Buffer.from('hello') }],
  ]);
  for (let prefix = 0; prefix < PREFIXES; prefix += 1) {
    const rows = Array.from({ length: KEYS }, (_, key) =>
      objectRow({ bucketId: bucket.id, key: keyOf(prefix, key), meta: {}, segments: [segment] }),
    );
    await run(store, [
      ...rows.map((row) => ['objects', 'put', row] as const),
      ['blobs', 'retain', rows.map(() => segment)] as const,
    ]);
  }
}

/** A million keys, listed as clients do: a page at a time, and by common prefix. */
export const listings: Measure = {
  name: 'listings',
  async run(folder, progress) {
    const server = await startServer({
      dataFolder: await makeFolder(folder, 'data'),
      env: { MILLRACE_LOG_LEVEL: 'warn' },
    });
    const page = (after: string): string => {
      const token = after === '' ? '' : `continuation-token=${Buffer.from(after).toString('base64url')}&`;
      return `${token}list-type=2&max-keys=1000`;
    };
    const kinds = [
      { what: 'first page of 1,000 keys out of 1 M', query: page(''), limit: 8 },
      { what: '900th page of 1,000 keys out of 1 M', query: page(keyOf(898, KEYS - 1)), limit: 8 },
      { what: '1,000 common prefixes of 1,000 keys each', query: 'delimiter=%2F&list-type=2&max-keys=1000', limit: 30 },
    ].map((kind) => ({ ...kind, times: [] as number[], slow: [] as number[] }));
    try {
      await put(server, '/bench-list/');
      await fillRecords(server, 'bench-list', fill);
      const port = Number(new URL(server.endpoint).port);
      for (let round = -1; round < ROUNDS; round += 1) {
        for (const { what, query, times, slow } of kinds) {
          const requests = Array.from({ length: EACH }, () => signedRequest(server, 'GET', '/bench-list/', query));
          const load = { host: '127.0.0.1', port, connections: 1, milliseconds: 60_000, repeat: false, requests };
          const { p50, p99 } = await sendLoad({ ...load, mustCarry: 'application/xml' });
          progress(`${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
          if (round < 0) continue;
          times.push(p50);
          slow.push(p99);
        }
      }
    } finally {
      await server.stop();
    }
    return kinds.map(
      ({ what, limit, times, slow }): Result => ({
        what: `listing: ${what}`,
        against: '—',
        ours: spread(times, 'ms', 1),
        theirs: '—',
        score: `p50 ${median(times).toFixed(1)} ms`,
        target: `≤ ${limit} ms`,
        reached: median(times) <= limit,
        notes: [`p99 ${median(slow).toFixed(1)} ms`],
      }),
    );
  },
};
