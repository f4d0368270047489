import { imm2020Operations as operations } from '@millrace/protocol/imm';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import type { MediaTaskRequest } from '../../domain/media/task-submission.ts';
import { handle } from '../../rpc/product.ts';
import { within } from '../checks.ts';
import { officeOperation, pageRange } from '../office-operation.ts';
import type { ImmServices } from '../services.ts';
import { literal, ossUri } from '../uri.ts';
import { taskRequest } from './task-request.ts';

type Conversion = RpcInputOf<typeof operations.createOfficeConversionTask>;

export function officeConversionHandlers({ projects, media, works, documentText }: ImmServices) {
  return {
    createOfficeConversionTask: handle(operations.createOfficeConversionTask, async (input, call) => {
      await projects.get(call.principal.accountId, input.ProjectName);
      const { eventId, id } = await media.accept({
        ...taskRequest(input, call),
        source: ossUri(input.SourceURI, 'SourceURI'),
        steps: [
          { operation: officeOperation(input.TargetType, input.SourceType, pagesOf(input)), target: targetOf(input) },
        ],
        document: { ...lookOf(input), ...(input.Password && { password: works.seal(input.Password) }) },
      });
      return { EventId: eventId, TaskId: id };
    }),
    extractDocumentText: handle(operations.extractDocumentText, async (input, { principal }) => {
      await projects.get(principal.accountId, input.ProjectName);
      const operation = officeOperation('txt', input.SourceType, undefined);
      return { DocumentText: await documentText.of(principal, ossUri(input.SourceURI, 'SourceURI'), operation) };
    }),
  };
}

function pagesOf({ Pages, StartPage = 1, EndPage = -1, TargetType }: Conversion) {
  if (Pages) {
    return Pages.split(',').map((part) => {
      const [, first, last = first] = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part) ?? [];
      if (first !== undefined && Number(first) >= 1 && Number(last) >= Number(first)) {
        return { first: Number(first), last: Number(last) };
      }
      throw new RpcError('InvalidParameter.Pages', 'Specified parameter Pages is not valid: it is written 1,2-4,7.');
    });
  }
  // "Images only."
  return TargetType === 'png' || TargetType === 'jpg' ? pageRange(StartPage, EndPage, 'EndPage') : undefined;
}

function targetOf({ TargetURI, TargetURIPrefix, TargetType }: Conversion) {
  if (TargetURI) return ossUri(TargetURI, 'TargetURI');
  if (!TargetURIPrefix)
    throw new RpcError('MissingTargetURI', 'TargetURI or TargetURIPrefix is mandatory for this action.');
  const { bucket, key } = ossUri(TargetURIPrefix, 'TargetURIPrefix');
  const name = TargetType === 'pdf' ? '{barename}' : '{index}';
  return { bucket, key: `${literal(key)}${name}.{autoext}` };
}

function lookOf(input: Conversion): NonNullable<MediaTaskRequest['document']> {
  const { ImageDPI, Quality, ScalePercentage, LongText, LongPicture, FirstPage, SheetIndex, SheetCount } = input;
  within(ImageDPI, 'ImageDPI', 96, 600);
  within(Quality, 'Quality', 0, 100);
  within(ScalePercentage, 'ScalePercentage', 20, 199);
  within(SheetIndex, 'SheetIndex', 1, 9_999);
  within(SheetCount, 'SheetCount', 1, 9_999);
  const drawn = ImageDPI !== undefined || ScalePercentage !== undefined;
  const sheets = SheetIndex !== undefined || SheetCount !== undefined;
  // A text of worksheets is one, whichever are chosen.
  const pictures = input.TargetType === 'png' || input.TargetType === 'jpg';
  return {
    ...(drawn && { dpi: Math.round(((ImageDPI ?? 96) * (ScalePercentage ?? 100)) / 100) }),
    // 0 is "as good as seems right".
    ...(Quality ? { quality: Quality } : {}),
    ...(LongText && { wholeText: true }),
    ...(pictures && LongPicture && { longPicture: true }),
    // "A thumbnail of the first page."
    ...(pictures && FirstPage && { firstPage: true }),
    ...(sheets && {
      sheets: { first: SheetIndex ?? 1, ...(SheetCount !== undefined && { count: SheetCount }) },
    }),
  };
}
