import { struct, word, xmlDocument } from '../xml/index.ts';
import { getDocument, putDocument } from './bucket-document.ts';

const document = xmlDocument('AccessMonitorConfiguration', struct({ Status: word('Enabled', 'Disabled') }));

export const putBucketAccessMonitor = putDocument('PutBucketAccessMonitor', 'accessmonitor', document);
export const getBucketAccessMonitor = getDocument('GetBucketAccessMonitor', 'accessmonitor', document);
