import { imm2020Operations as operations } from '@millrace/protocol/imm';
import { RpcError, type RpcInputOf } from '@millrace/protocol/rpc';
import type { MediaTaskRequest } from '../../domain/media/media-service.ts';
import { handle } from '../../rpc/product.ts';
import { officeOperation, pageRange } from '../office-operation.ts';
import type { ImmServices } from '../services.ts';
import { literal, ossUri } from '../uri.ts';
import { taskRequest } from './task-request.ts';

type Conversion = RpcInputOf<typeof operations.createOfficeConversionTask>;

export function officeConversionHandlers({ projects, media }: ImmServices) {
  return {
    createOfficeConversionTask: handle(operations.createOfficeConversionTask, async (input, call) => {
      await projects.get(call.principal.accountId, input.ProjectName);
      refuseUnserved(input);
      const { eventId, id } = await media.accept({
        ...taskRequest(input, call),
        source: ossUri(input.SourceURI, 'SourceURI'),
        steps: [
          { operation: officeOperation(input.TargetType, input.SourceType, pagesOf(input)), target: targetOf(input) },
        ],
        document: lookOf(input),
      });
      return { EventId: eventId, TaskId: id };
    }),
  };
}

/** What would come out otherwise than was asked for is refused; hints about layout are passed over. */
function refuseUnserved({ Password, LongPicture, SheetIndex, SheetCount }: Conversion): void {
  const asked = { Password, LongPicture, SheetIndex, SheetCount };
  for (const [name, value] of Object.entries(asked)) {
    if (value) throw new RpcError('UnsupportedOperation', `${name} is not available on this installation.`);
  }
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

function lookOf({
  ImageDPI,
  Quality,
  ScalePercentage,
  LongText,
}: Conversion): NonNullable<MediaTaskRequest['document']> {
  const within = (value: number | undefined, name: string, least: number, most: number): void => {
    if (value === undefined || (value >= least && value <= most)) return;
    throw new RpcError(
      `InvalidParameter.${name}`,
      `Specified parameter ${name} is not valid: it is ${least} to ${most}.`,
    );
  };
  within(ImageDPI, 'ImageDPI', 96, 600);
  within(Quality, 'Quality', 0, 100);
  within(ScalePercentage, 'ScalePercentage', 20, 199);
  const drawn = ImageDPI !== undefined || ScalePercentage !== undefined;
  return {
    ...(drawn && { dpi: Math.round(((ImageDPI ?? 96) * (ScalePercentage ?? 100)) / 100) }),
    // 0 is "as good as seems right".
    ...(Quality ? { quality: Quality } : {}),
    ...(LongText && { wholeText: true }),
  };
}
