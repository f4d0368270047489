import { imm2020Operations as operations } from '@millrace/protocol/imm';
import { RpcError } from '@millrace/protocol/rpc';
import { handle } from '../../rpc/product.ts';
import { pageOf, pageSize } from '../paging.ts';
import type { ImmServices } from '../services.ts';
import { inBeijing } from './times.ts';

export function bucketAttachmentHandlers({ projects, buckets, access }: ImmServices) {
  return {
    attachOssBucket: handle(operations.attachOssBucket, async (input, { principal }) => {
      const { ProjectName, OSSBucket, Description = '' } = input;
      if (Description.length > 128) {
        throw new RpcError(
          'InvalidParameter.Description',
          'Specified parameter Description is not valid: 1 to 128 characters.',
        );
      }
      await projects.get(principal.accountId, ProjectName);
      const bucket = await buckets.get(OSSBucket);
      await access.require(principal, 'oss:GetBucketInfo', { bucket });
      await projects.bind(principal.accountId, ProjectName, bucket, Description);
      return {};
    }),
    detachOssBucket: handle(operations.detachOssBucket, async ({ OSSBucket }) => {
      await projects.unbind(await buckets.get(OSSBucket));
      return {};
    }),
    getOssBucketAttachment: handle(operations.getOssBucketAttachment, async ({ OSSBucket }) => {
      const { project, description, createdMs, modifiedMs } = await projects.binding(await buckets.get(OSSBucket));
      return {
        ProjectName: project,
        Description: description,
        CreateTime: inBeijing(createdMs),
        UpdateTime: inBeijing(modifiedMs),
      };
    }),
    listAttachedOssBuckets: handle(operations.listAttachedOssBuckets, async (input, { principal }) => {
      const { ProjectName: project, MaxResults, NextToken = '' } = input;
      const { accountId } = principal;
      await projects.get(accountId, project);
      const limit = pageSize(MaxResults, 'MaxResults', 200);
      const found = await projects.bindings({ accountId, project, after: NextToken, limit: limit + 1 });
      const { page, next } = pageOf(found, limit, ({ bucket }) => bucket);
      const wire = page.map(({ bucket, description, createdMs, modifiedMs }) => ({
        OSSBucket: bucket,
        ProjectName: project,
        OwnerId: accountId,
        Description: description,
        CreateTime: inBeijing(createdMs),
        UpdateTime: inBeijing(modifiedMs),
      }));
      return { AttachedOSSBuckets: wire, NextToken: next };
    }),
  };
}
