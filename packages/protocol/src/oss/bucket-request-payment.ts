import { struct, word, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument('RequestPaymentConfiguration', struct({ Payer: word('BucketOwner', 'Requester') }));

export const putBucketRequestPayment = putDocument('PutBucketRequestPayment', 'requestPayment', document);
export const getBucketRequestPayment = getDocument('GetBucketRequestPayment', 'requestPayment', document);
