import type { Principal } from '../access/principal.ts';
import type { BucketRow } from '../ports/object-records.ts';

/** One process string to be applied to one object. The implementation checks every permission that it needs. */
export interface ProcessRequest {
  principal: Principal;
  bucket: BucketRow;
  key: string;
  versionId?: string | undefined;
  /** The process string, decoded from the wire and not yet parsed. */
  process: string;
  /** The types of media that the reader accepts, as HTTP spells them: decides what `format,auto` is. */
  accept?: string | undefined;
}

/** What a synchronous read produced. The bytes stay available until they have been read or `signal` aborts. */
export interface ProcessedRead {
  contentType: string;
  size: number;
  /** Upper-case hex, without quotes. */
  etag: string;
  lastModifiedMs: number;
  /** As the source says of itself: for how long it may be kept. */
  cacheControl?: string | undefined;
  expires?: string | undefined;
  /** Whether another `accept` could have given another result. */
  byAccept: boolean;
  /** Whether the result was there already. */
  cache: 'hit' | 'miss';
  bytes(range?: { offset: number; length: number }): AsyncIterable<Uint8Array>;
}

/** Process strings, as the OSS front end hands them over. */
export interface ProcessService {
  /** A read with a process string: the produced bytes. */
  read(request: ProcessRequest & { signal: AbortSignal }): Promise<ProcessedRead>;
  /**
   * Processes and saves (`sys/saveas`) before it answers. `bucket` is the target that the string named, or '' when it
   * named none.
   */
  save(
    request: ProcessRequest & { signal: AbortSignal },
  ): Promise<{ bucket: string; key: string; fileSize: number; status: 'OK' }>;
  /** Makes the object that a request is for, which does not exist, as the string inside `if_status_eq_404{…}` says. */
  fill(request: ProcessRequest): Promise<void>;
  /** Accepts a durable task; what is wrong with the string, the source or the target is refused here. */
  submit(request: ProcessRequest): Promise<{ eventId: string; requestId: string; taskId: string }>;
}
