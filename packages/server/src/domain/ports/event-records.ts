import type { Awaitable } from './record-store.ts';

export type EventState = 'Pending' | 'Delivered' | 'Failed';

/** Something that happened and is told to the webhook, until it has been, or for as long as anybody tries. */
export interface EventRow {
  /** In the order they were recorded. */
  number: number;
  /** The id that the receiver sees: the same however often it is sent. */
  id: string;
  type: string;
  /** What is sent: a CloudEvent as JSON, the same text each time. */
  body: string;
  state: EventState;
  createdMs: number;
  /** From when it may be sent, while it is pending. */
  dueMs: number;
  attempts: number;
  /** When it was last tried; 0 before that. */
  triedMs: number;
  /** What came of the last attempt: a status, or why there is none. */
  outcome: string;
}

export interface EventRecords {
  insert(row: Omit<EventRow, 'number'>): Awaitable<void>;
  get(number: number): Awaitable<EventRow | undefined>;
  update(row: EventRow): Awaitable<void>;
  /** Newest first, those before a number. */
  page(query: { state?: EventState; before: number; limit: number }): Awaitable<EventRow[]>;
  /** Pending ones, whose time comes first, whether it has come or not. */
  next(limit: number): Awaitable<EventRow[]>;
  /** Removes what is not pending and was created before a time; says how many. */
  removeSettled(beforeMs: number, limit: number): Awaitable<number>;
}
