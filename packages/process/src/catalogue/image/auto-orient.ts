import { operation } from '../operation.ts';
import { flag } from '../vocabulary.ts';

/** Without this operation a picture is turned as with `auto-orient,1`. */
export const autoOrient = operation('image/auto-orient', {
  summary: 'Turn the picture upright by its EXIF orientation, before all other operations; 0 leaves it as it is.',
  door: 'sync',
  params: { value: flag('1: turn upright.') },
  examples: ['image/auto-orient,1'],
});
