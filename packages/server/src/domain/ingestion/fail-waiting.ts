import type { Transaction } from '../ports/record-store.ts';

/**
 * What waits for objects of a bucket that is gone would wait for ever: one of the same name is another bucket. A batch finds
 * out by itself, at its next look, and tells its topic.
 */
export async function failWaiting(tx: Transaction, bucketId: number): Promise<void> {
  const waiting = (await tx.ingestions.active()).filter((row) => row.bucketId === bucketId && row.kind !== 'batch');
  for (const row of waiting) {
    const about = { ...row.about, reason: `The bucket ${row.bucket} is gone.` };
    await tx.ingestions.put({ ...row, state: 'Failed', about });
    await tx.arrivals.removeOf(row.id);
  }
  if (waiting.length > 0) tx.announce({ type: 'ingestions-changed' });
}
