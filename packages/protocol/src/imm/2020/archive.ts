import { optional, required, text, word } from '../../rpc/field.ts';
import { rpcOperation } from '../../rpc/operation.ts';
import { aText, json, listOf, members, type Shape } from '../json.ts';
import { taskRequest, type WireTaskAccepted } from './task-request.ts';

const source = members({ URI: aText, Mode: aText, Alias: aText });

export type WireArchiveSource = typeof source extends Shape<infer T> ? T : never;

/** "Packaging without compression": at most 100 rules, or a manifest with a JSON list of as many as there may be files. */
export const createFileCompressionTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateFileCompressionTask',
  action: 'imm:CreateFileCompressionTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    Sources: optional(json(listOf(source, 100))),
    SourceManifestURI: optional(text),
    CompressedFormat: optional(word('zip', 'ZIP')),
    TargetURI: required(text),
  },
});

export const createFileUncompressionTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateFileUncompressionTask',
  action: 'imm:CreateFileUncompressionTask',
  resource: 'project/{ProjectName}',
  input: {
    ...taskRequest,
    SourceURI: required(text),
    TargetURI: optional(text),
    SelectedFiles: optional(json(listOf(aText, 1_000))),
    Password: optional(text),
  },
});

/** What there is in an archive: told in the notification, and in the object that it names. */
export const createArchiveFileInspectionTask = rpcOperation<WireTaskAccepted>()({
  name: 'CreateArchiveFileInspectionTask',
  action: 'imm:CreateArchiveFileInspectionTask',
  resource: 'project/{ProjectName}',
  input: { ...taskRequest, SourceURI: required(text), Password: optional(text) },
});
