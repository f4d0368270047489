export { canonical, decode as decodeProcess, ProcessError, parse as parseProcess } from '@millrace/process';
export { AnswerBody, type Body, type ByteSource, byteSource, collect, sized } from './core/byte-source.ts';
export {
  anonymousCredentials,
  type Credentials,
  type CredentialsProvider,
  firstCredentials,
  refreshingCredentials,
  staticCredentials,
} from './core/credentials.ts';
export {
  CredentialsError,
  InconsistentError,
  InvalidRequestError,
  MalformedAnswerError,
  NetworkError,
  ServiceError,
  TimeoutError,
} from './core/errors.ts';
export type { CallOptions, ClientOptions } from './core/options.ts';
export { type RetryPolicy, retryable, standardRetry } from './core/retry.ts';
export type { Platform, Transport, WireAnswer, WireRequest } from './core/transport.ts';
export { type ConsumeOptions, consume, type Message } from './mns/consume.ts';
export type { MnsOperations, MnsOptions } from './mns/mns.ts';
export { onTask, type TaskEvent, type TaskEventsOptions, taskEventsIn, waitForTask } from './mns/task-events.ts';
export type { AddressStyle } from './oss/address.ts';
export type { OssOperations, OssOptions, Presigned, RawRequest, RawResult } from './oss/oss.ts';
export {
  eachObject,
  listBucketsPages,
  listMultipartUploadsPages,
  listObjectsV2Pages,
  listObjectVersionsPages,
  listPartsPages,
} from './oss/pages.ts';
export type { PolicyCondition, PostForm, PostPolicyRequest } from './oss/post-policy.ts';
export type { SignatureVersion } from './oss/sign.ts';
export type { AnswerFacts, RequestOf, ResultOf } from './oss/types.ts';
export { audio, doc, hls, image, type ProcessBuilder, style, video } from './process/builder.ts';
export { type ExplainedStep, explain } from './process/explain.ts';
export type { Pixels } from './process/resulting-size.ts';
export { type RoleRequest, roleCredentials } from './rpc/role-credentials.ts';
export type { RpcOperations } from './rpc/rpc.ts';
export {
  type CheckpointStore,
  MemoryCheckpoints,
  type SourceIdentity,
  type TransferRecord,
} from './transfer/checkpoint.ts';
export { CopierBase as Copier, type CopyRequest } from './transfer/copier.ts';
export {
  type PartSource,
  SourceChangedError,
  type TransferOptions,
  type UploadRequest,
  type UploadResult,
} from './transfer/uploader.ts';
export { Bandwidth, Pause, type Progress } from './transfer/workers.ts';
