import type { ResultOf, receiveMessage } from '@millrace/protocol/mns';
import { ServiceError } from '../core/errors.ts';
import type { MnsBase } from './mns.ts';

/** A message that was received: `messageBody`, `messageId`, `receiptHandle` and what else the queue tells of it. */
export type Message = ResultOf<typeof receiveMessage>;

/** How `consume` works on messages. */
export interface ConsumeOptions {
  /** Messages worked on at once; 4 by default. */
  concurrency?: number;
  /** Seconds that a message stays hidden; renewed while it is worked on. The queue's own by default. */
  visibilityTimeout?: number;
  /** Seconds of each long poll; 20 by default. */
  waitSeconds?: number;
  /** Stops receiving; what is being worked on is finished. */
  signal?: AbortSignal;
  /** A handler failed, or the service did: the message comes again by itself. */
  onError?(error: unknown, message: Message | undefined): void;
}

const DEFAULT_VISIBILITY = 30;
/** After a failed receive, so that a service that is away is not asked without pause. */
const PAUSE_MS = 1000;

/**
 * Receives messages and gives each to `handle`. One that is handled is deleted; one whose handler throws becomes visible
 * again when its time is over. Ends when `signal` aborts and all that was begun is done.
 */
export async function consume(
  mns: MnsBase,
  queue: string,
  handle: (message: Message, signal: AbortSignal) => Promise<void>,
  options: ConsumeOptions = {},
): Promise<void> {
  const { concurrency = 4, waitSeconds = 20, signal, onError = () => undefined } = options;
  const { platform } = mns.settings;
  const visibility = options.visibilityTimeout ?? DEFAULT_VISIBILITY;
  const receive = async (): Promise<void> => {
    while (!signal?.aborted) {
      let message: Message;
      try {
        message = await mns.receiveMessage({ queue, waitSeconds }, { signal });
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof ServiceError && error.code === 'MessageNotExist') continue;
        onError(error, undefined);
        await platform.sleep(PAUSE_MS, signal).catch(() => undefined);
        continue;
      }
      await work(message);
    }
  };
  const work = async (message: Message): Promise<void> => {
    const lost = new AbortController();
    const held = { receiptHandle: message.receiptHandle };
    const heartbeat = beat(mns, queue, held, visibility, lost);
    try {
      await handle(message, lost.signal);
      await heartbeat.stop();
      await mns.deleteMessage({ queue, receiptHandle: held.receiptHandle });
    } catch (error) {
      await heartbeat.stop();
      onError(error, message);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, receive));
}

/** Keeps a message hidden while it is worked on. When that fails it may be given to somebody else: `lost` aborts. */
function beat(mns: MnsBase, queue: string, held: { receiptHandle: string }, visibility: number, lost: AbortController) {
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    let first = true;
    while (!stopped.signal.aborted) {
      // At once, because the queue's own time may be shorter; then twice in each period.
      if (!first) await mns.settings.platform.sleep((visibility * 1000) / 2, stopped.signal).catch(() => undefined);
      first = false;
      if (stopped.signal.aborted) return;
      try {
        const { receiptHandle } = held;
        const renewed = await mns.changeMessageVisibility({ queue, receiptHandle, visibilityTimeout: visibility });
        held.receiptHandle = renewed.receiptHandle;
      } catch (error) {
        lost.abort(error);
        return;
      }
    }
  };
  const running = run();
  return {
    async stop(): Promise<void> {
      stopped.abort();
      await running;
    },
  };
}
