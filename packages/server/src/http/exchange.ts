import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** One request and its answer, as every front end gets it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** 24 upper-case hex digits; also what the log line carries. */
  readonly requestId: string;
  /** Server time at arrival, ms. */
  readonly receivedMs: number;
  /** Aborted when the client has gone or the server is past its drain time. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Set by the front end once known: the operation's name, for the log line and the metrics. */
  operation: string;
  /** Tells a client that sent `Expect: 100-continue` to go on; does nothing otherwise. Body readers call it. */
  continueBody(): void;
}

/** A protocol spoken on the main port. Answers every request, errors included; what it throws is a defect. */
export interface FrontEnd {
  handle(exchange: Exchange): Promise<void>;
}

/** Which protocol a request speaks, decided once by what it carries. */
export type Protocol = 'mns' | 'rpc' | 'oss';
