import { imm2020Operations as operations, type WireMosaicTarget } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { imageSplicing } from '../../domain/pictures/image-splicing.ts';
import { imageToPdf } from '../../domain/pictures/image-to-pdf.ts';
import type { MosaicTarget } from '../../domain/ports/picture-board.ts';
import { handle } from '../../rpc/product.ts';
import { oneOf, within } from '../checks.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { projectTaskRequest } from './task-request.ts';

const corners = ['northwest', 'northeast', 'southwest', 'southeast'] as const;
const kinds = ['square', 'diamond', 'hexagon', 'blur', 'pure'] as const;

export function pictureHandlers({ projects, works, pictures }: ImmServices) {
  return {
    createImageToPdfTask: handle(operations.createImageToPdfTask, async (input, call) => {
      const sources = input.Sources.map(({ URI = '', Rotate = 0 }) => {
        return { ...ossUri(URI, 'Sources'), rotation: turned(Rotate) };
      });
      if (sources.length === 0) throw new RpcError('InvalidParameter.Sources', 'Name at least one picture.');
      const target = ossUri(input.TargetURI, 'TargetURI');
      const { eventId, id } = await works.accept({
        ...projectTaskRequest(input, call),
        ...{ kind: imageToPdf, work: { sources, target }, reads: sources, writes: [target] },
      });
      return { EventId: eventId, TaskId: id };
    }),
    createImageSplicingTask: handle(operations.createImageSplicingTask, async (input, call) => {
      const { Align, Padding, Margin, Quality, BackgroundColor = '#FFFFFF', ImageFormat = 'jpg' } = input;
      const format = oneOf(ImageFormat, 'ImageFormat', ['jpg', 'jpeg', 'png']) === 'png' ? 'png' : 'jpg';
      if (BackgroundColor === 'alpha' && format === 'jpg') {
        const reason = 'Specified parameter BackgroundColor is not valid: alpha takes png as ImageFormat.';
        throw new RpcError('InvalidParameter.BackgroundColor', reason);
      }
      const sources = input.Sources.map(({ URI = '' }) => ossUri(URI, 'Sources'));
      const rotations = input.Sources.map(({ Rotate = 0 }) => turned(Rotate));
      if (sources.length === 0) throw new RpcError('InvalidParameter.Sources', 'Name at least one picture.');
      const target = ossUri(input.TargetURI, 'TargetURI');
      const align = within(Align, 'Align', 1, 4096);
      const job = {
        type: 'splice',
        direction: oneOf(input.Direction ?? 'vertical', 'Direction', ['vertical', 'horizontal']),
        scale: oneOf(input.ScaleType ?? 'fit', 'ScaleType', ['fit', 'stretch']),
        padding: within(Padding, 'Padding', 0, 4096) ?? 0,
        margin: within(Margin, 'Margin', 0, 4096) ?? 0,
        quality: within(Quality, 'Quality', 0, 100) ?? 80,
        background: BackgroundColor,
        format,
        rotations,
        ...(align !== undefined && { align }),
      } as const;
      const { eventId, id } = await works.accept({
        ...projectTaskRequest(input, call),
        ...{ kind: imageSplicing, work: { sources, job, target }, reads: sources, writes: [target] },
      });
      return { EventId: eventId, TaskId: id };
    }),
    addImageMosaic: handle(operations.addImageMosaic, async (input, { principal }) => {
      await projects.get(principal.accountId, input.ProjectName);
      if (input.Targets.length === 0) throw new RpcError('InvalidParameter.Targets', 'Name at least one part.');
      const { ImageFormat, Quality } = input;
      const format = ImageFormat && oneOf(ImageFormat, 'ImageFormat', ['jpg', 'jpeg', 'png', 'webp']);
      const quality = within(Quality, 'Quality', 0, 100);
      await pictures.mosaic(principal, {
        ...(format && { format: format === 'jpeg' ? 'jpg' : format }),
        ...(quality !== undefined && { quality }),
        source: ossUri(input.SourceURI, 'SourceURI'),
        target: ossUri(input.TargetURI, 'TargetURI'),
        targets: input.Targets.map(mosaicOf),
      });
      return {};
    }),
    detectImageCodes: handle(operations.detectImageCodes, async ({ ProjectName, SourceURI }, { principal }) => {
      await projects.get(principal.accountId, ProjectName);
      const found = await pictures.codes(principal, ossUri(SourceURI, 'SourceURI'));
      return {
        Codes: found.map(({ kind, text, left, top, width, height }) => ({
          Type: kind,
          Content: text,
          // Codes carry checks of their own: what can be read is right.
          Confidence: 1,
          Boundary: { Left: left, Top: top, Width: width, Height: height },
        })),
      };
    }),
  };
}

function turned(rotation: number): number {
  if ([0, 90, 180, 270].includes(rotation)) return rotation;
  throw new RpcError('InvalidParameter.Sources', 'Rotate is 0, 90, 180 or 270.');
}

function mosaicOf({
  Type = 'square',
  Boundary,
  MosaicRadius,
  BlurRadius,
  Sigma,
  Color = '#FFFFFF',
}: WireMosaicTarget): MosaicTarget {
  const { X = 0, Y = 0, Width = 0, Height = 0, ReferPos = 'northwest' } = Boundary ?? {};
  if (![X, Y, Width, Height].every((side) => side >= 0 && (side < 1 || Number.isInteger(side)))) {
    const reason = 'The numbers of a Boundary are pixels, or parts of the picture below 1.';
    throw new RpcError('InvalidParameter.Targets', reason);
  }
  if (Width === 0 || Height === 0) {
    throw new RpcError('InvalidParameter.Targets', 'A Boundary has a Width and a Height.');
  }
  return {
    type: oneOf(Type, 'Targets', kinds),
    boundary: { x: X, y: Y, width: Width, height: Height, corner: oneOf(ReferPos, 'Targets', corners) },
    radius: within(MosaicRadius, 'Targets', 1, 1_000) ?? 5,
    blur: Math.round(within(BlurRadius, 'Targets', 1, 50) ?? 3),
    sigma: within(Sigma, 'Targets', 1, 1_000) ?? 5,
    color: Color,
  };
}
