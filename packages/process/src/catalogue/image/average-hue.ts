import { operation } from '../operation.ts';

export const averageHue = operation('image/average-hue', {
  summary: 'The main colour of the picture, as JSON.',
  door: 'sync',
  params: {},
  examples: ['image/average-hue'],
  place: 'last',
});
