import { optional, required, text, word } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aText, json, listOf, mapOfTexts, members, type Shape } from '../json.ts';

const action = members({
  Name: aText,
  Parameters: listOf(aText, 100),
  FastFailPolicy: members({ Action: aText }),
});

export type WireIngestionAction = typeof action extends Shape<infer T> ? T : never;

const input = members({
  OSS: members({ Bucket: aText, Prefix: aText, MatchExpressions: listOf(aText, 20) }),
});

/** A batch or a trigger, as its record is told. */
export interface WireIngestion {
  Id: string;
  State: string;
  Phase: string;
  ServiceRole: string;
  Input?: unknown;
  Actions?: unknown;
  Notification?: unknown;
  Tags?: Record<string, string>;
  Marker: string;
  Statistic: { SubmitSuccess: number; SubmitFailure: number; SkipFiles: number };
  Error: string;
  CreateTime: string;
  UpdateTime: string;
}

const resource = 'project/{ProjectName}';

const created = {
  ProjectName: required(text),
  ServiceRole: optional(text),
  Input: required(json(input)),
  Actions: required(json(listOf(action, 10))),
  Notification: optional(json(members({ MNS: members({ TopicName: aText }) }))),
  Tags: optional(json(mapOfTexts)),
};

const changed = {
  ProjectName: required(text),
  Id: required(text),
  Input: optional(json(input)),
  Actions: optional(json(listOf(action, 10))),
  Tags: optional(json(mapOfTexts)),
};

const one = { ProjectName: required(text), Id: required(text) };

const listed = {
  ProjectName: required(text),
  State: optional(text),
  TagSelector: optional(text),
  Sort: optional(word('CreateTime', 'UpdateTime')),
  Order: optional(text),
  MaxResults: optional(wholeNumber),
  NextToken: optional(text),
};

export const createBatch = rpcOperation<{ Id: string }>()({
  name: 'CreateBatch',
  action: 'imm:CreateBatch',
  resource,
  input: created,
});

export const getBatch = rpcOperation<{ Batch: WireIngestion }>()({
  name: 'GetBatch',
  action: 'imm:GetBatch',
  resource,
  input: one,
});

export const listBatches = rpcOperation<{ Batches: WireIngestion[]; NextToken: string }>()({
  name: 'ListBatches',
  action: 'imm:ListBatches',
  resource,
  input: listed,
});

export const updateBatch = rpcOperation<object>()({
  name: 'UpdateBatch',
  action: 'imm:UpdateBatch',
  resource,
  input: changed,
});

export const suspendBatch = rpcOperation<object>()({
  name: 'SuspendBatch',
  action: 'imm:SuspendBatch',
  resource,
  input: one,
});

export const resumeBatch = rpcOperation<object>()({
  name: 'ResumeBatch',
  action: 'imm:ResumeBatch',
  resource,
  input: one,
});

export const deleteBatch = rpcOperation<object>()({
  name: 'DeleteBatch',
  action: 'imm:DeleteBatch',
  resource,
  input: one,
});

export const createTrigger = rpcOperation<{ Id: string }>()({
  name: 'CreateTrigger',
  action: 'imm:CreateTrigger',
  resource,
  input: created,
});

export const getTrigger = rpcOperation<{ Trigger: WireIngestion }>()({
  name: 'GetTrigger',
  action: 'imm:GetTrigger',
  resource,
  input: one,
});

export const listTriggers = rpcOperation<{ Triggers: WireIngestion[]; NextToken: string }>()({
  name: 'ListTriggers',
  action: 'imm:ListTriggers',
  resource,
  input: listed,
});

export const updateTrigger = rpcOperation<object>()({
  name: 'UpdateTrigger',
  action: 'imm:UpdateTrigger',
  resource,
  input: changed,
});

export const suspendTrigger = rpcOperation<object>()({
  name: 'SuspendTrigger',
  action: 'imm:SuspendTrigger',
  resource,
  input: one,
});

export const resumeTrigger = rpcOperation<object>()({
  name: 'ResumeTrigger',
  action: 'imm:ResumeTrigger',
  resource,
  input: one,
});

export const deleteTrigger = rpcOperation<object>()({
  name: 'DeleteTrigger',
  action: 'imm:DeleteTrigger',
  resource,
  input: one,
});
