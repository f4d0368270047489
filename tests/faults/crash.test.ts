/**
 * Kills the server again and again while several clients use it, and holds it to everything it has acknowledged.
 * `MILLRACE_FAULT_ROUNDS` says how often (30), `MILLRACE_FAULT_SEED` repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionBroken, descendants, endOf, oss, startServer } from '@millrace/testkit';
import { type Actor, accepted, amid } from './actor.ts';
import { LifecycleActor } from './lifecycle-actor.ts';
import { MessageActor } from './message-actor.ts';
import { MultipartActor } from './multipart-actor.ts';
import { ObjectActor } from './object-actor.ts';
import { Dice } from './random.ts';
import { checkStoredBytes } from './stored-bytes.ts';
import { TaskActor } from './task-actor.ts';
import { VersionActor } from './version-actor.ts';

const rounds = Number(process.env.MILLRACE_FAULT_ROUNDS ?? 30);
const seed = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);

/** The server promises to be back within this time. */
const RESTART_MS = 2_000;

test(`nothing acknowledged is lost when the server is killed ${rounds} times`, {
  timeout: 240_000 + rounds * 30_000,
}, async (t) => {
  t.diagnostic(`MILLRACE_FAULT_SEED=${seed}`);
  const dice = new Dice(seed);
  const server = await startServer({ test: t, env: { MILLRACE_LOG_LEVEL: 'info', MILLRACE_LIFECYCLE_INTERVAL: '1' } });
  const stage = { server, bucket: 'faults' };
  accepted(await oss(server, { method: 'PUT', path: '/faults/' }), 200);
  const tasks = new TaskActor(stage);
  const actors: Actor[] = [
    ...[1, 2, 3].map((number) => new ObjectActor(stage, number, seed + number * 1_000_003)),
    ...[1, 2].map((number) => new MultipartActor(stage, number, seed + number * 2_000_003)),
    new VersionActor(stage, 1, { seed: seed + 5_000_011, suspends: false }),
    new VersionActor(stage, 2, { seed: seed + 5_000_111, suspends: true }),
    new LifecycleActor(stage, 1, seed + 7_000_003),
    ...[1, 2].map((number) => new MessageActor(stage, number, seed + number * 3_000_017)),
    tasks,
  ];
  for (const actor of actors) await actor.prepare?.();

  // Without the time in which the machine ran something else.
  const restarts: number[] = [];
  let slowest = 0;
  let acts = 0;
  for (let round = 1; round <= rounds; round++) {
    const load = actors.map(async (actor) => {
      for (;;) {
        try {
          await actor.act();
          acts++;
        } catch (error) {
          if (error instanceof ConnectionBroken) return;
          throw new Error(`round ${round}, ${actor.name}: ${error instanceof Error ? error.message : error}`, {
            cause: error,
          });
        }
      }
    });
    const failed = Promise.all(load);
    failed.catch(() => undefined);
    // Not a wait for anything: the moment of the blow is what is drawn by lot.
    await amid(failed, dice.between(20, 800), () => acts);
    const family = descendants(server.pid);
    await server.kill('SIGKILL');
    await failed;
    await endOf(family, 60_000);
    await server.restart();
    restarts.push(server.readyMs - server.heldUpMs);
    slowest = Math.max(slowest, server.readyMs);
    for (const actor of actors) {
      await actor.check().catch((error: unknown) => {
        throw new Error(`after round ${round}, ${actor.name}: ${error instanceof Error ? error.message : error}`, {
          cause: error,
        });
      });
    }
  }
  for (const actor of actors) await actor.settle?.();

  assert.equal(await server.kill('SIGTERM').then(({ code }) => code), 0, 'a drained server exits with 0');
  t.diagnostic(`stored bytes: ${JSON.stringify(await checkStoredBytes(server.dataFolder))}`);
  await server.restart();
  for (const actor of actors) await actor.check();

  restarts.sort((a, b) => a - b);
  const slow = restarts[Math.floor(restarts.length * 0.95)] ?? 0;
  t.diagnostic(`acts ${acts}, tasks ${JSON.stringify(tasks.ends)}`);
  const median = restarts[restarts.length >> 1] ?? 0;
  t.diagnostic(
    `restarts: median ${Math.round(median)} ms, p95 ${Math.round(slow)} ms, slowest by the clock ${Math.round(slowest)} ms`,
  );
  assert.ok(acts > rounds * 10, 'too little was going on to prove anything');
  // One start in twenty may be held up by what the kernel does not tell, such as a busy disk.
  assert.ok(slow <= RESTART_MS, `95 of 100 restarts took up to ${Math.round(slow)} ms; ${RESTART_MS} are promised`);
});
