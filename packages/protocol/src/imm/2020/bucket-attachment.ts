import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';

export interface WireAttachment {
  OSSBucket: string;
  ProjectName: string;
  OwnerId: string;
  Description: string;
  CreateTime: string;
  UpdateTime: string;
}

const OSSBucket = required(text);
const ProjectName = required(text);

export const attachOssBucket = rpcOperation<object>()({
  name: 'AttachOSSBucket',
  action: 'imm:AttachOSSBucket',
  resource: 'project/{ProjectName}',
  input: { ProjectName, OSSBucket, Description: optional(text) },
});

/** Which project it is about only the record tells. */
export const detachOssBucket = rpcOperation<object>()({
  name: 'DetachOSSBucket',
  action: 'imm:DetachOSSBucket',
  resource: 'ossbucket/{OSSBucket}',
  input: { OSSBucket },
});

export const getOssBucketAttachment = rpcOperation<Omit<WireAttachment, 'OSSBucket' | 'OwnerId'>>()({
  name: 'GetOSSBucketAttachment',
  action: 'imm:GetOSSBucketAttachment',
  resource: 'ossbucket/{OSSBucket}',
  input: { OSSBucket },
});

export const listAttachedOssBuckets = rpcOperation<{ AttachedOSSBuckets: WireAttachment[]; NextToken: string }>()({
  name: 'ListAttachedOSSBuckets',
  action: 'imm:ListAttachedOSSBuckets',
  resource: 'project/{ProjectName}',
  input: { ProjectName, MaxResults: optional(wholeNumber), NextToken: optional(text) },
});
