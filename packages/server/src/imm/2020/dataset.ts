import { imm2020Operations as operations, type WireBinding, type WireDataset } from '@millrace/protocol/imm';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import { DomainError } from '../../domain/errors.ts';
import type { DatasetAbout, DatasetRow } from '../../domain/ports/dataset-records.ts';
import type { IngestionRow } from '../../domain/ports/ingestion-records.ts';
import { handle } from '../../rpc/product.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { inBeijing } from './times.ts';

/** The vendor's ceilings. Only the number of files acts here, where one is set. */
const limits = {
  DatasetMaxBindCount: 10,
  DatasetMaxFileCount: 100_000_000,
  DatasetMaxEntityCount: 10_000_000_000,
  DatasetMaxRelationCount: 100_000_000_000,
  DatasetMaxTotalFileSize: 90_000_000_000_000_000,
};

type Limit = keyof typeof limits;

/** Far more than a project may have at work. */
const ALL = 10_000;

function aboutOf(input: RpcInputOf<typeof operations.createDataset>): DatasetAbout {
  const { Description, TemplateId, WorkflowParameters } = input;
  const set = (Object.keys(limits) as Limit[]).flatMap((name) => {
    const value = input[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...(Description === undefined ? {} : { description: Description }),
    ...(TemplateId === undefined ? {} : { templateId: TemplateId }),
    ...(WorkflowParameters === undefined ? {} : { workflowParameters: WorkflowParameters }),
    ...(set.length === 0 ? {} : { limits: Object.fromEntries(set) }),
  };
}

function wire({ project, name, createdMs, modifiedMs, about }: DatasetRow): WireDataset {
  return {
    ProjectName: project,
    DatasetName: name,
    Description: about.description ?? '',
    TemplateId: about.templateId ?? '',
    CreateTime: inBeijing(createdMs),
    UpdateTime: inBeijing(modifiedMs),
    ...limits,
    ...about.limits,
    ...(about.workflowParameters !== undefined && { WorkflowParameters: about.workflowParameters }),
  };
}

function wireBinding({ project, about, bucket, state, scanned, createdMs, modifiedMs }: IngestionRow): WireBinding {
  return {
    ProjectName: project,
    DatasetName: about.dataset ?? '',
    URI: `oss://${bucket}`,
    State: state,
    Phase: scanned ? 'IncrementalScanning' : 'FullScanning',
    Reason: about.reason ?? '',
    CreateTime: inBeijing(createdMs),
    UpdateTime: inBeijing(modifiedMs),
  };
}

function bucketOf(uri: string): string {
  const [, bucket] = /^oss:\/\/([^/]+)\/?$/.exec(uri) ?? [];
  if (bucket !== undefined) return bucket;
  throw new RpcError('InvalidParameter.URI', 'Specified parameter URI is not valid: it is written oss://BUCKET.');
}

export function datasetHandlers({ datasets, ingestions }: ImmServices) {
  const bindingsOf = async (accountId: string, project: string, dataset: string): Promise<IngestionRow[]> => {
    await datasets.get({ accountId, project, name: dataset });
    const all = await ingestions.list({ accountId, project, kind: 'binding', after: '', limit: ALL });
    return all.filter(({ about }) => about.dataset === dataset);
  };
  const bindingOf = async (
    accountId: string,
    { ProjectName, DatasetName, URI }: { ProjectName: string; DatasetName: string; URI: string },
  ): Promise<IngestionRow> => {
    const bucket = bucketOf(URI);
    const found = (await bindingsOf(accountId, ProjectName, DatasetName)).find((row) => row.bucket === bucket);
    if (found === undefined) throw new DomainError('IngestionMissing', { id: `binding ${URI}` });
    return found;
  };
  return {
    createDataset: handle(operations.createDataset, async (input, { principal: { accountId } }) => {
      const { ProjectName: project, DatasetName: name } = input;
      return { Dataset: wire(await datasets.create({ accountId, project, name }, aboutOf(input))) };
    }),
    getDataset: handle(operations.getDataset, async (input, { principal: { accountId } }) => {
      const { ProjectName: project, DatasetName: name, WithStatistics } = input;
      const dataset = wire(await datasets.get({ accountId, project, name }));
      if (!WithStatistics) return { Dataset: dataset };
      const { files, bytes } = await datasets.totals({ accountId, project, name });
      const { length } = await bindingsOf(accountId, project, name);
      return { Dataset: { ...dataset, FileCount: files, TotalFileSize: bytes, BindCount: length } };
    }),
    updateDataset: handle(operations.updateDataset, async (input, { principal: { accountId } }) => {
      const { ProjectName: project, DatasetName: name } = input;
      return { Dataset: wire(await datasets.update({ accountId, project, name }, aboutOf(input))) };
    }),
    listDatasets: handle(operations.listDatasets, async (input, { principal: { accountId } }) => {
      const { ProjectName: project, Prefix: prefix = '', MaxResults, NextToken: after = '' } = input;
      const limit = pageSize(MaxResults, 'MaxResults', 200);
      const found = await datasets.list({ accountId, project, prefix, after, limit: limit + 1 });
      const { page, next } = pageOf(found, limit, ({ name }) => name);
      return { Datasets: page.map(wire), NextToken: next };
    }),
    deleteDataset: handle(operations.deleteDataset, async (input, { principal: { accountId } }) => {
      await datasets.delete({ accountId, project: input.ProjectName, name: input.DatasetName });
      return {};
    }),
    createBinding: handle(operations.createBinding, async (input, { principal }) => {
      const { ProjectName: project, DatasetName: dataset, URI } = input;
      const bucket = bucketOf(URI);
      const known = await bindingsOf(principal.accountId, project, dataset);
      if (known.some((row) => row.bucket === bucket)) throw new DomainError('DatasetExists', { dataset: URI });
      const about = { dataset, wire: {} };
      const made = await ingestions.create({ kind: 'binding', principal, project, bucket, prefix: '', about });
      return { Binding: wireBinding(made) };
    }),
    getBinding: handle(operations.getBinding, async (input, { principal: { accountId } }) => ({
      Binding: wireBinding(await bindingOf(accountId, input)),
    })),
    listBindings: handle(operations.listBindings, async (input, { principal: { accountId } }) => {
      const { ProjectName, DatasetName, MaxResults, NextToken = '' } = input;
      const limit = pageSize(MaxResults, 'MaxResults', 200);
      const found = (await bindingsOf(accountId, ProjectName, DatasetName)).filter(({ id }) => id > NextToken);
      const { page, next } = pageOf(found, limit, ({ id }) => id);
      return { Bindings: page.map(wireBinding), NextToken: next };
    }),
    deleteBinding: handle(operations.deleteBinding, async (input, { principal: { accountId } }) => {
      await ingestions.delete((await bindingOf(accountId, input)).id);
      return {};
    }),
  };
}
