import { struct, text, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument('BucketResourceGroupConfiguration', struct({ ResourceGroupId: text }));

export const putBucketResourceGroup = putDocument('PutBucketResourceGroup', 'resourceGroup', document, {
  errors: ['ResourceGroupIdPreCheckError'],
});
export const getBucketResourceGroup = getDocument('GetBucketResourceGroup', 'resourceGroup', document);
