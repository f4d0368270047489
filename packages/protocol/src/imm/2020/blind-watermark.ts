import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import type { WireTask } from './task.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';

export const encodeBlindWatermark = rpcOperation<object>()({
  name: 'EncodeBlindWatermark',
  action: 'imm:EncodeBlindWatermark',
  resource: 'project/{ProjectName}',
  input: {
    ProjectName: required(text),
    SourceURI: required(text),
    TargetURI: required(text),
    Content: required(text),
    StrengthLevel: optional(text),
    ImageQuality: optional(wholeNumber),
  },
});

/** `Model` and the members that go with it belong to the older marks, which nobody writes any more. */
export const createDecodeBlindWatermarkTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateDecodeBlindWatermarkTask',
  action: 'imm:CreateDecodeBlindWatermarkTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    SourceURI: required(text),
    StrengthLevel: optional(text),
    WatermarkType: optional(text),
    Model: optional(text),
    OriginalImageURI: optional(text),
    TargetURI: optional(text),
    ImageQuality: optional(wholeNumber),
  },
});

export const getDecodeBlindWatermarkResult = rpcOperation<Omit<WireTask, 'RequestId' | 'Tags'> & { Content: string }>()(
  {
    name: 'GetDecodeBlindWatermarkResult',
    action: 'imm:GetDecodeBlindWatermarkResult',
    resource: 'project/{ProjectName}',
    input: { ProjectName: required(text), TaskId: required(text), TaskType: required(text) },
  },
);
