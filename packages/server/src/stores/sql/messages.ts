import type { MessageRecords, MessageRow } from '../../domain/ports/queue-records.ts';
import type { Unsaved } from '../../domain/ports/record-store.ts';
import type { Database } from './database.ts';
import { found, mapped, type Steps, steps, then, wait } from './steps.ts';
import { readTraits, writeTraits } from './traits.ts';

type Stored<Row> = Omit<Row, 'dying' | 'traits'> & { phase: number; traits: string };

const columns = `id, queue_id AS queueId, message_id AS messageId, body, body_md5 AS bodyMd5, priority,
  enqueued_ms AS enqueuedMs, expires_ms AS expiresMs, visible_ms AS visibleMs, first_dequeued_ms AS firstDequeuedMs,
  dequeue_count AS dequeueCount, receipt, previous_receipt AS previousReceipt, phase, traits`;

const READY = 0;
const DELAYED = 1;
const INACTIVE = 2;
const DYING = 3;

/**
 * Messages made ready, and expired ones removed, in one step of a receive. When more than this many become visible
 * between two receives, priorities hold among those made ready so far and the rest follow with the next receives.
 */
const MOVED_AT_ONCE = 1000;

/**
 * Ready is one way: a message that was visible to one command stays so for the next, even if that one read its clock
 * slightly earlier. Others are made ready by the receive that finds their time has come.
 */
function phaseOf(row: Unsaved<MessageRow>): number {
  if (row.dying) return DYING;
  if (row.visibleMs <= row.enqueuedMs) return READY;
  return row.dequeueCount === 0 ? DELAYED : INACTIVE;
}

const toStored = <Row extends Unsaved<MessageRow>>({ dying: _, ...row }: Row) => ({
  ...row,
  phase: phaseOf({ ...row, dying: _ }),
  traits: writeTraits(row.traits),
});

function fromStored({ phase, traits, ...row }: Stored<MessageRow>): MessageRow {
  return { ...row, dying: phase === DYING, traits: readTraits(traits) };
}

