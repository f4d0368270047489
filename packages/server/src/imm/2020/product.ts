import { type Imm2020Operations, imm2020 } from '@millrace/protocol/imm';
import type { RpcHandler, RpcProduct } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { immRefusal } from '../wire-errors.ts';
import { archiveHandlers } from './archive.ts';
import { blindWatermarkHandlers } from './blind-watermark.ts';
import { bucketAttachmentHandlers } from './bucket-attachment.ts';
import { datasetHandlers } from './dataset.ts';
import { fileMetaHandlers } from './file-meta.ts';
import { ingestionHandlers } from './ingestion.ts';
import { mediaConvertHandlers } from './media-convert.ts';
import { officeConversionHandlers } from './office-conversion.ts';
import { pictureHandlers } from './pictures.ts';
import { projectHandlers } from './project.ts';
import { taskHandlers } from './task.ts';
import { videoPlaylistHandlers } from './video-playlist.ts';

/** One for each action declared as served: leaving one out does not compile. */
export function imm2020Product(services: ImmServices): RpcProduct {
  const handlers: Readonly<Record<keyof Imm2020Operations, RpcHandler>> = {
    ...projectHandlers(services),
    ...bucketAttachmentHandlers(services),
    ...taskHandlers(services),
    ...officeConversionHandlers(services),
    ...mediaConvertHandlers(services),
    ...archiveHandlers(services),
    ...pictureHandlers(services),
    ...datasetHandlers(services),
    ...fileMetaHandlers(services),
    ...ingestionHandlers(services),
    ...videoPlaylistHandlers(services),
    ...blindWatermarkHandlers(services),
  };
  return { service: imm2020, handlers: Object.values(handlers), refusal: immRefusal('2020') };
}
