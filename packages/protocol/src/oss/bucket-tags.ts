import { list, struct, text, xmlDocument } from '../xml/index.ts';
import { deleteDocument, getDocument, putDocument } from './bucket-document.ts';
import { text as textCodec } from './codecs.ts';
import { optional, query } from './fields.ts';

export const bucketTagging = struct({ TagSet: struct({ Tag: list(struct({ Key: text, Value: text })) }) });
const document = xmlDocument('Tagging', bucketTagging);

export const putBucketTags = putDocument('PutBucketTags', 'tagging', document, {
  action: 'oss:PutBucketTagging',
  errors: ['MalformedXML', 'InvalidTag'],
});
export const getBucketTags = getDocument('GetBucketTags', 'tagging', document, { action: 'oss:GetBucketTagging' });

const removal = deleteDocument('DeleteBucketTags', 'tagging', { action: 'oss:DeleteBucketTagging' });
/** `tagging=k1,k2` takes these away, an empty one all. */
export const deleteBucketTags = { ...removal, input: { keys: optional(query('tagging', textCodec)) } };
