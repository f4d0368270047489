import { consume } from './consume.ts';
import type { MnsBase } from './mns.ts';

/** The end of a task, as it was announced. */
export interface TaskEvent {
  taskId: string;
  /** `imm:Task:MediaConvert`, or the event's name in the older form. */
  type: string;
  status: 'Succeeded' | 'Failed';
  /** Why it failed; empty when it did not. */
  code: string;
  message: string;
  /** All that was told of it. */
  details: Readonly<Record<string, unknown>>;
}

/** How `onTask` listens. `onError` is told of handlers and services that failed; the message comes again. */
export interface TaskEventsOptions {
  signal?: AbortSignal;
  concurrency?: number;
  onError?(error: unknown): void;
}

/**
 * The ends of tasks in a message of a queue: bare or in a topic's envelope, in the form of today (`content`) or in the
 * older one (`events`).
 */
export function taskEventsIn(body: string): TaskEvent[] {
  const whole = jsonOf(body);
  const inner = typeof whole?.Message === 'string' ? jsonOf(whole.Message) : whole?.Message;
  const told = isRecord(inner) ? inner : whole;
  const content = typeof told?.content === 'string' ? jsonOf(told.content) : told?.content;
  if (isRecord(content) && typeof content.TaskId === 'string') {
    const status = content.Status === 'Succeeded' ? 'Succeeded' : 'Failed';
    const text = (value: unknown): string => (typeof value === 'string' ? value : '');
    return [
      {
        taskId: content.TaskId,
        type: text(told?.type),
        status,
        code: text(content.Code),
        message: text(content.Message),
        details: content,
      },
    ];
  }
  if (!Array.isArray(told?.events)) return [];
  return told.events.filter(isRecord).flatMap(({ eventName, ...rest }) => {
    const details = Object.values(rest)
      .filter(isRecord)
      .find((value) => typeof value.taskId === 'string');
    if (!details) return [];
    const code = details.code === 'NoError' ? '' : String(details.code ?? '');
    const status = code === '' ? ('Succeeded' as const) : ('Failed' as const);
    return [{ taskId: String(details.taskId), type: String(eventName), status, code, message: '', details }];
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Calls `handle` for the end of each task that a queue is told of, by long poll. Ends when `signal` aborts. */
export async function onTask(
  mns: MnsBase,
  queue: string,
  handle: (event: TaskEvent) => Promise<void> | void,
  options: TaskEventsOptions = {},
): Promise<void> {
  await consume(
    mns,
    queue,
    async ({ messageBody }) => {
      for (const event of taskEventsIn(messageBody)) await handle(event);
    },
    { waitSeconds: 10, ...options },
  );
}

/** Up to how long somebody who waits for another event pauses: less than the event then stays hidden. */
const UNEVEN_MS = 1000;

/** Waits for the end of one task. Events of others go back to the queue, for whoever waits for them. */
export async function waitForTask(
  mns: MnsBase,
  queue: string,
  taskId: string,
  { signal }: Pick<TaskEventsOptions, 'signal'> = {},
): Promise<TaskEvent> {
  const found = new AbortController();
  const either = signal ? AbortSignal.any([signal, found.signal]) : found.signal;
  let event: TaskEvent | undefined;
  await consume(
    mns,
    queue,
    async ({ messageBody }) => {
      event = taskEventsIn(messageBody).find((told) => told.taskId === taskId) ?? event;
      if (event) {
        found.abort();
        return;
      }
      // Two who wait on one queue would otherwise go on taking each other's events, in step.
      await mns.settings.platform.sleep(Math.random() * UNEVEN_MS, either).catch(() => undefined);
      throw new Error('not ours');
    },
    { concurrency: 1, waitSeconds: 5, visibilityTimeout: 2, signal: either },
  );
  if (event) return event;
  signal?.throwIfAborted();
  throw new Error('The wait ended without the event.');
}
