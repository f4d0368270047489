import type { AccessService } from '../domain/access/access-service.ts';
import type { DatasetService } from '../domain/datasets/dataset-service.ts';
import type { FileIndexer } from '../domain/datasets/file-indexer.ts';
import type { IngestionService } from '../domain/ingestion/ingestion-service.ts';
import type { DocumentText } from '../domain/media/document-text.ts';
import type { MediaService } from '../domain/media/media-service.ts';
import type { BucketService } from '../domain/objects/bucket-service.ts';
import type { PictureService } from '../domain/pictures/picture-service.ts';
import type { ProjectService } from '../domain/projects/project-service.ts';
import type { ProjectTaskService } from '../domain/projects/project-task-service.ts';
import type { TaskService } from '../domain/tasks/task-service.ts';

/** What the actions of both versions are made of. */
export interface ImmServices {
  projects: ProjectService;
  media: MediaService;
  works: ProjectTaskService;
  pictures: PictureService;
  documentText: DocumentText;
  datasets: DatasetService;
  indexer: FileIndexer;
  ingestions: IngestionService;
  tasks: TaskService;
  buckets: BucketService;
  access: AccessService;
  region: string;
  /** As answers name this service: host and port, without a scheme. */
  endpoint(): string;
}
