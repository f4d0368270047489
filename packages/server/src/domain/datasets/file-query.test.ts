import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../errors.ts';
import { Aggregate, compareBy, fits, readCondition, valuesAt } from './file-query.ts';

const film = {
  Filename: 'a/film.mp4',
  Size: 900,
  OSSTagging: { team: 'blue' },
  VideoStreams: [
    { CodecName: 'h264', Width: 640 },
    { CodecName: 'mjpeg', Width: 100 },
  ],
};

test('a path leads through lists to all values', () => {
  assert.deepEqual(valuesAt(film, 'VideoStreams.Width'), [640, 100]);
  assert.deepEqual(valuesAt(film, 'OSSTagging.team'), ['blue']);
  assert.deepEqual(valuesAt(film, 'OSSTagging.constructor'), []);
  assert.deepEqual(valuesAt(film, 'Size.nothing'), []);
});

test('numbers are compared as numbers and texts as texts', () => {
  const holds = (Field: string, Operation: string, Value: string) =>
    fits(film, readCondition({ Field, Operation, Value }));
  assert.ok(holds('Size', 'gt', '1e2') && holds('Size', 'eq', '900.0') && !holds('Size', 'lt', '1000x'));
  assert.ok(
    holds('Filename', 'gte', 'a/') && holds('Filename', 'prefix', 'a/f') && !holds('Filename', 'eq', 'A/film.mp4'),
  );
  assert.ok(holds('Filename', 'match-phrase', 'FILM'));
});

test('a nested query asks all of one item', () => {
  const ask = (codec: string, width: string) =>
    fits(
      film,
      readCondition({
        Operation: 'nested',
        Field: 'VideoStreams',
        SubQueries: [
          {
            Operation: 'and',
            SubQueries: [
              { Operation: 'eq', Field: 'VideoStreams.CodecName', Value: codec },
              { Operation: 'eq', Field: 'VideoStreams.Width', Value: width },
            ],
          },
        ],
      }),
    );
  assert.ok(ask('h264', '640'));
  assert.ok(!ask('h264', '100'));
});

test('a query that is no tree, too deep or too wide is refused', () => {
  let deep: unknown = { Operation: 'exist', Field: 'Size' };
  for (let depth = 0; depth < 12; depth += 1) deep = { Operation: 'not', SubQueries: [deep] };
  const wide = { Operation: 'or', SubQueries: Array.from({ length: 200 }, () => ({ Operation: 'exist', Field: 'x' })) };
  for (const query of [null, 7, 'x', [], {}, { Operation: 'eq', Field: 'x' }, { Operation: 'and' }, deep, wide]) {
    assert.throws(
      () => readCondition(query),
      (error) => isDomainError(error, 'InvalidArgument'),
    );
  }
});

test('orders go by one field after the other, and what is not there comes first', () => {
  const orders = [
    { field: 'a', descending: false },
    { field: 'b', descending: true },
  ];
  const rows = [
    [2, 1],
    [1, 1],
    [1, 2],
    [undefined, 5],
  ].sort((a, b) => compareBy(orders, a, b));
  assert.deepEqual(rows, [
    [undefined, 5],
    [1, 2],
    [1, 1],
    [2, 1],
  ]);
});

test('aggregations of nothing are nothing', () => {
  for (const operation of ['average', 'min', 'max', 'count', 'distinct', 'sum', 'group'] as const) {
    assert.deepEqual(new Aggregate({ field: 'x', operation }).result(), {
      field: 'x',
      operation,
      value: 0,
      groups: [],
    });
  }
});
