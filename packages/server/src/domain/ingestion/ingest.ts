import type { Operation } from '@millrace/process';
import { principalOf } from '../access/kept-principal.ts';
import { matchesWildcard } from '../access/policy/wildcard.ts';
import { mediaTypeOf } from '../datasets/file-facts.ts';
import type { FileIndexer } from '../datasets/file-indexer.ts';
import type { Identities } from '../identities.ts';
import type { MediaService } from '../media/media-service.ts';
import { readProcess } from '../media/process-text.ts';
import type { IngestionRow } from '../ports/ingestion-records.ts';
import type { ProjectTaskService } from '../projects/project-task-service.ts';
import type { Ingest } from './ingestion-keeper.ts';

/** Time for a look into one file, in milliseconds. */
const LOOK_MS = 120_000;

/** What batches, triggers and bindings do with an object: tasks, or a look into it for a dataset. */
export function createIngest(services: {
  media: MediaService;
  works: ProjectTaskService;
  indexer: FileIndexer;
  identities: Identities;
}): Ingest {
  const { media, works, indexer, identities } = services;
  return async (row, { bucket, key, id }) => {
    const { asker, processes = [], dataset, topic, tags } = row.about;
    if (key.endsWith('/') || !matches(row, key)) return 'skipped';
    const principal = principalOf(asker);
    const { accountId, project } = row;
    if (dataset !== undefined) {
      await using files = works.files(principal, AbortSignal.timeout(LOOK_MS));
      await indexer.index({ accountId, project, dataset }, { bucket: bucket.name, key }, {}, files);
      return 'submitted';
    }
    let submitted = 0;
    for (const [index, process] of processes.entries()) {
      const { stages, save } = readProcess(process, 'async');
      const operation = stages[0]?.[0];
      if (operation === undefined || save === undefined || !suits(operation, key)) continue;
      const target = { bucket: save.bucket ?? bucket.name, key: save.key };
      await media.accept({
        principal,
        requestId: identities.uuid().toUpperCase(),
        source: { bucket: bucket.name, key },
        steps: [{ operation, target }],
        project,
        ...(topic && { topic }),
        about: { ...(tags && { tags }), definition: JSON.stringify({ Id: row.id, Process: process }) },
        id: taskId(operation, id, index),
      });
      submitted += 1;
    }
    return submitted > 0 ? 'submitted' : 'skipped';
  };
}

function matches({ about }: IngestionRow, key: string): boolean {
  const { Input } = about.wire as { Input?: { OSS?: { MatchExpressions?: string[] } } };
  const { MatchExpressions: expressions = [] } = Input?.OSS ?? {};
  return expressions.length === 0 || expressions.some((expression) => matchesWildcard(expression, key));
}

/** Whether the key is that of a file which the operation is for; one whose source is told takes any. */
function suits(operation: Operation, key: string): boolean {
  if (operation.name === 'doc/convert') {
    return operation.params.source !== undefined || mediaTypeOf({ key, headers: {} }) === 'document';
  }
  const type = mediaTypeOf({ key, headers: {} });
  return operation.name.startsWith('audio/') ? type === 'audio' || type === 'video' : type === 'video';
}

/** The same for the same object on the same occasion. */
function taskId({ name }: Operation, id: string, index: number): string {
  const digits = `${id.slice(0, 31)}${(Number.parseInt(id.slice(31), 16) ^ index).toString(16)}`;
  const uuid = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)];
  return `${name === 'doc/convert' ? 'formatconvert' : 'MediaConvert'}-${uuid.join('-')}`;
}
