import { archiveFileInspection } from '../archives/archive-file-inspection.ts';
import { fileCompression } from '../archives/file-compression.ts';
import { fileUncompression } from '../archives/file-uncompression.ts';
import { imageSplicing } from '../pictures/image-splicing.ts';
import { imageToPdf } from '../pictures/image-to-pdf.ts';
import type { TaskKind } from '../tasks/task-kind.ts';
import { projectTaskKind, type WorkServices } from './project-work.ts';

/** Every kind of work that projects have. */
export const projectWorks = [
  fileCompression,
  fileUncompression,
  archiveFileInspection,
  imageToPdf,
  imageSplicing,
] as const;

export const projectTaskKinds = (services: WorkServices): TaskKind[] => [
  projectTaskKind(fileCompression, services),
  projectTaskKind(fileUncompression, services),
  projectTaskKind(archiveFileInspection, services),
  projectTaskKind(imageToPdf, services),
  projectTaskKind(imageSplicing, services),
];
