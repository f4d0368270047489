import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** How long a client may keep others waiting. */
export interface Patience {
  /** Of each such stretch of time that was spent waiting for more of a body, so many bytes a second must come. */
  readonly bodyFloor: { readonly bytesPerSecond: number; readonly windowMs: number };
  /** A client that has taken nothing of its answer for this long is cut off. */
  readonly sendStallMs: number;
}

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
  readonly patience: Patience;
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
