import type { EventRow } from '../ports/event-records.ts';
import type { Transaction } from '../ports/record-store.ts';

/** What is recorded with the change that it is about. */
export type NewEvent = Pick<EventRow, 'id' | 'type' | 'body'>;

/** Records an event inside the transaction of what happened: both are there, or neither. */
export async function recordEvent(tx: Transaction, event: NewEvent, nowMs: number): Promise<void> {
  const unsent = { state: 'Pending' as const, createdMs: nowMs, dueMs: nowMs, attempts: 0, triedMs: 0, outcome: '' };
  await tx.events.insert({ ...event, ...unsent });
  tx.announce({ type: 'event-recorded' });
}

/** Notes what came of an attempt. Nothing happens to an event that was settled or begun anew meanwhile. */
async function settleEvent(
  tx: Transaction,
  input: { number: number; attempts: number } & Pick<EventRow, 'state' | 'dueMs' | 'triedMs' | 'outcome'>,
): Promise<void> {
  const { attempts, ...settled } = input;
  const row = await tx.events.get(input.number);
  if (row === undefined || row.state !== 'Pending' || row.attempts !== attempts) return;
  await tx.events.update({ ...row, ...settled, attempts: attempts + 1 });
}

/** Sends an event again that is not on its way already, as if it had just been recorded. Says whether there was one. */
async function replayEvent(tx: Transaction, input: { number: number; nowMs: number }): Promise<boolean> {
  const row = await tx.events.get(input.number);
  if (row === undefined || row.state === 'Pending') return false;
  await tx.events.update({ ...row, state: 'Pending', createdMs: input.nowMs, dueMs: input.nowMs, attempts: 0 });
  tx.announce({ type: 'event-recorded' });
  return true;
}

async function removeSettledEvents(tx: Transaction, input: { beforeMs: number; limit: number }): Promise<number> {
  return tx.events.removeSettled(input.beforeMs, input.limit);
}

export const eventCommands = { settleEvent, replayEvent, removeSettledEvents };
