import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ProcessError } from '../process-error.ts';
import { format } from './format.ts';
import { parse } from './parse.ts';

/** Text made of the pieces that the grammar cares about, in any order, besides any text at all. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'image',
        'sys',
        'saveas',
        'notify',
        'resize',
        'w_100',
        'o_ab/cd==',
        '/',
        ',',
        '|',
        '_',
        '=',
        '+',
        '',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the grammar', () => {
  it('writes back exactly what it parsed', () => {
    const limits = { length: 1000, pipes: 1000, actions: 1000 };
    fc.assert(
      fc.property(fc.oneof(pieces, fc.string({ unit: 'binary' })), (text) => {
        if (text !== '') assert.equal(format(parse(text, limits)), text);
      }),
      { numRuns: 500 },
    );
  });

  it('takes stages, actions and arguments apart', () => {
    assert.deepEqual(parse('image/resize,w_100/format,png|sys/saveas,o_YQ==').stages, [
      {
        family: 'image',
        actions: [
          { name: 'resize', arguments: ['w_100'] },
          { name: 'format', arguments: ['png'] },
        ],
      },
      { family: 'sys', actions: [{ name: 'saveas', arguments: ['o_YQ=='] }] },
    ]);
  });

  it('leaves a slash inside sys to the base64 value unless a sys action follows it', () => {
    assert.deepEqual(parse('sys/saveas,o_ZG9j/2lu/notify,topic_YQ').stages[0]?.actions, [
      { name: 'saveas', arguments: ['o_ZG9j/2lu'] },
      { name: 'notify', arguments: ['topic_YQ'] },
    ]);
    assert.deepEqual(parse('sys/saveas,o_ZG9j/notify').stages[0]?.actions[1], { name: 'notify', arguments: [] });
    assert.equal(parse('sys/saveas,o_ZG9j/notifyA').stages[0]?.actions.length, 1);
    assert.equal(parse('notify,topic_a/b').stages[0]?.actions.length, 1);
  });

  it('refuses an empty string, a fifth pipe, and a string over the length limit', () => {
    assert.throws(() => parse(''), ProcessError);
    assert.throws(() => parse('a/b|a/b|a/b|a/b|a/b|a/b'), /more than 4 pipes/);
    assert.throws(() => parse(`image/resize,w_${'1'.repeat(20_000)}`), /longer than 16384/);
    assert.throws(() => parse(`image${'/resize,w_1'.repeat(65)}`), /more than 64 actions/);
  });
});
