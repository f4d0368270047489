import { operation } from '../operation.ts';
import { int } from '../vocabulary.ts';

export const sharpen = operation('image/sharpen', {
  summary: 'Sharpen the picture.',
  door: 'sync',
  params: { value: int(50, 399, 'How much; 100 is recommended.') },
  examples: ['image/sharpen,100'],
});
