import type { CommitEvent, Reads, Transaction } from '../../domain/ports/record-store.ts';
import { blobRecords } from './blobs.ts';
import { itemRecords, settingRecords } from './bucket-settings.ts';
import { bucketRecords } from './buckets.ts';
import type { Database } from './database.ts';
import { datasetRecords, fileMetaRecords } from './datasets.ts';
import { eventRecords } from './events.ts';
import {
  accessKeyRecords,
  accountRecords,
  attachmentRecords,
  identityRecords,
  membershipRecords,
  policyVersionRecords,
} from './identities.ts';
import { arrivalRecords, ingestionRecords } from './ingestions.ts';
import { messageRecords } from './messages.ts';
import { objectRecords } from './objects.ts';
import { bindingRecords, projectRecords } from './projects.ts';
import { pushRecords } from './pushes.ts';
import { queueRecords } from './queues.ts';
import { taskRecords } from './tasks.ts';
import { topicRecords } from './topics.ts';
import { uploadRecords } from './uploads.ts';
import { versionRecords } from './versions.ts';

function tables(database: Database) {
  return {
    buckets: bucketRecords(database),
    objects: objectRecords(database),
    versions: versionRecords(database),
    uploads: uploadRecords(database),
    blobs: blobRecords(database),
    tasks: taskRecords(database),
    events: eventRecords(database),
    queues: queueRecords(database),
    messages: messageRecords(database),
    topics: topicRecords(database),
    pushes: pushRecords(database),
    settings: settingRecords(database),
    items: itemRecords(database),
    identities: identityRecords(database),
    accessKeys: accessKeyRecords(database),
    memberships: membershipRecords(database),
    attachments: attachmentRecords(database),
    policyVersions: policyVersionRecords(database),
    accounts: accountRecords(database),
    projects: projectRecords(database),
    bindings: bindingRecords(database),
    ingestions: ingestionRecords(database),
    arrivals: arrivalRecords(database),
    datasets: datasetRecords(database),
    fileMetas: fileMetaRecords(database),
  };
}

/** What a transaction has done so far besides its rows. */
export interface Effects {
  /** What its commands announced. */
  events: CommitEvent[];
  /** Whether any of them may have written a bucket, or what is set on one. */
  bucketsWritten: boolean;
  /** Whether any of them may have written a queue, messages in it apart. */
  queuesWritten: boolean;
}

/** All statements on the writing connection. */
export function writingTransaction(database: Database, effects: Effects): Transaction {
  const { buckets, settings, items, queues, ...others } = tables(database);
  const noting =
    (what: 'bucketsWritten' | 'queuesWritten') =>
    <A extends unknown[], R>(write: (...words: A) => R): ((...words: A) => R) => {
      return (...words) => {
        effects[what] = true;
        return write(...words);
      };
    };
  const noted = noting('bucketsWritten');
  const notedQueue = noting('queuesWritten');
  return {
    ...others,
    buckets: {
      ...buckets,
      insert: noted(buckets.insert),
      update: noted(buckets.update),
      remove: noted(buckets.remove),
    },
    settings: {
      ...settings,
      put: noted(settings.put),
      remove: noted(settings.remove),
      removeAll: noted(settings.removeAll),
    },
    queues: {
      ...queues,
      insert: notedQueue(queues.insert),
      update: notedQueue(queues.update),
      remove: notedQueue(queues.remove),
    },
    items: { ...items, put: noted(items.put), remove: noted(items.remove), removeAll: noted(items.removeAll) },
    announce: (event) => void effects.events.push(event),
  };
}

/** The same statements on a connection that can only read, each on the newest committed state. */
export function committedReads(database: Database): Reads {
  return tables(database);
}
