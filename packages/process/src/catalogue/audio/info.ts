import { operation } from '../operation.ts';

export const audioInfo = operation('audio/info', {
  summary: 'Streams, duration and tags of a sound file, as JSON.',
  door: 'sync',
  params: {},
  examples: ['audio/info'],
});
