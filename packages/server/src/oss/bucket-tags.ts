import { served } from '@millrace/protocol/oss';
import type { Tag } from '../domain/settings/bucket-settings.ts';
import { documentHandlers } from './bucket-document.ts';
import { handle } from './call.ts';
import { OssError } from './oss-error.ts';

/** Vendor limits. */
const MAX_TAGS = 20;
const MAX_KEY_BYTES = 64;
const MAX_VALUE_BYTES = 128;

const tags = documentHandlers(
  { put: served.PutBucketTags, get: served.GetBucketTags },
  {
    setting: 'tags',
    unset: { TagSet: { Tag: [] } },
    read: ({ TagSet: { Tag: listed } }) =>
      checkBucketTags(listed.map(({ Key: key, Value: value }) => ({ key, value }))),
    write: writeBucketTags,
  },
);

export const putBucketTags = tags.put;
export const getBucketTags = tags.get;

export const deleteBucketTags = handle(served.DeleteBucketTags, async (input, call) => {
  const gone = (input.keys ?? '').split(',').filter((key) => key !== '');
  await call.settings.removeTags(call.bucket, gone.length === 0 ? 'all' : gone);
  return {};
});

export function writeBucketTags(tags: readonly Tag[]): { TagSet: { Tag: { Key: string; Value: string }[] } } {
  return { TagSet: { Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) } };
}

/** Throws `InvalidTag`. */
export function checkBucketTags(tags: Tag[]): Tag[] {
  const invalid = (message: string, key: string): OssError =>
    new OssError('InvalidTag', { message, elements: { Key: key } });
  if (tags.length > MAX_TAGS) throw invalid(`A bucket may have ${MAX_TAGS} tags.`, tags[MAX_TAGS]?.key ?? '');
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    const size = Buffer.byteLength(key);
    if (size === 0 || size > MAX_KEY_BYTES) throw invalid(`The Key of a tag has 1 to ${MAX_KEY_BYTES} bytes.`, key);
    if (/^(https?:\/\/|aliyun)/i.test(key)) {
      throw invalid('The Key of a tag must not begin with http://, https:// or Aliyun.', key);
    }
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      throw invalid(`The Value of a tag has at most ${MAX_VALUE_BYTES} bytes.`, key);
    }
    if (seen.has(key)) throw invalid('The Key of each tag must be another.', key);
    seen.add(key);
  }
  return tags;
}
