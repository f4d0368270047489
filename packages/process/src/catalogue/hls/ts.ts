import { operation } from '../operation.ts';
import { objectRef } from '../vocabulary.ts';

/** Written inside `if_status_eq_404{…}`: what to do where the object that is asked for does not exist. */
export const hlsTs = operation('hls/ts', {
  summary: 'Make the segment that is asked for, by the playlist that names it.',
  door: 'sync',
  params: { from: objectRef('Key of the playlist.') },
  examples: ['hls/ts,from_dmlkZW8ubTN1OA'],
});
