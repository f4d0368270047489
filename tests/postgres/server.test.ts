import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  ConnectionBroken,
  descendants,
  endOf,
  mns,
  oss,
  type PostgresCluster,
  startPostgres,
  startServer,
  until,
} from '@millrace/testkit';
import { type Actor, accepted } from '../faults/actor.ts';
import { createQueue, MessageActor } from '../faults/message-actor.ts';
import { MultipartActor } from '../faults/multipart-actor.ts';
import { ObjectActor } from '../faults/object-actor.ts';
import { TaskActor } from '../faults/task-actor.ts';
import { VersionActor } from '../faults/version-actor.ts';

const MILLRACE = fileURLToPath(new URL('../../bin/millrace', import.meta.url));

/** How often the server is killed under load, and how often the database crashes under it. */
const ROUNDS = Number(process.env.MILLRACE_FAULT_ROUNDS ?? 2);

const SEED = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);

const SENT = '<Message><MessageBody>hello</MessageBody></Message>';

describe('a server with its records in PostgreSQL', () => {
  let cluster: PostgresCluster;
  before(async () => {
    cluster = await startPostgres();
  });
  after(() => cluster.dispose());

  const serverOn = async (name: string, test: Parameters<typeof startServer>[0] & object) =>
    startServer({ ...test, env: { MILLRACE_DATABASE_URL: await cluster.database(name) } });

  test(`loses nothing acknowledged when it is killed ${ROUNDS} times`, {
    timeout: 180_000 + ROUNDS * 60_000,
  }, async (t) => {
    t.diagnostic(`MILLRACE_FAULT_SEED=${SEED}`);
    const server = await serverOn('killed', { test: t });
    const stage = { server, bucket: 'faults' };
    accepted(await oss(server, { method: 'PUT', path: '/faults/' }), 200);
    const actors: Actor[] = [
      new ObjectActor(stage, 1, SEED + 1),
      new MultipartActor(stage, 1, SEED + 2),
      new VersionActor(stage, 1, { seed: SEED + 3, suspends: true }),
      new MessageActor(stage, 1, SEED + 4),
      new TaskActor(stage),
    ];
    for (const actor of actors) await actor.prepare?.();
    for (let round = 1; round <= ROUNDS; round++) {
      const failed = Promise.all(actors.map(untilBroken));
      failed.catch(() => undefined);
      // Not a wait for anything: some time under load.
      await pause(300);
      const family = descendants(server.pid);
      await server.kill('SIGKILL');
      await failed;
      await endOf(family, 10_000);
      await server.restart();
      for (const actor of actors) await actor.check();
    }
    for (const actor of actors) await actor.settle?.();
  });

  test('wakes a long poll by a message that comes, and one that waits for the end of a time-out', {
    timeout: 240_000,
  }, async (t) => {
    const server = await serverOn('polled', { test: t });
    await createQueue({ server, bucket: '' }, 'polled', 2);
    const path = '/queues/polled/messages';
    const poll = () => mns(server, { method: 'GET', path, query: { waitseconds: '30' } });
    const first = poll();
    accepted(await mns(server, { method: 'POST', path, body: SENT }), 201);
    accepted(await first, 200);
    // Not deleted: it comes back, to whoever waits by then.
    accepted(await poll(), 200);
  });

  test(`refuses what it cannot write while the database is away, and goes on by itself`, {
    timeout: 180_000 + ROUNDS * 60_000,
  }, async (t) => {
    const server = await serverOn('away', { test: t });
    accepted(await oss(server, { method: 'PUT', path: '/away/' }), 200);
    const stored = new Map<string, string>();
    let refused = 0;
    let stopping = false;
    const write = async (worker: number): Promise<void> => {
      for (let n = 0; !stopping; n++) {
        const [key, body] = [`${worker}/${n}`, `${worker} wrote ${n}`];
        const answer = await oss(server, { method: 'PUT', path: `/away/${key}`, body });
        if (answer.status === 200) stored.set(key, body);
        else {
          assert.equal(answer.status, 503, answer.text);
          assert.match(answer.text, /<Code>ServiceUnavailable</);
          refused++;
        }
      }
    };
    const writers = Promise.all([1, 2, 3, 4].map(write));
    writers.catch(() => undefined);
    for (let round = 1; round <= ROUNDS; round++) {
      const before = stored.size;
      await until('writes to be accepted', 120_000, () => stored.size > before + 20);
      await cluster.stop(round % 2 === 0 ? 'fast' : 'immediate');
      const refusedBefore = refused;
      await until('writes to be refused', 120_000, () => refused > refusedBefore + 4);
      const read = await oss(server, { method: 'GET', path: `/away/1/0` });
      assert.equal(read.status, 503, 'a read says so as well');
      await cluster.start();
    }
    const before = stored.size;
    await until('writes to be accepted again', 120_000, () => stored.size > before + 20);
    stopping = true;
    await writers;
    for (const [key, body] of stored) {
      const answer = accepted(await oss(server, { method: 'GET', path: `/away/${key}` }), 200);
      assert.equal(answer.text, body);
    }
    assert.equal(await server.kill('SIGTERM').then(({ code }) => code), 0);
  });

  test('has its database in what the doctor says', { timeout: 240_000 }, async () => {
    const look = async (url: string): Promise<string> => {
      const env = { ...process.env, MILLRACE_DATABASE_URL: url };
      // It ends with 1 where an engine is missing on this machine, which is not what is asked here.
      const { stdout } = await promisify(execFile)(MILLRACE, ['doctor'], { env }).catch(
        (error: { stdout: string }) => error,
      );
      return stdout;
    };
    assert.match(await look(await cluster.database('looked')), /^database +ok +PostgreSQL \d+/m);
    assert.match(await look('postgres://nobody@127.0.0.1:1/none'), /^database +MISSING[\s\S]*ECONNREFUSED/m);
  });
});

async function untilBroken(actor: Actor): Promise<void> {
  for (;;) {
    try {
      await actor.act();
    } catch (error) {
      if (error instanceof ConnectionBroken) return;
      throw new Error(`${actor.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}
