import { optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';

export interface WireProject2017 {
  Project: string;
  Type: string;
  CU: number;
  BillingType?: string;
  ServiceRole: string;
  Endpoint?: string;
  RegionId: string;
  CreateTime: string;
  ModifyTime: string;
}

const Project = required(text);

/** The clients of its time also send `Type`, `CU` and `BillingType`. */
export const putProject = rpcOperation<WireProject2017>()({
  name: 'PutProject',
  action: 'imm:PutProject',
  resource: 'project/{Project}',
  input: {
    Project,
    ServiceRole: optional(text),
    Type: optional(text),
    CU: optional(wholeNumber),
    BillingType: optional(text),
  },
});

export const getProject = rpcOperation<WireProject2017>()({
  name: 'GetProject',
  action: 'imm:GetProject',
  resource: 'project/{Project}',
  input: { Project },
});

export const listProjects = rpcOperation<{ Projects: WireProject2017[]; NextMarker: string }>()({
  name: 'ListProjects',
  action: 'imm:ListProjects',
  resource: 'project/*',
  input: { Marker: optional(text), MaxKeys: optional(wholeNumber) },
});

export const updateProject = rpcOperation<WireProject2017>()({
  name: 'UpdateProject',
  action: 'imm:UpdateProject',
  resource: 'project/{Project}',
  input: { Project, NewServiceRole: optional(text), NewCU: optional(wholeNumber) },
});

export const deleteProject = rpcOperation<object>()({
  name: 'DeleteProject',
  action: 'imm:DeleteProject',
  resource: 'project/{Project}',
  input: { Project },
});
