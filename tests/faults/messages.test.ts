/**
 * Kills the server again and again while messages are sent, received, pushed and die, and holds it to all that it has
 * acknowledged. `MILLRACE_MESSAGE_ROUNDS` says how often (5), `MILLRACE_FAULT_SEED` repeats the choices of an earlier run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionBroken, descendants, endOf, startServer } from '@millrace/testkit';
import { type Actor, amid } from './actor.ts';
import { DeadLetterActor } from './dead-letter-actor.ts';
import { MessageActor } from './message-actor.ts';
import { PushActor } from './push-actor.ts';
import { Dice } from './random.ts';

const rounds = Number(process.env.MILLRACE_MESSAGE_ROUNDS ?? 5);
const seed = Number(process.env.MILLRACE_FAULT_SEED ?? Date.now() % 1_000_000);

const naming = (where: string, actor: Actor) => (error: unknown) => {
  throw new Error(`${where}, ${actor.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
};

test(`no message, push or dead letter is lost when the server is killed ${rounds} times`, {
  timeout: 240_000 + rounds * 60_000,
}, async (t) => {
  t.diagnostic(`MILLRACE_FAULT_SEED=${seed}`);
  const dice = new Dice(seed);
  const server = await startServer({ test: t, env: { MILLRACE_LOG_LEVEL: 'warn' } });
  const stage = { server, bucket: '' };
  const actors: Actor[] = [
    ...[1, 2].map((number) => new MessageActor(stage, number, seed + number * 1_000_003)),
    ...[1, 2].map((number) => new DeadLetterActor(stage, number, seed + number * 2_000_003)),
    ...[1, 2].map((number) => new PushActor(stage, number, seed + number * 3_000_017)),
  ];
  for (const actor of actors) await actor.prepare?.();
  let acts = 0;
  const restarts: number[] = [];
  const actOn = async (actor: Actor): Promise<void> => {
    for (;;) {
      await actor.act();
      acts += 1;
    }
  };
  for (let round = 1; round <= rounds; round += 1) {
    const load = actors.map((actor) =>
      actOn(actor).catch((error: unknown) => {
        if (!(error instanceof ConnectionBroken)) naming(`round ${round}`, actor)(error);
      }),
    );
    const ended = Promise.all(load);
    ended.catch(() => undefined);
    // Not a wait for anything: the moment of the blow is what is drawn by lot.
    await amid(ended, dice.between(50, 800), () => acts);
    const family = descendants(server.pid);
    await server.kill('SIGKILL');
    await ended;
    await endOf(family, 60_000);
    await server.restart();
    restarts.push(Math.round(server.readyMs));
    for (const actor of actors) await actor.check().catch(naming(`after round ${round}`, actor));
  }
  await Promise.all(actors.map((actor) => actor.settle?.().catch(naming('at the end', actor))));
  for (const actor of actors) await actor.check().catch(naming('at the end', actor));
  t.diagnostic(`acts ${acts}, restarts in ms: ${restarts.join(' ')}`);
  assert.ok(acts > rounds * 10, 'too little was going on to prove anything');
});
