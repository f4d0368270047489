import { flag, optional, required, text } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { wholeNumber } from '../codecs.ts';
import { anything, aText, json, listOf, mapOfTexts, members, type Shape } from '../json.ts';
import { taskRequest } from './task-request.ts';

/** What somebody says of a file. */
const inputFile = members({
  URI: aText,
  OSSURI: aText,
  CustomId: aText,
  CustomLabels: mapOfTexts,
  MediaType: aText,
  ContentType: aText,
  FileHash: aText,
  Title: aText,
  Artist: aText,
  Album: aText,
  AlbumArtist: aText,
  Composer: aText,
  Performer: aText,
  LatLong: aText,
  ProduceTime: aText,
  Addresses: anything,
  Labels: anything,
  Figures: anything,
});

export type WireInputFile = typeof inputFile extends Shape<infer T> ? T : never;

/** What is known of a file: some ninety members, of which each file has few. */
export type WireFile = Record<string, unknown>;

const resource = 'project/{ProjectName}';
const dataset = { ProjectName: required(text), DatasetName: required(text) };
const { Notification, UserData, CredentialConfig } = taskRequest;
const uris = required(json(listOf(aText, 100)));
const fields = { WithFields: optional(json(listOf(aText, 100))) };

export const indexFileMeta = rpcOperation<{ EventId: string }>()({
  name: 'IndexFileMeta',
  action: 'imm:IndexFileMeta',
  resource,
  input: { ...dataset, File: required(json(inputFile)), Notification, UserData, CredentialConfig },
});

export const batchIndexFileMeta = rpcOperation<{ EventId: string }>()({
  name: 'BatchIndexFileMeta',
  action: 'imm:BatchIndexFileMeta',
  resource,
  input: { ...dataset, Files: required(json(listOf(inputFile, 100))), Notification, UserData, CredentialConfig },
});

export const getFileMeta = rpcOperation<{ Files: WireFile[] }>()({
  name: 'GetFileMeta',
  action: 'imm:GetFileMeta',
  resource,
  input: { ...dataset, URI: required(text), ...fields },
});

export const batchGetFileMeta = rpcOperation<{ Files: WireFile[] }>()({
  name: 'BatchGetFileMeta',
  action: 'imm:BatchGetFileMeta',
  resource,
  input: { ...dataset, URIs: uris, ...fields },
});

export const updateFileMeta = rpcOperation<object>()({
  name: 'UpdateFileMeta',
  action: 'imm:UpdateFileMeta',
  resource,
  input: { ...dataset, File: required(json(inputFile)) },
});

export const batchUpdateFileMeta = rpcOperation<{ Files: { URI: string; Success: boolean; Message: string }[] }>()({
  name: 'BatchUpdateFileMeta',
  action: 'imm:BatchUpdateFileMeta',
  resource,
  input: { ...dataset, Files: required(json(listOf(inputFile, 100))) },
});

export const deleteFileMeta = rpcOperation<object>()({
  name: 'DeleteFileMeta',
  action: 'imm:DeleteFileMeta',
  resource,
  input: { ...dataset, URI: required(text) },
});

export const batchDeleteFileMeta = rpcOperation<object>()({
  name: 'BatchDeleteFileMeta',
  action: 'imm:BatchDeleteFileMeta',
  resource,
  input: { ...dataset, URIs: uris },
});

export interface WireAggregation {
  Field: string;
  Operation: string;
  Value: number;
  Groups: { Value: string; Count: number }[];
}

export const simpleQuery = rpcOperation<{
  Files: WireFile[];
  Aggregations: WireAggregation[];
  NextToken: string;
  TotalHits?: number;
}>()({
  name: 'SimpleQuery',
  action: 'imm:SimpleQuery',
  resource,
  input: {
    ...dataset,
    Query: optional(json(anything)),
    Sort: optional(text),
    Order: optional(text),
    MaxResults: optional(wholeNumber),
    NextToken: optional(text),
    Aggregations: optional(json(listOf(members({ Field: aText, Operation: aText }), 20))),
    WithoutTotalHits: optional(flag),
    ...fields,
  },
});

export const fuzzyQuery = rpcOperation<{ Files: WireFile[]; NextToken: string; TotalHits: number }>()({
  name: 'FuzzyQuery',
  action: 'imm:FuzzyQuery',
  resource,
  input: {
    ...dataset,
    Query: required(text),
    Sort: optional(text),
    Order: optional(text),
    MaxResults: optional(wholeNumber),
    NextToken: optional(text),
    ...fields,
  },
});
