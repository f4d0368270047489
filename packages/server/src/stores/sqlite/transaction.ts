import type { CommitEvent, Reads, Transaction } from '../../domain/ports/record-store.ts';
import { blobRecords } from './blobs.ts';
import { bucketRecords } from './buckets.ts';
import type { Database } from './connection.ts';
import { messageRecords } from './messages.ts';
import { objectRecords } from './objects.ts';
import { queueRecords } from './queues.ts';
import { taskRecords } from './tasks.ts';
import { topicRecords } from './topics.ts';
import { uploadRecords } from './uploads.ts';

function tables(database: Database) {
  return {
    buckets: bucketRecords(database),
    objects: objectRecords(database),
    uploads: uploadRecords(database),
    blobs: blobRecords(database),
    tasks: taskRecords(database),
    queues: queueRecords(database),
    messages: messageRecords(database),
    topics: topicRecords(database),
  };
}

/** All statements on the writing connection. What commands announce is collected in `events`. */
export function writingTransaction(database: Database, events: CommitEvent[]): Transaction {
  return { ...tables(database), announce: (event) => void events.push(event) };
}

/** The same statements on a connection that can only read, each on the newest committed state. */
export function committedReads(database: Database): Reads {
  return tables(database);
}
