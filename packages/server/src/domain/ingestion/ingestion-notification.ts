import { rfc3339 } from '../media/notification.ts';
import type { IngestionRow } from '../ports/ingestion-records.ts';

/** The text published when a batch is over. The vendor documents its type only; the members are those of its record. */
export function ingestionNotification(row: IngestionRow, eventId: string, region: string): string {
  const type = 'imm:Batch:Notification';
  const { accountId, project, modifiedMs: nowMs } = row;
  return JSON.stringify({
    id: eventId,
    source: 'acs.imm',
    type,
    subject: `acs:imm:${region}:${accountId}:${project}/${type}`,
    time: String(nowMs),
    content: JSON.stringify({
      ProjectName: project,
      Id: row.id,
      State: row.state,
      Message: row.about.reason ?? '',
      StartTime: rfc3339(row.createdMs),
      EndTime: rfc3339(nowMs),
      Statistic: { SubmitSuccess: row.submitted, SubmitFailure: row.failed, SkipFiles: row.skipped },
    }),
  });
}
