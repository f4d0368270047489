import { imm2020Operations as operations } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { archiveFileInspection } from '../../domain/archives/archive-file-inspection.ts';
import { type ArchiveRule, archiveRule, fileCompression } from '../../domain/archives/file-compression.ts';
import { fileUncompression } from '../../domain/archives/file-uncompression.ts';
import { handle } from '../../rpc/product.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { projectTaskRequest } from './task-request.ts';

export function archiveHandlers({ works }: ImmServices) {
  return {
    createFileCompressionTask: handle(operations.createFileCompressionTask, async (input, call) => {
      const { Sources = [], SourceManifestURI } = input;
      if (Sources.length > 0 === Boolean(SourceManifestURI)) {
        throw new RpcError('InvalidParameter.Sources', 'Give one of Sources and SourceManifestURI.');
      }
      const rules = Sources.map(({ URI = '', Mode = 'prefix', Alias = '' }) => archiveRule(URI, Mode, Alias));
      const manifest = SourceManifestURI ? ossUri(SourceManifestURI, 'SourceManifestURI') : undefined;
      const target = ossUri(input.TargetURI, 'TargetURI');
      const { eventId, id } = await works.accept({
        ...projectTaskRequest(input, call),
        kind: fileCompression,
        work: { from: manifest ? { manifest } : { rules }, target },
        reads: manifest ? [manifest] : rules.filter(({ mode }) => mode === 'fullname').map(placeOf),
        readsUnder: rules.filter(({ mode }) => mode === 'prefix').map(placeOf),
        writes: [target],
      });
      return { EventId: eventId, TaskId: id };
    }),
    createFileUncompressionTask: handle(operations.createFileUncompressionTask, async (input, call) => {
      const { TargetURI, SelectedFiles: selected = [], Password } = input;
      const source = ossUri(input.SourceURI, 'SourceURI');
      const beside = { bucket: source.bucket, key: source.key.slice(0, source.key.lastIndexOf('/') + 1) };
      const { bucket, key } = TargetURI ? ossUri(TargetURI, 'TargetURI') : beside;
      const target = { bucket, key: key === '' || key.endsWith('/') ? key : `${key}/` };
      const { eventId, id } = await works.accept({
        ...projectTaskRequest(input, call),
        kind: fileUncompression,
        work: { source, target, selected, ...(Password && { password: works.seal(Password) }) },
        reads: [source],
        writes: [{ bucket, key: `${target.key}*` }],
      });
      return { EventId: eventId, TaskId: id };
    }),
    createArchiveFileInspectionTask: handle(operations.createArchiveFileInspectionTask, async (input, call) => {
      const source = ossUri(input.SourceURI, 'SourceURI');
      const { eventId, id } = await works.accept({
        ...projectTaskRequest(input, call),
        ...{ kind: archiveFileInspection, work: { source }, reads: [source], writes: [] },
      });
      return { EventId: eventId, TaskId: id };
    }),
  };
}

const placeOf = ({ bucket, key }: ArchiveRule) => ({ bucket, key });
