import { DomainError } from '../errors.ts';
import type { IngestionAbout, IngestionRow, IngestionState } from '../ports/ingestion-records.ts';
import type { Transaction } from '../ports/record-store.ts';
import { publish } from '../queues/topic-commands.ts';
import { ingestionNotification } from './ingestion-notification.ts';

/** Far above what anybody has, and few enough to be kept in memory. */
const MOST_ACTIVE = 1_000;

/**
 * Throws `ProjectMissing`, `BucketMissing`, `DatasetMissing`, `DatasetExists` where a bucket is bound to a dataset already, and
 * `TooManyItems` where as many are at work already.
 */
async function createIngestion(tx: Transaction, row: IngestionRow): Promise<IngestionRow> {
  const { accountId, project, bucketId, bucket } = row;
  const { dataset } = row.about;
  if ((await tx.projects.get(accountId, project)) === undefined) throw new DomainError('ProjectMissing', { project });
  // It may have gone since it was looked up, and nobody would come to say so.
  if ((await tx.buckets.byId(bucketId)) === undefined) throw new DomainError('BucketMissing', { bucket });
  const active = await tx.ingestions.active();
  if (dataset !== undefined) {
    if ((await tx.datasets.get({ accountId, project, name: dataset })) === undefined) {
      throw new DomainError('DatasetMissing', { dataset });
    }
    const bound = active.some(
      (other) =>
        other.bucketId === bucketId &&
        other.accountId === accountId &&
        other.project === project &&
        other.about.dataset === dataset,
    );
    if (bound) throw new DomainError('DatasetExists', { dataset: `oss://${bucket}` });
  }
  if (active.length >= MOST_ACTIVE) {
    throw new DomainError('TooManyItems', { kind: row.kind, limit: MOST_ACTIVE });
  }
  await tx.ingestions.put(row);
  tx.announce({ type: 'ingestions-changed' });
  return row;
}

/** Changes what is said of one, or stops it, or lets it go on. Throws `IngestionMissing`, and `IngestionState` when it is over. */
async function updateIngestion(
  tx: Transaction,
  input: { id: string; nowMs: number; state?: IngestionState; about?: Partial<IngestionAbout> },
): Promise<IngestionRow> {
  const known = await ingestion(tx, input.id);
  const { state = known.state, about = {}, nowMs } = input;
  const over = known.state === 'Succeeded' || known.state === 'Failed';
  if (over && state !== known.state) throw new DomainError('IngestionOver', { id: known.id, state: known.state });
  const wire = { ...known.about.wire, ...about.wire };
  const row = { ...known, state, modifiedMs: nowMs, about: { ...known.about, ...about, wire } };
  await tx.ingestions.put(row);
  tx.announce({ type: 'ingestions-changed' });
  return row;
}

/** Throws `IngestionMissing`. Tasks that it has made go on. */
async function deleteIngestion(tx: Transaction, { id }: { id: string }): Promise<void> {
  await ingestion(tx, id);
  await tx.ingestions.remove(id);
  await tx.arrivals.removeOf(id);
  tx.announce({ type: 'ingestions-changed' });
}

/** Notes that an object came which some of them wait for. One that is gone meanwhile waits for nothing. */
async function noteArrivals(
  tx: Transaction,
  { ids, key, nowMs }: { ids: string[]; key: string; nowMs: number },
): Promise<void> {
  for (const ingestionId of ids) {
    if ((await tx.ingestions.get(ingestionId)) !== undefined) {
      await tx.arrivals.insert({ ingestionId, key, createdMs: nowMs });
    }
  }
  tx.announce({ type: 'object-arrived' });
}

/** What has been done since the last time; whatever was asked of it meanwhile stays. */
export interface Advance {
  id: string;
  nowMs: number;
  submitted: number;
  failed: number;
  skipped: number;
  /** How far the look at what was there has come. */
  marker?: string;
  scanned?: boolean;
  /** Where it is over, or has begun. */
  state?: IngestionState;
  reason?: string;
  /** That was done with. */
  arrival?: number;
  /** Who a batch that is over tells its topic as. */
  telling?: { eventId: string; messageId: string; token: string; region: string };
}

/** Undefined when it is gone. */
async function advanceIngestion(tx: Transaction, advance: Advance): Promise<IngestionRow | undefined> {
  if (advance.arrival !== undefined) await tx.arrivals.remove(advance.arrival);
  const known = await tx.ingestions.get(advance.id);
  if (known === undefined) return undefined;
  const { submitted, failed, skipped, marker = known.marker, reason, nowMs } = advance;
  // Suspended by somebody meanwhile, it stays so, and is not over: once it goes on, a last look ends it.
  const suspended = known.state === 'Suspended';
  const { state = known.state, scanned = known.scanned } = suspended ? known : advance;
  const row: IngestionRow = {
    ...known,
    ...{ marker, scanned, state, modifiedMs: nowMs },
    submitted: known.submitted + submitted,
    failed: known.failed + failed,
    skipped: known.skipped + skipped,
    about: reason === undefined ? known.about : { ...known.about, reason },
  };
  await tx.ingestions.put(row);
  if (state === known.state) return row;
  tx.announce({ type: 'ingestions-changed' });
  const { topic } = row.about;
  if (topic && advance.telling && (state === 'Succeeded' || state === 'Failed')) {
    const { eventId, region, ...message } = advance.telling;
    const body = ingestionNotification(row, eventId, region);
    await publish(tx, { accountId: row.accountId, topic, body, ...message, nowMs });
  }
  return row;
}

async function ingestion(tx: Transaction, id: string): Promise<IngestionRow> {
  const row = await tx.ingestions.get(id);
  if (row === undefined) throw new DomainError('IngestionMissing', { id });
  return row;
}

export const ingestionCommands = {
  createIngestion,
  updateIngestion,
  deleteIngestion,
  noteArrivals,
  advanceIngestion,
};
