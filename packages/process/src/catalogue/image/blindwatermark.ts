import { operation } from '../operation.ts';
import { int, oneOf, shortText } from '../vocabulary.ts';

/** "At most 256 characters", of four bytes at most. */
const MOST_CONTENT_BYTES = 1024;

const strength = () =>
  oneOf(['low', 'medium', 'high'], 'The stronger, the more it survives, and the more of it can be seen.').default(
    'low',
  );

export const blindwatermark = operation('image/blindwatermark', {
  summary: 'Hide a text in the picture. Has to be stored with sys/saveas.',
  door: 'sync',
  params: {
    content: shortText(MOST_CONTENT_BYTES, 'The text, of at most 256 characters.'),
    s: strength(),
    q: int(70, 100, 'Quality of the result, where it is a JPG.').default(90),
  },
  rules: [
    {
      description: 'content has at most 256 characters.',
      check(given) {
        const content = given.value('content');
        const long = typeof content === 'string' && [...content].length > 256;
        return long ? { parameter: 'content', reason: 'It may have 256 characters.', cure: 'add' } : undefined;
      },
    },
  ],
  examples: ['image/blindwatermark,content_SGVsbG8,s_low,q_90'],
  place: 'last',
});

export const deblindwatermark = operation('image/deblindwatermark', {
  summary: 'Find the text that was hidden in the picture; the notification tells it.',
  door: 'async',
  saves: false,
  params: { s: strength(), t: oneOf(['text'], 'What was hidden.').default('text') },
  examples: ['image/deblindwatermark,s_low,t_text'],
  place: 'alone',
});
