import type { InputOf, Operation, PartialOf, ResultOf } from '@millrace/protocol/mns';
import type { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import type { QueueService } from '../domain/queues/queue-service.ts';
import type { TopicService } from '../domain/queues/topic-service.ts';

/** What a handler may use besides its input. */
export interface Context {
  queues: QueueService;
  topics: TopicService;
  account: MessagingAccounts;
  /** Whose key signed the request. */
  accountId: string;
  /** Throws `AccessDenied` unless the caller may do this, too, to what has this name. */
  require(action: Operation['action'], name: string): Promise<void>;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
  /** `http://{host}`, for the URLs in answers. */
  baseUrl: string;
}

/** How an operation ended well, or, for a batch, in part. */
export type Reply<R, P> =
  | {
      value?: R;
      /** Path of what was made; `existed` says that it was there already. */
      location?: string;
      existed?: boolean;
      /** Called when the answer could not be handed over to the client. */
      undelivered?: () => Promise<void>;
    }
  | { partial: P };

export interface Handler {
  operation: Operation;
  run(input: unknown, context: Context): Promise<Reply<unknown, unknown>>;
}

/** Joins a declaration with what it does. */
export function handle<O extends Operation>(
  operation: O,
  run: (input: InputOf<O>, context: Context) => Promise<Reply<ResultOf<O>, PartialOf<O>>>,
): Handler {
  // The declaration that gives the input its type is the one that decodes it.
  return { operation, run: run as Handler['run'] };
}
