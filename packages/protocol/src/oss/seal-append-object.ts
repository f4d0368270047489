import { count, httpDate } from './codecs.ts';
import { header, query } from './fields.ts';
import { operation } from './operation.ts';

/** Ends an appendable object: it takes no more. */
export const sealAppendObject = operation({
  name: 'SealAppendObject',
  method: 'POST',
  level: 'object',
  select: ['seal'],
  input: { position: query('position', count) },
  output: { sealedTime: header('x-oss-sealed-time', httpDate) },
  errors: ['NoSuchKey', 'ObjectNotAppendable', 'PositionNotEqualToLength'],
});
