import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { AdminListener, type Readiness } from './admin-listener.ts';
import { Metrics } from './metrics.ts';

const log = pino({ enabled: false });

async function openAdmin(ready: () => Promise<Readiness>, metrics = new Metrics()) {
  const pushes = { attempts: [], givenUp: async () => [], replay: async (id: number) => id === 7 };
  const admin = await AdminListener.open({
    host: '127.0.0.1',
    port: 0,
    metrics,
    ready,
    callbacks: () => [],
    pushes,
    log,
  });
  return {
    get: (path: string, method = 'GET') => fetch(`http://127.0.0.1:${admin.port}${path}`, { method }),
    [Symbol.asyncDispose]: () => admin.close(),
  };
}

test('live answers, ready tells what is wrong, the rest is 404', async () => {
  let readiness: Readiness = { ok: true, checks: { records: 'ok' } };
  await using admin = await openAdmin(async () => readiness);
  assert.equal((await admin.get('/-/live')).status, 200);
  assert.equal((await admin.get('/-/ready')).status, 200);
  readiness = { ok: false, checks: { records: 'disk full' } };
  const response = await admin.get('/-/ready');
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), readiness);
  assert.equal((await admin.get('/other')).status, 404);
  assert.equal((await admin.get('/-/live', 'POST')).status, 405);
});

test('a readiness check that throws is a server that is not ready', async () => {
  await using admin = await openAdmin(() => Promise.reject(new Error('no engine')));
  const response = await admin.get('/-/ready');
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { ok: false, checks: { check: 'no engine' } });
});

test('metrics count requests by protocol, operation and status, and ask the gauges', async () => {
  let readings = [{ labels: { kind: 'doc' }, value: 3 }];
  const metrics = new Metrics([
    { name: 'millrace_tasks_waiting', help: 'Tasks.', labels: ['kind'], read: () => readings },
  ]);
  metrics.began('oss');
  metrics.began('oss');
  metrics.ended({ protocol: 'oss', operation: 'GetObject', status: 200, seconds: 0.002 });
  metrics.ended({ protocol: 'oss', operation: '', status: 403, seconds: 0.001 });
  await using admin = await openAdmin(async () => ({ ok: true, checks: {} }), metrics);
  const text = await (await admin.get('/metrics')).text();
  assert.match(text, /millrace_requests_total\{protocol="oss",operation="GetObject",status="200"\} 1/);
  assert.match(text, /millrace_requests_total\{protocol="oss",operation="unknown",status="403"\} 1/);
  assert.match(text, /millrace_requests_in_flight\{protocol="oss"\} 0/);
  assert.match(text, /millrace_tasks_waiting\{kind="doc"\} 3/);
  readings = [];
  assert.doesNotMatch(await (await admin.get('/metrics')).text(), /kind="doc"/);
});
