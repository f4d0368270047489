import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../domain/errors.ts';
import { contentRange, readRange } from './range.ts';

const cases: [header: string, plain: string, standard: string][] = [
  ['bytes=500-999', '500+500', '500+500'],
  ['bytes=0-0', '0+1', '0+1'],
  ['bytes=-500', '500+500', '500+500'],
  ['bytes=500-', '500+500', '500+500'],
  ['bytes=500-2000', 'whole', '500+500'],
  ['bytes=-2000', 'whole', '0+1000'],
  ['bytes=1000-', 'whole', 'refused'],
  ['bytes=1000-1001', 'whole', 'refused'],
  ['bytes=-0', 'whole', 'refused'],
  ['bytes=5-4', 'whole', 'refused'],
  ['bytes=0-1,3-4', 'whole', 'refused'],
  ['bytes=-', 'whole', 'refused'],
  ['chunks=0-1', 'whole', 'refused'],
];

function outcome(header: string, standard: boolean): string {
  try {
    const range = readRange(header, 1000, standard);
    return range ? `${range.offset}+${range.length}` : 'whole';
  } catch (error) {
    return isDomainError(error, 'RangeNotSatisfiable') ? 'refused' : 'failed';
  }
}

test('ranges of 1000 bytes, by default and with x-oss-range-behavior: standard', () => {
  for (const [header, plain, standard] of cases) {
    assert.equal(outcome(header, false), plain, header);
    assert.equal(outcome(header, true), standard, `${header}, standard`);
  }
});

test('an empty object has no range', () => {
  assert.equal(readRange('bytes=0-', 0, false), undefined);
  assert.throws(() => readRange('bytes=0-0', 0, true));
  assert.equal(readRange(undefined, 0, true), undefined);
});

test('Content-Range counts both ends', () => {
  assert.equal(contentRange({ offset: 500, length: 500 }, 1000), 'bytes 500-999/1000');
});
