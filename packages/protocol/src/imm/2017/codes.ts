import { required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { aText, json, listOf } from '../json.ts';

export interface WireRectangle {
  Left: number;
  Top: number;
  Width: number;
  Height: number;
}

export const detectQrCodes = rpcOperation<{
  SuccessDetails: { SrcUri: string; QRCodes: { Content: string; QRCodesRectangle: WireRectangle }[] }[];
  FailDetails: { SrcUri: string; ErrorCode: string; ErrorMessage: string }[];
}>()({
  name: 'DetectQRCodes',
  action: 'imm:DetectQRCodes',
  resource: 'project/{Project}',
  input: { Project: required(text), SrcUris: required(json(listOf(aText, 100))) },
});

export const detectImageQrCodes = rpcOperation<{
  ImageUri: string;
  QRCodes: { Content: string; QRCodeBoundary: WireRectangle }[];
}>()({
  name: 'DetectImageQRCodes',
  action: 'imm:DetectImageQRCodes',
  resource: 'project/{Project}',
  input: { Project: required(text), ImageUri: required(text) },
});
