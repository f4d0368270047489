import { served } from '@millrace/protocol/oss';
import { DomainError } from '../domain/errors.ts';
import { overwriteForbidden } from './bucket-overwrite-config.ts';
import { handle } from './call.ts';
import { authorizeTags, describeObject, refuseConditions, versionHeader } from './object-headers.ts';

export const putSymlink = handle(served.PutSymlink, async (input, call) => {
  refuseConditions(call);
  const { bucket } = call;
  const { key, target } = input;
  const tags = await authorizeTags(input, call);
  const forbidOverwrite = input.forbidOverwrite || (await overwriteForbidden(key, call));
  const link = await call.objects.putLink({ bucket, key, target, forbidOverwrite, ...describeObject(input), tags });
  return { etag: link.etag, versionId: versionHeader(bucket, link.versionId) };
});

export const getSymlink = handle(served.GetSymlink, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const link = await call.objects.get(bucket, key, versionId);
  const { linkTarget: target } = link.traits;
  if (target === undefined) throw new DomainError('NotALink', { key });
  return {
    target,
    etag: link.etag,
    lastModified: link.lastModifiedMs,
    objectType: link.type,
    versionId: versionHeader(bucket, link.versionId),
    meta: link.meta,
  };
});
