import { imm2020Operations as operations } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { readResult } from '../../domain/media/notification.ts';
import { handle } from '../../rpc/product.ts';
import { oneOf, within } from '../checks.ts';
import type { ImmServices } from '../services.ts';
import { ossUri } from '../uri.ts';
import { unserved } from './media-words.ts';
import { wireTask } from './task.ts';
import { taskRequest } from './task-request.ts';

/** A client waits no longer. */
const WAIT_MS = 60_000;

/** "At most 256 characters." */
const MOST_CONTENT = 256;

const strengths = ['low', 'medium', 'high'] as const;

const encode = (plain: string): string => Buffer.from(plain).toString('base64url');

export function blindWatermarkHandlers({ projects, buckets, media, tasks }: ImmServices) {
  return {
    encodeBlindWatermark: handle(operations.encodeBlindWatermark, async (input, { principal }) => {
      const { ProjectName, Content, StrengthLevel = 'low', ImageQuality } = input;
      await projects.get(principal.accountId, ProjectName);
      const source = ossUri(input.SourceURI, 'SourceURI');
      const target = ossUri(input.TargetURI, 'TargetURI');
      if ([...Content].length > MOST_CONTENT) {
        throw new RpcError(
          'InvalidParameter.Content',
          `Specified parameter Content is not valid: ${MOST_CONTENT} characters at most.`,
        );
      }
      const strength = oneOf(StrengthLevel, 'StrengthLevel', strengths);
      const quality = within(ImageQuality, 'ImageQuality', 70, 100) ?? 90;
      await media.save({
        principal,
        bucket: await buckets.get(source.bucket),
        key: source.key,
        process: `image/blindwatermark,content_${encode(Content)},s_${strength},q_${quality}|sys/saveas,o_${encode(target.key)},b_${encode(target.bucket)}`,
        signal: AbortSignal.timeout(WAIT_MS),
      });
      return {};
    }),
    createDecodeBlindWatermarkTask: handle(operations.createDecodeBlindWatermarkTask, async (input, call) => {
      const { SourceURI, StrengthLevel = 'low', WatermarkType = 'text', Model, OriginalImageURI } = input;
      await projects.get(call.principal.accountId, input.ProjectName);
      if (Model || OriginalImageURI) throw unserved('Model and OriginalImageURI of older watermarks');
      oneOf(WatermarkType, 'WatermarkType', ['text']);
      const s = oneOf(StrengthLevel, 'StrengthLevel', strengths);
      const { eventId, id } = await media.findHiddenText({
        ...taskRequest(input, call),
        source: ossUri(SourceURI, 'SourceURI'),
        operation: { name: 'image/deblindwatermark', params: { s, t: 'text' } },
      });
      return { EventId: eventId, TaskId: id };
    }),
    getDecodeBlindWatermarkResult: handle(operations.getDecodeBlindWatermarkResult, async (input, { principal }) => {
      const { ProjectName, TaskId, TaskType } = input;
      await projects.get(principal.accountId, ProjectName);
      const task = await tasks.get(principal.accountId, ProjectName, TaskId);
      const { Tags: _, ...wire } = wireTask(task, false);
      if (wire.TaskType !== TaskType || TaskType !== 'DecodeBlindWatermark') {
        throw new RpcError('ResourceNotFound', 'The specified resource Task is not found.');
      }
      return { ...wire, Content: readResult(task.result)?.text ?? '' };
    }),
  };
}
