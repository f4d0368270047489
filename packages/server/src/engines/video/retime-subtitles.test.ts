import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retimed } from './retime-subtitles.ts';

const srt = `1
00:00:00,500 --> 00:00:01,500
first words

2
00:00:02,000 --> 00:00:03,000
second words
12

of two lines
`;

test('what is said across a cut is said from the beginning on, and nothing after the end', () => {
  const part = retimed('srt', srt, { from: 1000, length: 1500, speed: 0.5 });
  assert.equal(
    part,
    '1\n00:00:00,000 --> 00:00:01,000\nfirst words\n\n2\n00:00:02,000 --> 00:00:03,000\nsecond words\n12\n\nof two lines\n\n',
  );
});

test('an offset comes before, styles stay', () => {
  const ass = '[Events]\nDialogue: 0,0:00:59.99,1:02:03.00,Default,,0,0,0,,{\\i1}words, more\n';
  const part = retimed('ass', ass, { from: -20, speed: 1 });
  assert.equal(part, '[Events]\nDialogue: 0,0:01:00.01,1:02:03.02,Default,,0,0,0,,{\\i1}words, more\n');
});

test('a part in which nothing is said has no subtitles', () => {
  assert.equal(retimed('srt', srt, { from: 1500, length: 500, speed: 1 }), undefined);
});
