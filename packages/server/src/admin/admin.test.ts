import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { DomainError } from '../domain/errors.ts';
import type { RecordStore } from '../domain/ports/record-store.ts';
import { taskRow } from '../stores/contract/record-samples.ts';
import { AdminListener, type Readiness } from './admin-listener.ts';
import { LateMetrics } from './late-metrics.ts';
import { PushRoutes } from './push-routes.ts';
import { TaskRoutes } from './task-routes.ts';

const log = pino({ enabled: false });

const records = {
  reads: {
    tasks: {
      page: ({ beforeMs, limit }: { beforeMs: number; limit: number }) =>
        [5, 4, 4, 3]
          .map((createdMs, at) => taskRow({ id: `t${at}`, createdMs }))
          .filter(({ createdMs }) => createdMs < beforeMs)
          .slice(0, limit),
      get: (id: string) => (id === 'known' ? taskRow({ id }) : undefined),
    },
  },
} as unknown as RecordStore;
const routes = new TaskRoutes({
  records,
  tasks: {
    cancel: async (taskId) => {
      if (taskId !== 'known') throw new DomainError('TaskMissing', { taskId });
      return true;
    },
    retry: async () => false,
  },
});

async function openAdmin(ready: () => Promise<Readiness>, metrics = new LateMetrics()) {
  const admin = await AdminListener.open({
    host: '127.0.0.1',
    port: 0,
    metrics,
    ready,
    callbacks: () => [],
    operator: async (authorization) => authorization,
    routes: {
      '/-/tasks': routes,
      '/-/pushes': new PushRoutes({ attempts: [], givenUp: async () => [], replay: async (id) => id === 7 }),
    },
    log,
  });
  return {
    get: (path: string, method = 'GET', headers = {}) =>
      fetch(`http://127.0.0.1:${admin.port}${path}`, { method, headers }),
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

test('tasks are for operators only, and not for the pages of others', async () => {
  await using admin = await openAdmin(async () => ({ ok: true, checks: {} }));
  assert.equal((await admin.get('/-/tasks')).status, 401);
  assert.equal((await admin.get('/-/tasks', 'GET', { authorization: 'Basic x', origin: 'http://evil' })).status, 403);
  const ask = async (path: string, method = 'GET') => {
    const response = await admin.get(path, method, { authorization: 'Basic x' });
    return { status: response.status, body: JSON.stringify(await response.json()) };
  };
  assert.match((await ask('/-/tasks')).body, /"t0".*"t3"/);
  assert.match((await ask('/-/tasks?limit=2')).body, /"next":5/);
  assert.match((await ask('/-/tasks?before=5')).body, /"t1".*"t2".*"t3"/);
  assert.equal((await ask('/-/tasks?state=Asleep')).status, 400);
  assert.equal((await ask('/-/tasks?limit=0')).status, 400);
  assert.match((await ask('/-/tasks/known')).body, /"waiting":true,"created":"1970/);
  assert.equal((await ask('/-/tasks/unknown')).status, 404);
  assert.equal((await ask('/-/tasks/known/cancel')).status, 405);
  assert.equal((await ask('/-/tasks/known/cancel', 'POST')).status, 200);
  assert.equal((await ask('/-/tasks/unknown/cancel', 'POST')).status, 404);
  assert.equal((await ask('/-/tasks/known/retry', 'POST')).status, 409);
  assert.equal((await ask('/-/tasks/known/priority?value=x', 'POST')).status, 400);
});

test('a readiness check that throws is a server that is not ready', async () => {
  await using admin = await openAdmin(() => Promise.reject(new Error('no engine')));
  const response = await admin.get('/-/ready');
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { ok: false, checks: { check: 'no engine' } });
});

test('metrics count requests by protocol, operation and status, and ask the gauges', async () => {
  let readings = [{ labels: { kind: 'doc' }, value: 3 }];
  const metrics = new LateMetrics([
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
