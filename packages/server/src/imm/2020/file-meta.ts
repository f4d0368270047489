import { imm2020Operations as operations, type WireFile, type WireInputFile } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import {
  type FileAggregation,
  type FileCondition,
  type FileOrder,
  readCondition,
} from '../../domain/datasets/file-query.ts';
import { fileOf } from '../../domain/datasets/wire-file.ts';
import { isDomainError } from '../../domain/errors.ts';
import type { FileMetaRow } from '../../domain/ports/dataset-records.ts';
import { handle, type RpcCall } from '../../rpc/product.ts';
import { oneOf } from '../checks.ts';
import { pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { projectTaskRequest } from './task-request.ts';

/** "At most five." */
const MOST_ORDERS = 5;

const aggregations = ['average', 'min', 'max', 'count', 'distinct', 'sum', 'group'] as const;

/** Where free text is looked for. */
const TEXT_FIELDS = [
  'URI',
  'Title',
  'Artist',
  'Album',
  'Performer',
  'Composer',
  'CustomId',
  'CustomLabels',
  'OSSTagging',
  'OSSUserMeta',
  'Labels',
];

export function fileMetaHandlers({ datasets, indexer, works }: ImmServices) {
  type Index = {
    ProjectName: string;
    DatasetName: string;
    Notification?: Parameters<typeof projectTaskRequest>[0]['Notification'];
    UserData?: string | undefined;
  };
  const index = async (input: Index, given: WireInputFile[], batch: boolean, call: RpcCall) => {
    const { ProjectName: project, DatasetName: dataset } = input;
    const { accountId } = call.principal;
    await datasets.get({ accountId, project, name: dataset });
    const files = given.map((file) => ({ ...ossUri(file.URI ?? '', 'File'), said: saidOf(file) }));
    if (files.length === 0) throw new RpcError('InvalidParameter.Files', 'Name at least one file.');
    const { eventId } = await works.accept({
      ...projectTaskRequest(input, call),
      kind: indexer.work,
      work: { accountId, project, dataset, files, batch },
      reads: files,
      writes: [],
    });
    return { EventId: eventId };
  };
  const nameOf = (accountId: string, input: { ProjectName: string; DatasetName: string }, uri: string) => ({
    ...{ accountId, project: input.ProjectName, dataset: input.DatasetName, uri },
  });
  const search = async (
    accountId: string,
    input: {
      ProjectName: string;
      DatasetName: string;
      Sort?: string | undefined;
      Order?: string | undefined;
      MaxResults?: number | undefined;
      NextToken?: string | undefined;
      WithFields?: string[] | undefined;
    },
    condition: FileCondition | undefined,
    counted: FileAggregation[],
  ) => {
    const { ProjectName: project, DatasetName: name, Sort, Order, MaxResults, NextToken, WithFields } = input;
    const found = await datasets.search({
      dataset: { accountId, project, name },
      condition,
      orders: ordersOf(Sort, Order),
      aggregations: counted,
      limit: pageSize(MaxResults, 'MaxResults', 100),
      after: NextToken ? readToken(NextToken) : undefined,
    });
    return {
      Files: found.files.map((row) => wireFile(row, WithFields)),
      NextToken: found.next ? writeToken(found.next) : '',
      TotalHits: found.total,
      aggregations: found.aggregations,
    };
  };
  return {
    indexFileMeta: handle(operations.indexFileMeta, (input, call) => index(input, [input.File], false, call)),
    batchIndexFileMeta: handle(operations.batchIndexFileMeta, (input, call) => index(input, input.Files, true, call)),
    getFileMeta: handle(operations.getFileMeta, async (input, { principal: { accountId } }) => ({
      Files: [wireFile(await datasets.file(nameOf(accountId, input, input.URI)), input.WithFields)],
    })),
    batchGetFileMeta: handle(operations.batchGetFileMeta, async (input, { principal: { accountId } }) => {
      await datasets.get({ accountId, project: input.ProjectName, name: input.DatasetName });
      const Files: WireFile[] = [];
      for (const uri of input.URIs) {
        const row = await datasets.file(nameOf(accountId, input, uri)).catch((error: unknown) => {
          if (isDomainError(error, 'FileMetaMissing')) return undefined;
          throw error;
        });
        if (row) Files.push(wireFile(row, input.WithFields));
      }
      return { Files };
    }),
    updateFileMeta: handle(operations.updateFileMeta, async (input, { principal: { accountId } }) => {
      await datasets.say(nameOf(accountId, input, uriOf(input.File)), saidOf(input.File));
      return {};
    }),
    batchUpdateFileMeta: handle(operations.batchUpdateFileMeta, async (input, { principal: { accountId } }) => {
      await datasets.get({ accountId, project: input.ProjectName, name: input.DatasetName });
      const Files = [];
      for (const file of input.Files) {
        const URI = uriOf(file);
        try {
          await datasets.say(nameOf(accountId, input, URI), saidOf(file));
          Files.push({ URI, Success: true, Message: '' });
        } catch (error) {
          if (!isDomainError(error, 'FileMetaMissing')) throw error;
          Files.push({ URI, Success: false, Message: 'The specified resource File is not found.' });
        }
      }
      return { Files };
    }),
    deleteFileMeta: handle(operations.deleteFileMeta, async (input, { principal: { accountId } }) => {
      await datasets.forget({ accountId, project: input.ProjectName, name: input.DatasetName }, [input.URI]);
      return {};
    }),
    batchDeleteFileMeta: handle(operations.batchDeleteFileMeta, async (input, { principal: { accountId } }) => {
      await datasets.forget({ accountId, project: input.ProjectName, name: input.DatasetName }, input.URIs);
      return {};
    }),
    simpleQuery: handle(operations.simpleQuery, async (input, { principal: { accountId } }) => {
      const condition = input.Query === undefined ? undefined : readCondition(input.Query);
      const counted = (input.Aggregations ?? []).map(({ Field = '', Operation = '' }) => ({
        field: Field,
        operation: oneOf(Operation, 'Aggregations', aggregations),
      }));
      const { aggregations: counts, ...found } = await search(accountId, input, condition, counted);
      const { TotalHits, ...files } = found;
      return {
        ...files,
        ...(!input.WithoutTotalHits && { TotalHits }),
        Aggregations: counts.map(({ field, operation, value, groups }) => ({
          Field: field,
          Operation: operation,
          Value: value,
          Groups: groups.map((group) => ({ Value: group.value, Count: group.count })),
        })),
      };
    }),
    fuzzyQuery: handle(operations.fuzzyQuery, async (input, { principal: { accountId } }) => {
      const words = input.Query.split(/\s+/).filter((word) => word !== '');
      const condition: FileCondition = {
        operation: 'and',
        conditions: words.map((value) => ({
          operation: 'or',
          conditions: TEXT_FIELDS.map((field) => ({ operation: 'match-phrase', field, value })),
        })),
      };
      const { aggregations: _, ...found } = await search(accountId, input, condition, []);
      return found;
    }),
  };
}

function uriOf({ URI = '' }: WireInputFile): string {
  ossUri(URI, 'File');
  return URI;
}

const saidOf = ({ URI: _, ...said }: WireInputFile): Record<string, unknown> => said;

function wireFile(row: FileMetaRow, fields: string[] | undefined): WireFile {
  const file = fileOf(row);
  if (fields === undefined || fields.length === 0) return file;
  return Object.fromEntries(Object.entries(file).filter(([name]) => name === 'URI' || fields.includes(name)));
}

/** "`Size,Filename`, with `desc,asc`; what is not said is desc." */
function ordersOf(sort: string | undefined, order: string | undefined): FileOrder[] {
  const fields = (sort ?? '').split(',').filter((field) => field !== '');
  if (fields.length > MOST_ORDERS) {
    throw new RpcError(
      'InvalidParameter.Sort',
      `Specified parameter Sort is not valid: ${MOST_ORDERS} fields at most.`,
    );
  }
  const words = (order ?? '').split(',').map((word) => word.trim().toLowerCase());
  return fields.map((field, index) => ({
    field: field.trim(),
    descending: oneOf(words[index] || 'desc', 'Order', ['asc', 'desc']) === 'desc',
  }));
}

const writeToken = ({ values, uri }: { values: unknown[]; uri: string }): string =>
  Buffer.from(JSON.stringify([values.map((value) => value ?? null), uri])).toString('base64url');

function readToken(token: string): { values: unknown[]; uri: string } {
  try {
    const [values, uri] = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown[];
    if (Array.isArray(values) && typeof uri === 'string')
      return { values: values.map((value) => value ?? undefined), uri };
  } catch {
    // Refused below, like everything else that is none of ours.
  }
  const reason = 'Specified parameter NextToken is not valid: give back what was answered.';
  throw new RpcError('InvalidParameter.NextToken', reason);
}
