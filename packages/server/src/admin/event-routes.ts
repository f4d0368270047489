import type { Clock } from '../domain/ports/clock.ts';
import type { EventRow, EventState } from '../domain/ports/event-records.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import { type AdminAnswer, refusal } from './admin-answer.ts';

const STATES: readonly EventState[] = ['Pending', 'Delivered', 'Failed'];
const MOST_LISTED = 1_000;
const USUALLY_LISTED = 100;

/** `/-/events`: what the webhook was told, and what came of it. */
export class EventRoutes {
  #records: RecordStore;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  /** Answers a request whose path begins with `/-/events`. */
  async answer(method: string, path: string, query: URLSearchParams): Promise<AdminAnswer> {
    if (path === '/-/events') {
      return method === 'GET' || method === 'HEAD' ? this.#list(query) : refusal(405, 'Use GET.');
    }
    const [, number] = /^\/-\/events\/(\d{1,15})\/replay$/.exec(path) ?? [];
    if (number === undefined) return refusal(404, 'There is /-/events and POST /-/events/NUMBER/replay.');
    if (method !== 'POST') return refusal(405, 'Use POST.');
    const replayed = await this.#records.transact('replayEvent', { number: Number(number), nowMs: this.#clock.now() });
    return replayed
      ? { status: 202, body: { replayed: Number(number) } }
      : refusal(409, `There is no event ${number} that has been delivered or given up.`);
  }

  async #list(query: URLSearchParams): Promise<AdminAnswer> {
    const state = STATES.find((known) => known === query.get('state'));
    const before = Number(query.get('before') ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(query.get('limit') ?? USUALLY_LISTED);
    if (query.has('state') && state === undefined) return refusal(400, `state is one of ${STATES.join(', ')}.`);
    if (!Number.isSafeInteger(before)) return refusal(400, 'before is a number, as next gives it.');
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED)
      return refusal(400, `limit is 1 to ${MOST_LISTED}.`);
    const rows = await this.#records.reads.events.page({ ...(state === undefined ? {} : { state }), before, limit });
    const last = rows.at(-1);
    const next = rows.length === limit && last !== undefined ? { next: last.number } : {};
    return { status: 200, body: { events: rows.map(shown), ...next } };
  }
}

function shown({ createdMs, dueMs, triedMs, body, ...rest }: EventRow): object {
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    ...rest,
    created: at(createdMs),
    tried: triedMs === 0 ? undefined : at(triedMs),
    due: rest.state === 'Pending' ? at(dueMs) : undefined,
    event: JSON.parse(body),
  };
}
