import { partCount } from './operation.ts';
import { int, objectRef, timeMs } from './vocabulary.ts';

/** "At most 11 files in all": the source and these. */
const MOST_OPERANDS = 10;

const operand = {
  o: objectRef('Key of the other object, in the bucket of the source.'),
  ss: timeMs('Where to begin in it, in milliseconds.').default(0),
  t: timeMs('How long, in milliseconds; 0: to its end.').default(0),
};

/** What stands before and after the source when files are joined, in order. */
export const operands = { pre: operand, sur: operand };

export const operandRules = [partCount(['pre', 'sur'], 1, MOST_OPERANDS)];

export const align = int(
  0,
  MOST_OPERANDS,
  'Which file, counted from 0 in the final order, gives size, rate and channels where none are asked for.',
);
