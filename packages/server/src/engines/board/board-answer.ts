import type { DomainErrorDetails } from '../../domain/errors.ts';
import type { FoundCode } from '../../domain/ports/picture-board.ts';
import type { WorkerRefusal } from '../image/worker-frames.ts';

/** What a process of the board says on its standard output. Without a `contentType` there is no output. */
export type BoardAnswer =
  | { type: 'done'; contentType: string; extension: string; codes: FoundCode[] }
  | { type: 'refused'; kind: WorkerRefusal; details: DomainErrorDetails[WorkerRefusal] };
