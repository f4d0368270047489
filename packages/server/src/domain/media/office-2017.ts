import { isDomainError } from '../errors.ts';
import type { TaskRow } from '../ports/task-records.ts';
import type { TaskEnd } from '../tasks/commands.ts';
import type { TaskFailure } from '../tasks/task-kind.ts';
import { readResult } from './notification.ts';
import { mediaTaskFailure } from './task-failure.ts';

/** What the API of 2017 calls the ways in which a conversion can fail. */
export function officeFailure2017(error: unknown): TaskFailure {
  return { ...mediaTaskFailure(error), code: codeOf(error) };
}

function codeOf(error: unknown): string {
  if (isDomainError(error, 'MediaTooLarge'))
    return error.details.limit === 'time' ? 'ConvertTimeout' : 'UnsupportedSrcFile';
  if (isDomainError(error, 'BlobDamaged')) return 'FailedToDownloadSrcFile';
  if (isDomainError(error, 'MediaUnreadable')) return 'OpenFileError';
  if (isDomainError(error, 'MediaUnsupported') || isDomainError(error, 'ProcessInvalid')) return 'UnsupportedSrcFile';
  const writing = (['BucketMissing', 'ObjectExists', 'ObjectRetained', 'BodyTooLarge', 'AccessDenied'] as const).some(
    (kind) => isDomainError(error, kind),
  );
  if (writing) return 'WriteTgtUriFailed';
  return isDomainError(error, 'StorageReadOnly') ? 'InvokeOSSFailed' : 'InternalError';
}

/**
 * The text published at the end of a conversion in the vendor's format of 2017, to the byte: recorded messages have a
 * digest that fixes order, spacing and which numbers are texts.
 */
export function notificationBody2017(task: TaskRow, end: TaskEnd, endedMs: number): string {
  const done = end.state === 'Succeeded';
  const pages = done ? (readResult(end.result)?.pages ?? 0) : 0;
  return JSON.stringify({
    events: [
      {
        eventName: 'FormatConvertJob:JobFinished',
        eventSource: 'acs:imm',
        eventTime: new Date(endedMs).toISOString(),
        eventVersion: '1.0',
        imm: {
          code: done ? 'NoError' : end.code,
          pageCount: String(pages),
          percent: done ? '100' : '0',
          taskId: task.id,
        },
      },
    ],
  });
}
