import { imm2020Operations as operations, type WireProject } from '@millrace/protocol/imm';
import type { RpcInputOf } from '@millrace/protocol/rpc';
import type { ProjectAbout, ProjectRow } from '../../domain/ports/project-records.ts';
import { handle } from '../../rpc/product.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { inBeijing } from './times.ts';

/** The vendor's ceilings. They are told and set, and nothing here comes near them. */
const limits = {
  DatasetMaxBindCount: 10,
  DatasetMaxFileCount: 100_000_000,
  DatasetMaxEntityCount: 10_000_000_000,
  DatasetMaxRelationCount: 100_000_000_000,
  DatasetMaxTotalFileSize: 90_000_000_000_000_000,
  ProjectMaxDatasetCount: 1_000_000_000,
};

type Limit = keyof typeof limits;

function aboutOf(input: RpcInputOf<typeof operations.createProject>): ProjectAbout {
  const { ServiceRole, Description, TemplateId, Tag } = input;
  const set = (Object.keys(limits) as Limit[]).flatMap((name) => {
    const value = input[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(ServiceRole === undefined ? {} : { serviceRole: ServiceRole }),
    ...(Description === undefined ? {} : { description: Description }),
    ...(TemplateId === undefined ? {} : { templateId: TemplateId }),
    ...(Tag === undefined ? {} : { tags: Tag.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value })) }),
    ...(set.length === 0 ? {} : { limits: Object.fromEntries(set) }),
  };
}

function wire({ name, createdMs, modifiedMs, about }: ProjectRow): WireProject {
  return {
    ProjectName: name,
    ServiceRole: about.serviceRole || 'AliyunIMMDefaultRole',
    Description: about.description ?? '',
    TemplateId: about.templateId ?? '',
    CreateTime: inBeijing(createdMs),
    UpdateTime: inBeijing(modifiedMs),
    ...limits,
    ...about.limits,
    ProjectQueriesPerSecond: 100,
    EngineConcurrency: 100,
    Tags: (about.tags ?? []).map(({ key, value }) => ({ TagKey: key, TagValue: value })),
  };
}

export function projectHandlers({ projects, region }: ImmServices) {
  return {
    createProject: handle(operations.createProject, async (input, { principal }) => {
      const rule = { orKeep: false };
      return { Project: wire(await projects.create(principal.accountId, input.ProjectName, aboutOf(input), rule)) };
    }),
    getProject: handle(operations.getProject, async ({ ProjectName, WithStatistics }, { principal }) => {
      const project = wire(await projects.get(principal.accountId, ProjectName));
      return { Project: WithStatistics ? { ...project, DatasetCount: 0, FileCount: 0, TotalFileSize: 0 } : project };
    }),
    updateProject: handle(operations.updateProject, async (input, { principal }) => ({
      Project: wire(await projects.update(principal.accountId, input.ProjectName, aboutOf(input))),
    })),
    deleteProject: handle(operations.deleteProject, async ({ ProjectName }, { principal }) => {
      await projects.delete(principal.accountId, ProjectName);
      return {};
    }),
    listProjects: handle(operations.listProjects, async (input, { principal }) => {
      const { MaxResults, NextToken = '', Prefix = '', Tag = [] } = input;
      const limit = pageSize(MaxResults, 'MaxResults', 200);
      const { accountId } = principal;
      // There are so few that those with other tags can be passed over here.
      const all = await projects.list({ accountId, prefix: Prefix, after: NextToken, limit: 1_000 });
      const fitting = all.filter(({ about }) =>
        Tag.every(({ Key, Value }) => about.tags?.some(({ key, value }) => key === Key && (!Value || value === Value))),
      );
      const { page, next } = pageOf(fitting, limit, ({ name }) => name);
      return { Projects: page.map(wire), NextToken: next };
    }),
    listRegions: handle(operations.listRegions, async () => ({
      Regions: [{ RegionId: region, LocalName: region }],
    })),
  };
}
