import { operation } from '../operation.ts';

export const videoInfo = operation('video/info', {
  summary: 'Streams, size, duration and tags of a video, as JSON.',
  door: 'sync',
  params: {},
  examples: ['video/info'],
});
