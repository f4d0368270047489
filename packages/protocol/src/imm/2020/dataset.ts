import { flag, optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { anything, json } from '../json.ts';

export interface WireDataset {
  ProjectName: string;
  DatasetName: string;
  Description: string;
  TemplateId: string;
  CreateTime: string;
  UpdateTime: string;
  DatasetMaxBindCount: number;
  DatasetMaxFileCount: number;
  DatasetMaxEntityCount: number;
  DatasetMaxRelationCount: number;
  DatasetMaxTotalFileSize: number;
  BindCount?: number;
  FileCount?: number;
  TotalFileSize?: number;
  WorkflowParameters?: unknown;
}

const dataset = { ProjectName: required(text), DatasetName: required(text) };

const about = {
  ...dataset,
  Description: optional(text),
  TemplateId: optional(text),
  DatasetMaxBindCount: optional(wholeNumber),
  DatasetMaxFileCount: optional(wholeNumber),
  DatasetMaxEntityCount: optional(wholeNumber),
  DatasetMaxRelationCount: optional(wholeNumber),
  DatasetMaxTotalFileSize: optional(wholeNumber),
  WorkflowParameters: optional(json(anything)),
};

const resource = 'project/{ProjectName}';

export const createDataset = rpcOperation<{ Dataset: WireDataset }>()({
  name: 'CreateDataset',
  action: 'imm:CreateDataset',
  resource,
  input: about,
});

export const getDataset = rpcOperation<{ Dataset: WireDataset }>()({
  name: 'GetDataset',
  action: 'imm:GetDataset',
  resource,
  input: { ...dataset, WithStatistics: optional(flag) },
});

export const updateDataset = rpcOperation<{ Dataset: WireDataset }>()({
  name: 'UpdateDataset',
  action: 'imm:UpdateDataset',
  resource,
  input: about,
});

export const listDatasets = rpcOperation<{ Datasets: WireDataset[]; NextToken: string }>()({
  name: 'ListDatasets',
  action: 'imm:ListDatasets',
  resource,
  input: {
    ProjectName: required(text),
    Prefix: optional(text),
    MaxResults: optional(wholeNumber),
    NextToken: optional(text),
  },
});

export const deleteDataset = rpcOperation<object>()({
  name: 'DeleteDataset',
  action: 'imm:DeleteDataset',
  resource,
  input: dataset,
});

/** That a bucket's files get into a dataset by themselves. */
export interface WireBinding {
  ProjectName: string;
  DatasetName: string;
  URI: string;
  State: string;
  Phase: string;
  Reason: string;
  CreateTime: string;
  UpdateTime: string;
}

export const createBinding = rpcOperation<{ Binding: WireBinding }>()({
  name: 'CreateBinding',
  action: 'imm:CreateBinding',
  resource,
  input: { ...dataset, URI: required(text) },
});

export const getBinding = rpcOperation<{ Binding: WireBinding }>()({
  name: 'GetBinding',
  action: 'imm:GetBinding',
  resource,
  input: { ...dataset, URI: required(text) },
});

export const listBindings = rpcOperation<{ Bindings: WireBinding[]; NextToken: string }>()({
  name: 'ListBindings',
  action: 'imm:ListBindings',
  resource,
  input: { ...dataset, MaxResults: optional(wholeNumber), NextToken: optional(text) },
});

/** What the binding has brought stays known. */
export const deleteBinding = rpcOperation<object>()({
  name: 'DeleteBinding',
  action: 'imm:DeleteBinding',
  resource,
  input: { ...dataset, URI: required(text) },
});
