import type { Identities } from '../domain/identities.ts';
import { once } from '../domain/objects/object-bytes.ts';
import type { BlobId, BlobStore } from '../domain/ports/blob-store.ts';
import type { EngineHealth } from '../domain/ports/media-engine.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import type { Readiness } from './admin-listener.ts';

/** Really commits, writes, reads and removes; says what engines there are. Engines that are missing do not make it fail. */
export async function checkReadiness(parts: {
  records: Pick<RecordStore, 'probe'>;
  blobs: Pick<BlobStore, 'write' | 'read' | 'remove'>;
  identities: Pick<Identities, 'blob'>;
  health: () => Promise<EngineHealth[]>;
}): Promise<Readiness> {
  const { records, blobs, identities, health } = parts;
  const [recordCheck, blobCheck, engines] = await Promise.all([
    outcomeOf(() => records.probe()),
    outcomeOf(() => tryBlob(blobs, identities.blob())),
    health(),
  ]);
  return {
    ok: recordCheck === 'ok' && blobCheck === 'ok',
    checks: { records: recordCheck, blobs: blobCheck, engines },
  };
}

async function outcomeOf(work: () => Promise<void>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function tryBlob(blobs: Pick<BlobStore, 'write' | 'read' | 'remove'>, id: BlobId): Promise<void> {
  const written = Buffer.from(id);
  try {
    await blobs.write(id, once(written));
    const read: Uint8Array[] = [];
    for await (const chunk of blobs.read(id, { offset: 0, length: written.length })) read.push(chunk);
    if (!Buffer.concat(read).equals(written)) throw new Error('What was read is not what was written.');
  } finally {
    await blobs.remove(id);
  }
}