export function messageRecords(database: Database) {
  const insert = database.prepareInsert<[Stored<Unsaved<MessageRow>>]>(
    `INSERT INTO messages (queue_id, phase, priority, enqueued_ms, expires_ms, visible_ms, first_dequeued_ms,
       dequeue_count, receipt, previous_receipt, message_id, body_md5, body, traits)
     VALUES (@queueId, @phase, @priority, @enqueuedMs, @expiresMs, @visibleMs, @firstDequeuedMs,
       @dequeueCount, @receipt, @previousReceipt, @messageId, @bodyMd5, @body, @traits)`,
  );
  const get = database.prepare<[number], Stored<MessageRow>>(
    `SELECT ${columns} FROM messages WHERE id = ? AND EXISTS (SELECT 1 FROM queues WHERE queues.id = queue_id)`,
  );
  const update = database.prepare<[Stored<MessageRow>]>(
    `UPDATE messages SET phase = @phase, priority = @priority, expires_ms = @expiresMs, visible_ms = @visibleMs,
       first_dequeued_ms = @firstDequeuedMs, dequeue_count = @dequeueCount, receipt = @receipt,
       previous_receipt = @previousReceipt
     WHERE id = @id`,
  );
  const remove = database.prepare<[number]>('DELETE FROM messages WHERE id = ?');
  const queueExists = database.prepare<[number], number>('SELECT 1 FROM queues WHERE id = ?').pluck();
  const makeReady = database.prepare<[number, number, number]>(
    `UPDATE messages SET phase = ${READY} WHERE id IN (
       SELECT id FROM messages WHERE queue_id = ? AND visible_ms <= ? AND phase IN (1, 2) AND visible_ms < expires_ms
       ORDER BY visible_ms LIMIT ?)`,
  );
  const ready = database.prepare<[number, number], Stored<MessageRow>>(
    `SELECT ${columns} FROM messages WHERE queue_id = ? AND phase = ${READY} ORDER BY priority, id LIMIT ?`,
  );
  const removeExpiredReady = database.prepare<[number, number, number]>(
    `DELETE FROM messages WHERE id IN (
       SELECT id FROM messages WHERE queue_id = ? AND phase = ${READY} ORDER BY priority, id LIMIT ?)
     AND expires_ms <= ?`,
  );
  const nextVisible = database
    .prepare<[number, number], number>(
      `SELECT visible_ms FROM messages WHERE queue_id = ? AND visible_ms > ? AND phase IN (1, 2) AND visible_ms < expires_ms
       ORDER BY visible_ms LIMIT 1`,
    )
    .pluck();
  const anyReady = database
    .prepare<[number], number>(`SELECT 1 FROM messages WHERE queue_id = ? AND phase = ${READY} LIMIT 1`)
    .pluck();
  const dying = database.prepare<[number, number], Stored<MessageRow>>(
    `SELECT ${columns} FROM messages WHERE phase = ${DYING} AND visible_ms <= ? ORDER BY visible_ms LIMIT ?`,
  );
  const nextDeath = database
    .prepare<[], number>(`SELECT visible_ms FROM messages WHERE phase = ${DYING} ORDER BY visible_ms LIMIT 1`)
    .pluck();
  const counted = database.prepare<[number], { ready: number; delayed: number; inactive: number }>(
    'SELECT ready, delayed, inactive FROM message_counts WHERE queue_id = ?',
  );
  const expiredByPhase = database.prepare<[number, number], { phase: number; count: number }>(
    'SELECT phase, COUNT(*) AS count FROM messages WHERE expires_ms <= ? AND queue_id = ? GROUP BY phase',
  );
  const visibleByPhase = database.prepare<[number, number, number], { phase: number; count: number }>(
    `SELECT phase, COUNT(*) AS count FROM messages
     WHERE queue_id = ? AND visible_ms <= ? AND expires_ms > ? AND phase IN (1, 2) AND visible_ms < expires_ms GROUP BY phase`,
  );
  const removeExpired = database.prepare<[number, number]>(
    'DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?)',
  );
  const removedQueues = database.prepare<[], number>('SELECT id FROM removed_queues').pluck();
  const forgetRemovedQueue = database.prepare<[number]>('DELETE FROM removed_queues WHERE id = ?');
  const removeReadyOf = database.prepare<[number, number]>(
    `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE queue_id = ? AND phase = ${READY} LIMIT ?)`,
  );
  const removeWaitingOf = database.prepare<[number, number]>(
    `DELETE FROM messages WHERE id IN (
       SELECT id FROM messages WHERE queue_id = ? AND phase IN (1, 2) AND visible_ms < expires_ms LIMIT ?)`,
  );

  /** Removes what queues left behind when they were removed. Messages in neither index go when they expire or die. */
  function* removeLeftBehind(limit: number): Steps<number> {
    let left = limit;
    for (const queueId of yield* wait(removedQueues.all())) {
      left -= (yield* wait(removeReadyOf.run(queueId, left))).changes;
      left -= (yield* wait(removeWaitingOf.run(queueId, left))).changes;
      if (left <= 0) break;
      void forgetRemovedQueue.run(queueId);
    }
    return limit - left;
  }

  return {
    insert: (row) => then(insert(toStored(row)), (id) => ({ ...row, id })),
    get: (id) => found(get.get(id), fromStored),
    update: (row) => void update.run(toStored(row)),
    remove: (id) => void remove.run(id),
    receivable: (queueId, nowMs, limit) =>
      steps(function* () {
        if (limit <= 0 || (yield* wait(queueExists.get(queueId))) === undefined) return [];
        void makeReady.run(queueId, nowMs, MOVED_AT_ONCE);
        for (;;) {
          const rows = yield* wait(ready.all(queueId, limit));
          if (rows.every((row) => row.expiresMs > nowMs)) return rows.map(fromStored);
          // Expired messages at the head would be read again by every receive: each pass takes at least one away.
          void removeExpiredReady.run(queueId, Math.max(limit, MOVED_AT_ONCE), nowMs);
        }
      }),
    nextVisibleMs: (queueId, nowMs) => nextVisible.get(queueId, nowMs),
    firstVisibleMs: (queueId) =>
      then(anyReady.get(queueId), (ready) => (ready === undefined ? nextVisible.get(queueId, 0) : 0)),
    dying: (nowMs, limit) => mapped(dying.all(nowMs, limit), fromStored),
    nextDeathMs: () => nextDeath.get(),
    counts: (queueId, nowMs) =>
      steps(function* () {
        // Kept as running totals by triggers; only what time has moved since the last receive or sweep is counted here.
        const totals = yield* wait(counted.get(queueId));
        if (totals === undefined) return { active: 0, inactive: 0, delayed: 0 };
        const unexpired = [totals.ready, totals.delayed, totals.inactive];
        for (const { phase, count } of yield* wait(expiredByPhase.all(nowMs, queueId))) {
          const counted = Math.min(phase, INACTIVE);
          unexpired[counted] = (unexpired[counted] ?? 0) - count;
        }
        let active = unexpired[READY] ?? 0;
        for (const { phase, count } of yield* wait(visibleByPhase.all(queueId, nowMs, nowMs))) {
          unexpired[phase] = (unexpired[phase] ?? 0) - count;
          active += count;
        }
        return { active, inactive: unexpired[INACTIVE] ?? 0, delayed: unexpired[DELAYED] ?? 0 };
      }),
    removeExpired: (nowMs, limit) =>
      steps(function* () {
        const expired = (yield* wait(removeExpired.run(nowMs, limit))).changes;
        return expired + (yield* removeLeftBehind(limit - expired));
      }),
  } satisfies MessageRecords;
}
