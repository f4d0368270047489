import type { Commands } from '../commands.ts';
import type { ItemRecords, SettingRecords } from './bucket-settings.ts';
import type { DatasetRecords, FileMetaRecords } from './dataset-records.ts';
import type { EventRecords } from './event-records.ts';
import type {
  AccessKeyRecords,
  AccountRecords,
  AttachmentRecords,
  IdentityRecords,
  MembershipRecords,
  PolicyVersionRecords,
} from './identity-records.ts';
import type { ArrivalRecords, IngestionRecords } from './ingestion-records.ts';
import type { BlobRecords, BucketRecords, ObjectRecords, UploadRecords, VersionRecords } from './object-records.ts';
import type { BindingRecords, ProjectRecords } from './project-records.ts';
import type { MessageRecords, PushRecords, QueueRecords, TopicRecords } from './queue-records.ts';
import type { TaskRecords } from './task-records.ts';

/** SQLite answers at once, PostgreSQL later: commands `await` either. */
export type Awaitable<T> = T | Promise<T>;

/** One record as stored, and the same record as it is handed to an insert, before it has a number of its own. */
export type Unsaved<Row extends { id: number }> = Omit<Row, 'id'>;

/**
 * What a command sees: all tables, inside one transaction. Methods are statements, not rules: every decision (may this
 * be overwritten? is this receipt handle still good?) stands in the command, so that it is written once for all stores.
 */
export interface Transaction {
  readonly buckets: BucketRecords;
  readonly objects: ObjectRecords;
  readonly versions: VersionRecords;
  readonly uploads: UploadRecords;
  readonly blobs: BlobRecords;
  readonly tasks: TaskRecords;
  readonly events: EventRecords;
  readonly queues: QueueRecords;
  readonly messages: MessageRecords;
  readonly topics: TopicRecords;
  readonly pushes: PushRecords;
  readonly settings: SettingRecords;
  readonly items: ItemRecords;
  readonly identities: IdentityRecords;
  readonly accessKeys: AccessKeyRecords;
  readonly memberships: MembershipRecords;
  readonly attachments: AttachmentRecords;
  readonly policyVersions: PolicyVersionRecords;
  readonly accounts: AccountRecords;
  readonly projects: ProjectRecords;
  readonly bindings: BindingRecords;
  readonly ingestions: IngestionRecords;
  readonly arrivals: ArrivalRecords;
  readonly datasets: DatasetRecords;
  readonly fileMetas: FileMetaRecords;
  /** Announces something to listeners in every process, once this transaction has committed and not otherwise. */
  announce(event: CommitEvent): void;
}

/** What listeners are told after a commit. A hint to look again, never the truth itself: events may be lost or repeated. */
export type CommitEvent =
  /** A message may have become receivable, or will at `atMs`. */
  | { type: 'queue-changed'; queueId: number; atMs: number }
  | { type: 'queue-deleted'; queueId: number }
  /** A message will be a dead letter at `atMs`, unless it is deleted before. */
  | { type: 'message-dying'; atMs: number }
  /** A push of a subscription is due, or will be at `atMs`, or all are to go. */
  | { type: 'pushes-changed'; subscriptionId: number; atMs: number }
  /** A task may be claimable. */
  | { type: 'task-added'; kind: string }
  | { type: 'task-ended'; taskId: string }
  /** A batch, trigger or binding came, went, or is to do something else. */
  | { type: 'ingestions-changed' }
  /** There is an object that some trigger or binding waited for. */
  | { type: 'object-arrived' }
  /** The webhook may have something to be told. */
  | { type: 'event-recorded' }
  /** Who there is, their keys, or what they may do: nothing remembered of it holds any longer. */
  | { type: 'identities-changed' };

type ReadMethods<R, Names extends keyof R> = Pick<R, Names>;

/** The read-only half of the same statements: what may be asked outside a transaction. Sees committed data only. */
export interface Reads {
  readonly buckets: ReadMethods<BucketRecords, 'byName' | 'list' | 'all' | 'byId'>;
  readonly objects: ReadMethods<ObjectRecords, 'get' | 'page' | 'any'>;
  readonly versions: ReadMethods<VersionRecords, 'get' | 'newest' | 'page' | 'any'>;
  readonly uploads: ReadMethods<UploadRecords, 'get' | 'parts' | 'page' | 'any'>;
  readonly blobs: ReadMethods<BlobRecords, 'content' | 'marked' | 'known' | 'garbage' | 'page' | 'users'>;
  readonly tasks: ReadMethods<TaskRecords, 'get' | 'page' | 'counts' | 'waitingSince' | 'pinned' | 'search'>;
  readonly events: ReadMethods<EventRecords, 'page' | 'next'>;
  readonly queues: ReadMethods<QueueRecords, 'byName' | 'byId' | 'page'>;
  readonly messages: ReadMethods<MessageRecords, 'counts' | 'firstVisibleMs' | 'nextDeathMs'>;
  readonly topics: ReadMethods<
    TopicRecords,
    'byName' | 'byId' | 'page' | 'subscription' | 'subscriptionById' | 'subscriptions'
  >;
  readonly pushes: ReadMethods<PushRecords, 'get' | 'givenUp' | 'subscriptions' | 'waiting'>;
  readonly settings: ReadMethods<SettingRecords, 'of' | 'get'>;
  readonly items: ReadMethods<ItemRecords, 'get' | 'page' | 'named'>;
  readonly identities: ReadMethods<IdentityRecords, 'byName' | 'byId' | 'byUid' | 'page'>;
  readonly accessKeys: ReadMethods<AccessKeyRecords, 'get' | 'ofUser'>;
  readonly memberships: ReadMethods<MembershipRecords, 'ofGroup' | 'ofUser'>;
  readonly attachments: ReadMethods<AttachmentRecords, 'ofHolder' | 'ofPolicy'>;
  readonly policyVersions: ReadMethods<PolicyVersionRecords, 'get' | 'ofPolicy'>;
  readonly accounts: ReadMethods<AccountRecords, 'get'>;
  readonly projects: ReadMethods<ProjectRecords, 'get' | 'page'>;
  readonly bindings: ReadMethods<BindingRecords, 'get' | 'page'>;
  readonly ingestions: ReadMethods<IngestionRecords, 'get' | 'page' | 'active'>;
  readonly arrivals: ReadMethods<ArrivalRecords, 'next'>;
  readonly datasets: ReadMethods<DatasetRecords, 'get' | 'page' | 'totals'>;
  readonly fileMetas: ReadMethods<FileMetaRecords, 'get' | 'page'>;
}

/**
 * Where records live. Everything that changes goes through `transact`: a named command, run alone in a transaction,
 * answered once the transaction is on stable storage. Commands that arrive together share one commit and one fsync.
 */
export interface RecordStore {
  readonly reads: Reads;
  /**
   * Runs a command. Rejects with the `DomainError` the command threw, having changed nothing; with `StorageReadOnly`
   * once a commit has failed to reach the disk.
   */
  transact<N extends keyof Commands>(
    name: N,
    input: Parameters<Commands[N]>[1],
  ): Promise<Awaited<ReturnType<Commands[N]>>>;
  /** Registers a listener for committed events; the returned function removes it. */
  onCommit(listener: (event: CommitEvent) => void): () => void;
  /** Commits once with nothing to change, to prove that the store can. */
  probe(): Promise<void>;
  close(): Promise<void>;
}
