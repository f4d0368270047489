import { operation } from '../operation.ts';

export const info = operation('image/info', {
  summary: 'Size, format and EXIF of the picture, as JSON.',
  door: 'sync',
  params: {},
  examples: ['image/info'],
  place: 'alone',
});
