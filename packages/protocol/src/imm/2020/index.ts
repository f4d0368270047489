import type { RpcService } from '../../rpc/index.ts';
import * as archive from './archive.ts';
import * as blindWatermark from './blind-watermark.ts';
import * as bucketAttachment from './bucket-attachment.ts';
import * as dataset from './dataset.ts';
import * as fileMeta from './file-meta.ts';
import * as ingestion from './ingestion.ts';
import * as mediaConvert from './media-convert.ts';
import * as officeConversion from './office-conversion.ts';
import * as pictures from './pictures.ts';
import * as project from './project.ts';
import * as task from './task.ts';
import * as videoPlaylist from './video-playlist.ts';

export type { WireArchiveSource } from './archive.ts';
export type { WireAttachment } from './bucket-attachment.ts';
export type { WireBinding, WireDataset } from './dataset.ts';
export type { WireAggregation, WireFile, WireInputFile } from './file-meta.ts';
export type { WireIngestion, WireIngestionAction } from './ingestion.ts';
export type { WireMediaSource, WireMediaTarget, WireTargetGroup } from './media-convert.ts';
export type { WireCode, WireMosaicTarget } from './pictures.ts';
export type { WireProject } from './project.ts';
export type { WireTask } from './task.ts';
export type { WirePlaylistTarget } from './video-playlist.ts';

/** The actions that are served, by their names in small. */
export const imm2020Operations = {
  ...project,
  ...bucketAttachment,
  ...task,
  ...officeConversion,
  ...mediaConvert,
  ...archive,
  ...pictures,
  ...dataset,
  ...fileMeta,
  ...ingestion,
  ...videoPlaylist,
  ...blindWatermark,
} as const;

export type Imm2020Operations = typeof imm2020Operations;

/** What only trained models can answer. */
const unavailable = [
  ...['AddStoryFiles', 'CreateStory', 'CreateCustomizedStory', 'DeleteStory', 'GetStory', 'QueryStories'],
  ...['RemoveStoryFiles', 'UpdateStory', 'BatchGetFigureCluster', 'GetFigureCluster', 'QueryFigureClusters'],
  ...['UpdateFigureCluster', 'SearchImageFigureCluster', 'CreateFigureClusteringTask'],
  ...['CreateFigureClustersMergingTask', 'CreateFacesSearchingTask', 'CompareImageFaces', 'ContextualAnswer'],
  ...['ContextualRetrieval', 'SemanticQuery', 'CreateHighlightTask', 'CreateImageModerationTask'],
  ...['GetImageModerationResult', 'CreateVideoModerationTask', 'GetVideoModerationResult'],
  ...['CreateVideoLabelClassificationTask', 'GetVideoLabelClassificationResult', 'DetectImageBodies'],
  ...['DetectImageCars', 'DetectImageCropping', 'DetectImageFaces', 'DetectImageLabels', 'DetectImageScore'],
  ...['DetectImageTexts', 'DetectTextAnomaly', 'CreateSimilarImageClusteringTask', 'QuerySimilarImageClusters'],
  ...['CreateLocationDateClusteringTask', 'QueryLocationDateClusters', 'UpdateLocationDateCluster'],
  ...['DeleteLocationDateCluster'],
];

/** Media tasks by their own API, as today's clients speak it. */
export const imm2020: RpcService = {
  name: 'Imm',
  versions: ['2020-09-30'],
  operations: Object.values(imm2020Operations),
  unavailable,
  notImplemented: [
    ...unavailable,
    'CreateCompressPointCloudTask',
    ...['GenerateWebofficeToken', 'RefreshWebofficeToken'],
    'GetDRMLicense',
  ],
};
