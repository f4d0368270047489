import { flag, optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { aText, json, listOf, members } from '../json.ts';

export interface WireProject {
  ProjectName: string;
  ServiceRole: string;
  Description: string;
  TemplateId: string;
  CreateTime: string;
  UpdateTime: string;
  DatasetMaxBindCount: number;
  DatasetMaxFileCount: number;
  DatasetMaxEntityCount: number;
  DatasetMaxRelationCount: number;
  DatasetMaxTotalFileSize: number;
  ProjectMaxDatasetCount: number;
  ProjectQueriesPerSecond: number;
  EngineConcurrency: number;
  Tags: { TagKey: string; TagValue: string }[];
  DatasetCount?: number;
  FileCount?: number;
  TotalFileSize?: number;
}

const ProjectName = required(text);

/** As requests spell tags; answers say `TagKey` and `TagValue`. */
const Tag = optional(json(listOf(members({ Key: aText, Value: aText }), 20)));

const about = {
  ProjectName,
  ServiceRole: optional(text),
  Description: optional(text),
  TemplateId: optional(text),
  DatasetMaxBindCount: optional(wholeNumber),
  DatasetMaxFileCount: optional(wholeNumber),
  DatasetMaxEntityCount: optional(wholeNumber),
  DatasetMaxRelationCount: optional(wholeNumber),
  DatasetMaxTotalFileSize: optional(wholeNumber),
  ProjectMaxDatasetCount: optional(wholeNumber),
  Tag,
};

export const createProject = rpcOperation<{ Project: WireProject }>()({
  name: 'CreateProject',
  action: 'imm:CreateProject',
  resource: 'project/{ProjectName}',
  input: about,
});

export const getProject = rpcOperation<{ Project: WireProject }>()({
  name: 'GetProject',
  action: 'imm:GetProject',
  resource: 'project/{ProjectName}',
  input: { ProjectName, WithStatistics: optional(flag) },
});

export const updateProject = rpcOperation<{ Project: WireProject }>()({
  name: 'UpdateProject',
  action: 'imm:UpdateProject',
  resource: 'project/{ProjectName}',
  input: about,
});

export const deleteProject = rpcOperation<object>()({
  name: 'DeleteProject',
  action: 'imm:DeleteProject',
  resource: 'project/{ProjectName}',
  input: { ProjectName },
});

export const listProjects = rpcOperation<{ Projects: WireProject[]; NextToken: string }>()({
  name: 'ListProjects',
  action: 'imm:ListProjects',
  resource: 'project/*',
  input: { MaxResults: optional(wholeNumber), NextToken: optional(text), Prefix: optional(text), Tag },
});

export const listRegions = rpcOperation<{ Regions: { RegionId: string; LocalName: string }[] }>()({
  name: 'ListRegions',
  action: 'imm:ListRegions',
  input: { AcceptLanguage: optional(text) },
});
