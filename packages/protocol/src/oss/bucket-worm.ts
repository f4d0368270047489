import { int, optional, struct, text as textElement, time, word, xmlDocument } from '../xml/index.ts';
import { text } from './codecs.ts';
import { header, query, xmlBody } from './fields.ts';
import { operation } from './operation.ts';

const period = struct({ RetentionPeriodInDays: int });
const wormId = query('wormId', text);

/** Keeps the objects of a bucket from being changed or deleted, for a day to begin with. */
export const initiateBucketWorm = operation({
  name: 'InitiateBucketWorm',
  method: 'POST',
  level: 'bucket',
  select: ['worm'],
  input: { body: xmlBody(xmlDocument('InitiateWormConfiguration', period)) },
  output: { wormId: header('x-oss-worm-id', text) },
  errors: ['MalformedXML', 'InvalidWORMConfiguration', 'WORMConfigurationAlreadyExists'],
});

export const abortBucketWorm = operation({
  name: 'AbortBucketWorm',
  method: 'DELETE',
  level: 'bucket',
  select: ['worm'],
  status: 204,
  input: {},
  output: {},
  errors: ['NoSuchWORMConfiguration', 'WORMConfigurationLocked'],
});

/** From then on, it stays as long as the bucket. */
export const completeBucketWorm = operation({
  name: 'CompleteBucketWorm',
  method: 'POST',
  level: 'bucket',
  select: ['wormId'],
  input: { wormId },
  output: {},
  errors: ['NoSuchWORMConfiguration', 'WORMConfigurationLocked'],
});

export const extendBucketWorm = operation({
  name: 'ExtendBucketWorm',
  method: 'POST',
  level: 'bucket',
  select: ['wormExtend', 'wormId'],
  input: { wormId, body: xmlBody(xmlDocument('ExtendWormConfiguration', period)) },
  output: {},
  errors: ['MalformedXML', 'NoSuchWORMConfiguration', 'InvalidWORMConfiguration'],
});

export const getBucketWorm = operation({
  name: 'GetBucketWorm',
  method: 'GET',
  level: 'bucket',
  select: ['worm'],
  input: {},
  output: {
    result: xmlBody(
      xmlDocument(
        'WormConfiguration',
        struct({
          WormId: textElement,
          State: word('InProgress', 'Locked'),
          RetentionPeriodInDays: int,
          CreationDate: time,
          /** Of one that is not locked. */
          ExpirationDate: optional(time),
        }),
      ),
    ),
  },
  errors: ['NoSuchWORMConfiguration'],
});
