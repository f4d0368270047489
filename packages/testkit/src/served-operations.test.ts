import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countSuccesses } from './served-operations.ts';

test('successes are added up over statuses, and refusals left out', () => {
  const metrics = [
    'millrace_requests_total{protocol="oss",operation="GetObject",status="200"} 3',
    'millrace_requests_total{protocol="oss",operation="GetObject",status="206"} 2',
    'millrace_requests_total{protocol="oss",operation="GetObject",status="404"} 7',
    'millrace_requests_total{protocol="mns",operation="SendMessage",status="201"} 1',
    'millrace_requests_total{protocol="oss",operation="unknown",status="403"} 1',
    'millrace_requests_in_flight{protocol="oss"} 0',
  ].join('\n');
  assert.deepEqual(
    [...countSuccesses(metrics)],
    [
      ['oss GetObject', 5],
      ['mns SendMessage', 1],
    ],
  );
});
