import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const rotate = operation('image/rotate', {
  summary: 'Turn the picture clockwise.',
  door: 'sync',
  params: { value: int(0, 360, 'Degrees, clockwise.') },
  examples: ['image/rotate,90'],
});
