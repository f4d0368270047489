import type { KnownPrincipal } from '../access/principal.ts';
import type { MediaEngines } from '../ports/media-engine.ts';
import type { ProjectWork } from '../projects/project-work.ts';
import type { Place, TaskFiles } from '../projects/task-files.ts';
import type { DatasetService } from './dataset-service.ts';
import { contentFacts, mediaTypeOf, storageFacts } from './file-facts.ts';

export interface IndexingWork {
  accountId: KnownPrincipal['accountId'];
  project: string;
  dataset: string;
  files: (Place & { said: Record<string, unknown> })[];
  /** Whether several were asked for in one. */
  batch: boolean;
}

const AT_ONCE = 2;
const DEADLINE_MS = 600_000;

/** Looks into files and records what it finds. */
export class FileIndexer {
  #datasets: DatasetService;
  #engines: MediaEngines;
  /** As a task: the answer does not wait for it. */
  readonly work: ProjectWork<IndexingWork>;
  constructor(dependencies: { datasets: DatasetService; engines: MediaEngines }) {
    this.#datasets = dependencies.datasets;
    this.#engines = dependencies.engines;
    this.work = {
      name: 'file-meta-index',
      taskType: 'FileMetaIndex',
      eventType: ({ batch }) => (batch ? 'imm:FileMeta:BatchIndex' : 'imm:FileMeta:Index'),
      concurrency: AT_ONCE,
      deadlineMs: DEADLINE_MS,
      run: async ({ accountId, project, dataset, files: asked }, { files, progress }) => {
        for (const [done, { said, ...place }] of asked.entries()) {
          await this.index({ accountId, project, dataset }, place, said, files);
          progress((100 * (done + 1)) / asked.length);
        }
        return { facts: { FileCount: asked.length } };
      },
      told: ({ dataset, files }, _, { FileCount = 0 }) => ({
        DatasetName: dataset,
        URIs: files.map(uriOf),
        Success: FileCount === files.length,
      }),
    };
  }

  /** Throws `AccessDenied`, `ObjectMissing`, `DatasetMissing` and `TooManyFiles`. */
  async index(
    name: { accountId: string; project: string; dataset: string },
    place: Place,
    said: Record<string, unknown>,
    files: TaskFiles,
  ): Promise<void> {
    const row = await files.find(place);
    const source = await files.source(place);
    const bucket = await files.bucket(place.bucket);
    const found = {
      ...(await contentFacts(source, mediaTypeOf(row), this.#engines, files.signal)),
      ...storageFacts(row, row.acl === 'default' ? bucket.acl : row.acl),
    };
    await this.#datasets.found({ ...name, uri: uriOf(place) }, { size: row.size, found, said });
  }
}

const uriOf = ({ bucket, key }: Place): string => `oss://${bucket}/${key}`;
