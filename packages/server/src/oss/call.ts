import type { InputOf, Operation, OutputOf } from '@millrace/protocol/oss';
import type { AccessService } from '../domain/access/access-service.ts';
import type { IdentityService } from '../domain/access/identity-service.ts';
import type { Principal } from '../domain/access/principal.ts';
import type { CallbackService } from '../domain/callbacks/callback-service.ts';
import type { ProcessService } from '../domain/media/process-service.ts';
import type { AccessTimes } from '../domain/objects/access-times.ts';
import type { BucketService } from '../domain/objects/bucket-service.ts';
import type { ObjectService } from '../domain/objects/object-service.ts';
import type { RetentionService } from '../domain/objects/retention-service.ts';
import type { UploadService } from '../domain/objects/upload-service.ts';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { SelectService } from '../domain/select/select-service.ts';
import type { DomainService } from '../domain/settings/domain-service.ts';
import type { SettingsService } from '../domain/settings/settings-service.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Authenticator } from './authenticate.ts';

/** What OSS operations work on. */
export interface OssServices {
  buckets: BucketService;
  settings: SettingsService;
  domains: DomainService;
  objects: ObjectService;
  accessTimes: AccessTimes;
  uploads: UploadService;
  retentions: RetentionService;
  access: AccessService;
  accounts: IdentityService;
  process: ProcessService;
  select: SelectService;
  callbacks: CallbackService;
}

/** One authenticated request, as handlers see it. */
export interface Call extends OssServices {
  exchange: Exchange;
  principal: Principal;
  /** For what is signed in its body, which only a handler reads. */
  authenticator: Authenticator;
  /** Lets a body through at the rate that the request asked for, in bits per second, if it did. */
  pace(bytes: AsyncIterable<Uint8Array>, trafficLimit: number | undefined): AsyncIterable<Uint8Array>;
  /** Called for an object that was stored, if its key is not that of the request. */
  arrived?: ((bucket: BucketRow, key: string) => Promise<void> | undefined) | undefined;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
  /** Such as `cn-hangzhou`. */
  region: string;
  /** Under which clients reach this server, without a slash at the end. */
  publicUrl: string;
}

/** A call about a bucket that exists; the operation's action on it is allowed. */
export interface BucketCall extends Call {
  bucket: BucketRow;
}

type CallOf<Op> = Op extends Operation<'service'> ? Call : BucketCall;

/** Does what a declaration declares. Input and output have the types that follow from it. */
export interface Handler {
  operation: Operation;
  run(input: Record<string, unknown>, call: BucketCall): Promise<Record<string, unknown>>;
}

// A handler is only ever run with the input and the call that its own declaration asks for, so the types may be forgotten
// here, and only here.
const forget = (run: unknown): Handler['run'] => run as Handler['run'];

export function handle<Op extends Operation>(
  operation: Op,
  run: (input: InputOf<Op>, call: CallOf<Op>) => Promise<OutputOf<Op>>,
): Handler {
  return { operation, run: forget(run) };
}

/** For operations that make a bucket: there may be none yet. */
export function handleWithoutBucket<Op extends Operation>(
  operation: Op,
  run: (input: InputOf<Op>, call: Call & Partial<BucketCall>) => Promise<OutputOf<Op>>,
): Handler {
  return { operation, run: forget(run) };
}
