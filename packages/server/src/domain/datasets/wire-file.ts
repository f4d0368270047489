import type { FileMetaRow } from '../ports/dataset-records.ts';

const BEIJING_MS = 8 * 3_600_000;

/** "RFC 3339 with nine digits and +08:00." Queries compare it, so it is part of what is known. */
const inBeijing = (ms: number): string => new Date(ms + BEIJING_MS).toISOString().replace('Z', '000000+08:00');

/** All that is known of a file, as queries and answers have it: what somebody said goes before what was found. */
export function fileOf({
  accountId,
  project,
  dataset,
  uri,
  createdMs,
  modifiedMs,
  file,
}: FileMetaRow): Record<string, unknown> {
  const { found = {}, said = {} } = file as { found?: object; said?: object };
  return {
    ...found,
    ...said,
    OwnerId: accountId,
    ProjectName: project,
    DatasetName: dataset,
    ObjectType: 'file',
    URI: uri,
    CreateTime: inBeijing(createdMs),
    UpdateTime: inBeijing(modifiedMs),
  };
}
