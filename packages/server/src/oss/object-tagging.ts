import { served } from '@millrace/protocol/oss';
import type { ConditionContext } from '../domain/access/policy/condition.ts';
import { checkTags } from '../domain/objects/tags.ts';
import { handle } from './call.ts';
import { versionHeader } from './object-headers.ts';
import { REQUEST_TAG } from './request-facts.ts';

export const putObjectTagging = handle(served.PutObjectTagging, async ({ key, versionId, body }, call) => {
  const { bucket } = call;
  const tags = checkTags(body.TagSet.Tag.map(({ Key, Value }) => ({ key: Key, value: Value })));
  // The right to change tags was asked for before the body was read. Conditions may speak of the new ones as well.
  const { action, versionAction } = served.PutObjectTagging;
  const wanted: ConditionContext = (name) => {
    const value = name.startsWith(REQUEST_TAG) ? tags[name.slice(REQUEST_TAG.length)] : undefined;
    return value === undefined ? undefined : [value];
  };
  await call.access.require(
    call.principal,
    versionId === undefined ? action : versionAction,
    { bucket, key, versionId },
    wanted,
  );
  const changed = await call.objects.setTags({ bucket, key, versionId }, tags);
  return { versionId: versionHeader(bucket, changed) };
});

export const getObjectTagging = handle(served.GetObjectTagging, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const object = await call.objects.get(bucket, key, versionId);
  const tags = Object.entries(object.traits.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  return { versionId: versionHeader(bucket, object.versionId), result: { TagSet: { Tag: tags } } };
});

export const deleteObjectTagging = handle(served.DeleteObjectTagging, async ({ key, versionId }, call) => {
  const { bucket } = call;
  const changed = await call.objects.setTags({ bucket, key, versionId }, {});
  return { versionId: versionHeader(bucket, changed) };
});
