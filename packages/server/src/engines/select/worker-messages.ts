import type { DomainErrorDetails } from '../../domain/errors.ts';
import type { CountQuery, RowCounts, SelectQuery } from '../../domain/ports/select-engine.ts';

/**
 * What the server and a select worker tell each other, in the frames of the image workers. A query is followed by the
 * object's bytes and their end, which also follows when the worker has ended the query before it has read all of them.
 */
export type ToSelectWorker = { type: 'query'; query: SelectQuery | CountQuery } | { type: 'bytes' } | { type: 'eof' };

export type FromSelectWorker =
  | { type: 'rows'; scanned: number }
  | { type: 'progress'; scanned: number }
  | { type: 'end'; scanned: number; memoryBytes: number; counts?: RowCounts }
  | { type: 'refused'; details: DomainErrorDetails['SelectFailed']; memoryBytes: number };
