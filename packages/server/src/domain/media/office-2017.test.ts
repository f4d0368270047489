import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { DomainError } from '../errors.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { notificationBody2017, officeFailure2017 } from './office-2017.ts';

const body = (id: string, time: string): string => {
  const result = { targets: [], targetCount: 5, pages: 5 };
  return notificationBody2017({ id } as TaskRow, { state: 'Succeeded', result }, Date.parse(time));
};

describe('the notification of 2017', () => {
  it('has the digests of the messages that the vendor has printed', () => {
    for (const [id, time, digest] of [
      ['723f6489-2e91-4475-93a2-41bbedf76d1f', '2018-11-14T09:51:20.342Z', 'FF48C799CEF8997625D00B364D7471D1'],
      ['c54b5836-5270-4beb-a5e5-ceb7627e5c98', '2018-11-14T09:51:47.941Z', '9D7EAD233258273ADC9C7FB496FE9316'],
      ['2aaeaeb0-7082-4330-8489-42dcd1b877c6', '2018-11-14T09:52:09.584Z', '93B11711E9F2836CC4E65838DD6DD81D'],
    ] as const) {
      assert.equal(createHash('md5').update(body(id, time)).digest('hex').toUpperCase(), digest);
    }
  });

  it('tells a failure by its code, with nothing done', () => {
    const failed = { state: 'Failed' as const, code: 'OpenFileError', message: 'x', result: null };
    const [event] = JSON.parse(notificationBody2017({ id: 't' } as TaskRow, failed, 0)).events;
    assert.deepEqual(event.imm, { code: 'OpenFileError', pageCount: '0', percent: '0', taskId: 't' });
  });
});

describe('failures of 2017', () => {
  it('have the words of their time, each for what went wrong', () => {
    const codes = [
      new DomainError('MediaTooLarge', { limit: 'time', reason: '' }),
      new DomainError('MediaTooLarge', { limit: 'pages', reason: '' }),
      new DomainError('BlobDamaged', { blob: '', reason: '' }),
      new DomainError('MediaUnreadable', { reason: '' }),
      new DomainError('BucketMissing', { bucket: '' }),
      new DomainError('StorageReadOnly', { reason: '' }),
      new Error('a defect'),
    ].map((error) => officeFailure2017(error).code);
    assert.deepEqual(codes, [
      ...['ConvertTimeout', 'UnsupportedSrcFile', 'FailedToDownloadSrcFile', 'OpenFileError', 'WriteTgtUriFailed'],
      ...['InvokeOSSFailed', 'InternalError'],
    ]);
  });
});
