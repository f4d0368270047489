import type { RpcService } from '../../rpc/index.ts';
import * as codes from './codes.ts';
import * as mediaMeta from './media-meta.ts';
import * as officeConversion from './office-conversion.ts';
import * as project from './project.ts';

export type { WireOfficeTask } from './office-conversion.ts';
export type { WireProject2017 } from './project.ts';

/** The actions that are served, by their names in small. */
export const imm2017Operations = { ...project, ...officeConversion, ...codes, ...mediaMeta } as const;

export type Imm2017Operations = typeof imm2017Operations;

/** What only trained models can answer. */
const unavailable = [
  ...['DetectImageFaces', 'DetectImageBodies', 'DetectImageTags', 'DetectImageTexts', 'DetectImageLogos'],
  ...['DetectImageCelebrity', 'CompareImageFaces', 'FindSimilarFaces', 'ListFaceGroups', 'UpdateFaceGroup'],
  ...['CreateGroupFacesJob', 'CreateMergeFaceGroupsJob', 'GetImageQuality', 'GetImageCroppingSuggestions'],
  ...['CreateVideoAnalyseTask', 'CreateStreamAnalyseTask', 'StopStreamAnalyseTask', 'FindImagesByTagNames'],
];

/** Media tasks by their own API, as clients up to 2020 speak it. */
export const imm2017: RpcService = {
  name: 'Imm',
  versions: ['2017-09-06'],
  operations: Object.values(imm2017Operations),
  unavailable,
  notImplemented: [
    ...unavailable,
    ...['OpenImmService', 'DescribeRegions', 'ListProjectAPIs'],
    ...['CreateGrabFrameTask', 'CreateVideoCompressTask', 'CreateVideoProduceTask'],
    ...['CreateVideoAbstractTask', 'CreateMediaComplexTask', 'CreateImageProcessTask'],
    ...['GetVideoTask', 'ListVideoTasks', 'DeleteVideoTask'],
    ...['EncodeBlindWatermark', 'DecodeBlindWatermark'],
    ...['GetOfficePreviewURL', 'RefreshOfficePreviewToken', 'GetOfficeEditURL', 'RefreshOfficeEditToken'],
    ...['GetWebofficeURL', 'RefreshWebofficeToken', 'CreateCADConversionTask'],
    ...['CreateDocIndexTask', 'GetDocIndex', 'DeleteDocIndex', 'SearchDocIndex', 'UpdateDocIndexMeta'],
    ...['CreateSet', 'GetSet', 'UpdateSet', 'DeleteSet', 'ListSets', 'ListSetTags'],
    ...['IndexImage', 'GetImage', 'UpdateImage', 'DeleteImage', 'ListImages', 'FindImages'],
    ...['IndexVideo', 'GetVideo', 'DeleteVideo', 'ListVideos', 'ListVideoFrames', 'ListVideoAudios'],
    ...['GetContentKey', 'GetDRMLicense'],
  ],
};
