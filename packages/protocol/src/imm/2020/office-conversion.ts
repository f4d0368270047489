import { flag, optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { anyCase, wholeNumber } from '../codecs.ts';
import { anything, json } from '../json.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';

export const createOfficeConversionTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateOfficeConversionTask',
  action: 'imm:CreateOfficeConversionTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    SourceURI: required(text),
    SourceType: optional(text),
    TargetType: required(anyCase('png', 'jpg', 'pdf', 'txt')),
    TargetURI: optional(text),
    TargetURIPrefix: optional(text),
    StartPage: optional(wholeNumber),
    EndPage: optional(wholeNumber),
    Pages: optional(text),
    ImageDPI: optional(wholeNumber),
    Quality: optional(wholeNumber),
    ScalePercentage: optional(wholeNumber),
    LongPicture: optional(flag),
    LongText: optional(flag),
    FirstPage: optional(flag),
    SheetIndex: optional(wholeNumber),
    SheetCount: optional(wholeNumber),
    MaxSheetRow: optional(wholeNumber),
    MaxSheetColumn: optional(wholeNumber),
    FitToWidth: optional(flag),
    FitToHeight: optional(flag),
    PaperSize: optional(text),
    PaperHorizontal: optional(flag),
    ShowComments: optional(flag),
    HoldLineFeed: optional(flag),
    Password: optional(text),
    TrimPolicy: optional(json(anything)),
  },
});

/** "The text of a document, while the client waits." */
export const extractDocumentText = rpcOperation<{ DocumentText: string }>()({
  name: 'ExtractDocumentText',
  action: 'imm:ExtractDocumentText',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    SourceURI: required(text),
    SourceType: optional(text),
    CredentialConfig: optional(json(anything)),
  },
});
