import { operation } from '../operation.ts';
import { flag } from '../vocabulary.ts';

export const interlace = operation('image/interlace', {
  summary: 'Write a JPG that shows progressively; no effect on other formats.',
  door: 'sync',
  params: { value: flag('1: progressive.') },
  examples: ['image/interlace,1'],
});
