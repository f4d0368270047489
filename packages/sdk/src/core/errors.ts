/** What a service refused, as it said it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  /** The vendor's code, such as `NoSuchKey`. */
  readonly code: string;
  readonly status: number;
  /** The vendor's finer classification; empty when the service gave none. */
  readonly ec: string;
  /** What the service's operators find a request by. */
  readonly requestId: string;
  readonly operation: string;
  /** Further elements of the answer by name, such as `StringToSign`. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(facts: {
    code: string;
    message: string;
    status: number;
    operation: string;
    ec?: string;
    requestId?: string;
    details?: Record<string, string>;
    headers?: Record<string, string>;
  }) {
    super(`${facts.operation}: ${facts.code} (${facts.status}): ${facts.message}`);
    this.code = facts.code;
    this.status = facts.status;
    this.operation = facts.operation;
    this.ec = facts.ec ?? '';
    this.requestId = facts.requestId ?? '';
    this.details = facts.details ?? {};
    this.headers = facts.headers ?? {};
  }
}

/** The connection could not be made, or broke: whether the service acted is unknown. `cause` has the reason. */
export class NetworkError extends Error {
  override readonly name: string = 'NetworkError';
}

/** Nothing came or went for longer than a time-out allows. */
export class TimeoutError extends NetworkError {
  override readonly name = 'TimeoutError';
}

/** Bytes arrived that are not those that were sent. */
export class InconsistentError extends Error {
  override readonly name = 'InconsistentError';
  readonly expected: string;
  readonly actual: string;
  constructor(what: string, expected: string, actual: string) {
    super(`${what}: expected ${expected}, got ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The answer of a service cannot be read. */
export class MalformedAnswerError extends Error {
  override readonly name = 'MalformedAnswerError';
}

/** A request that no service could take: found before anything is sent. The message says what to change. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
}

/** No keys could be had from a credentials provider. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}
