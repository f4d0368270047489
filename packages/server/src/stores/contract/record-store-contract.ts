import { afterEach, beforeEach } from 'node:test';
import { queueRecordsContract } from './queue-records-contract.ts';
import { blobRecordContract } from './records/blob-records.ts';
import { bucketRecordContract } from './records/bucket-records.ts';
import { datasetRecordContract } from './records/dataset-records.ts';
import { eventRecordContract } from './records/event-records.ts';
import { identityRecordContract } from './records/identity-records.ts';
import { killedWriterContract } from './records/killed-writer.ts';
import { objectRecordContract } from './records/object-records.ts';
import { projectRecordContract } from './records/project-records.ts';
import { type RecordStoreHarness, recordsUnderTest } from './records/records-under-test.ts';
import { taskRecordContract } from './records/task-records.ts';
import { transactionContract } from './records/transactions.ts';
import { uploadRecordContract } from './records/upload-records.ts';
import { versionRecordContract } from './records/version-records.ts';

/** What every record store does, whatever it is made of: one file for each kind of record. */
export function recordStoreContract(harness: RecordStoreHarness): void {
  const on = recordsUnderTest(harness, { beforeEach, afterEach });
  transactionContract(on);
  bucketRecordContract(on);
  objectRecordContract(on);
  versionRecordContract(on);
  uploadRecordContract(on);
  blobRecordContract(on);
  taskRecordContract(on);
  eventRecordContract(on);
  queueRecordsContract(() => on.store, on.cases);
  projectRecordContract(on);
  datasetRecordContract(on);
  identityRecordContract(on);
  killedWriterContract(on);
}
