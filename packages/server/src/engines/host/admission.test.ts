import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Admission } from './admission.ts';

test('lets eight jobs wait for each worker, and of short ones as many as bearable', () => {
  const admission = new Admission(2, 500);
  assert.equal(admission.accepts(15, 0), true);
  assert.equal(admission.accepts(16, 0), false);
  admission.took(10);
  assert.equal(admission.accepts(99, 0), true);
  assert.equal(admission.accepts(100, 0), false);
  for (let job = 0; job < 100; job += 1) admission.took(5_000);
  assert.equal(admission.accepts(15, 0), true);
  assert.equal(admission.accepts(16, 0), false);
});

test('keeps the queue short once jobs have been refused for longer than a burst lasts', () => {
  const admission = new Admission(2, 500);
  assert.equal(admission.accepts(16, 0), false);
  assert.equal(admission.accepts(16, 150), false);
  assert.equal(admission.mostWaiting(150), 16);
  assert.equal(admission.accepts(16, 250), false);
  assert.equal(admission.mostWaiting(250), 2);
  assert.equal(admission.accepts(1, 250), true);
  assert.equal(admission.accepts(2, 1_100), false);
  admission.rest(1_150);
  assert.equal(admission.accepts(2, 2_000), false);
  assert.equal(admission.accepts(2, 3_100), true);
});

test('takes bursts with a rest in between for bursts', () => {
  const admission = new Admission(2, 500);
  for (let at = 0; at < 3_000; at += 300) {
    assert.equal(admission.accepts(16, at), false);
    assert.equal(admission.mostWaiting(at), 16);
    admission.rest(at + 200 - 1);
  }
});
