import type { BlobId } from '../ports/blob-store.ts';
import type { BlobRow } from '../ports/object-records.ts';
import type { Transaction } from '../ports/record-store.ts';

/** A blob that was written just now and has no record yet. */
export interface NewBlob extends BlobRow {
  /** The bytes themselves, when they are few enough to be kept with the records. */
  data?: Uint8Array;
  /** Of one that is long enough to have some inside, as `blob-marks.ts` has them. */
  marks?: string;
}

export async function insertBlobs(tx: Transaction, blobs: readonly NewBlob[]): Promise<void> {
  for (const blob of blobs) {
    await tx.blobs.insert(blob);
    if (blob.marks !== undefined) await tx.blobs.mark(blob.id, blob.marks);
  }
}

/** Adds the marks of a blob that was stored without. Nothing is lost where it has gone meanwhile. */
export async function markBlob(tx: Transaction, input: { blob: BlobId; marks: string }): Promise<void> {
  if (await tx.blobs.marked(input.blob)) await tx.blobs.mark(input.blob, input.marks);
}
