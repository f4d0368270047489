import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aNumber, anything, aText, json, listOf, members, type Shape } from '../json.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';

const source = members({ URI: aText, Rotate: aNumber });

/** "At most 100 pictures." */
export const createImageToPdfTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateImageToPDFTask',
  action: 'imm:CreateImageToPDFTask',
  resource: 'project/{ProjectName}',
  input: { ...taskRequest, Sources: required(json(listOf(source, 100))), TargetURI: required(text) },
});

/** "At most 10 pictures." */
export const createImageSplicingTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateImageSplicingTask',
  action: 'imm:CreateImageSplicingTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    Sources: required(json(listOf(source, 10))),
    TargetURI: required(text),
    Direction: optional(text),
    Align: optional(wholeNumber),
    ScaleType: optional(text),
    Padding: optional(wholeNumber),
    Margin: optional(wholeNumber),
    BackgroundColor: optional(text),
    ImageFormat: optional(text),
    Quality: optional(wholeNumber),
  },
});

const mosaicTarget = members({
  Type: aText,
  Boundary: members({ X: aNumber, Y: aNumber, Width: aNumber, Height: aNumber, ReferPos: aText }),
  MosaicRadius: aNumber,
  BlurRadius: aNumber,
  Sigma: aNumber,
  Color: aText,
});

export type WireMosaicTarget = typeof mosaicTarget extends Shape<infer T> ? T : never;

export const addImageMosaic = rpcOperation<object>()({
  name: 'AddImageMosaic',
  action: 'imm:AddImageMosaic',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    SourceURI: required(text),
    TargetURI: required(text),
    Targets: required(json(listOf(mosaicTarget, 20))),
    ImageFormat: optional(text),
    Quality: optional(wholeNumber),
    CredentialConfig: optional(json(anything)),
  },
});

export interface WireCode {
  Type: 'qrcode' | 'barcode';
  Content: string;
  Confidence: number;
  Boundary: { Left: number; Top: number; Width: number; Height: number };
}

export const detectImageCodes = rpcOperation<{ Codes: WireCode[] }>()({
  name: 'DetectImageCodes',
  action: 'imm:DetectImageCodes',
  resource: 'project/{ProjectName}',
  input: { ProjectName: required(text), SourceURI: required(text), CredentialConfig: optional(json(anything)) },
});
