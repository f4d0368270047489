import { operation } from '../operation.ts';

export const hlsSign = operation('hls/sign', {
  summary: 'A playlist with every address in it signed as the request for it is.',
  door: 'sync',
  params: {},
  examples: ['hls/sign'],
});
