import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, type RunningServer, until } from '@millrace/testkit';

/** What the actors act upon. */
export interface Stage {
  server: RunningServer;
  bucket: string;
}

/**
 * Somebody who uses the server and remembers what it was promised. An actor does one thing at a time; several act at
 * once.
 */
export interface Actor {
  readonly name: string;
  /** Made once, before the first round. */
  prepare?(): Promise<void>;
  /** One request or a few. Throws `ConnectionBroken` when the server dies meanwhile. */
  act(): Promise<void>;
  /** After each restart: compares what is there with what was promised. */
  check(): Promise<void>;
  /** After the last restart: waits for all that was promised for later. */
  settle?(): Promise<void>;
}

/** A request that must be answered well. A server that dies does not get to answer with an error first. */
export function accepted(answer: Answer, ...statuses: number[]): Answer {
  assert.ok(
    statuses.includes(answer.status),
    `status ${answer.status}, expected ${statuses.join(' or ')}: ${answer.text.slice(0, 500)}`,
  );
  return answer;
}

/** More than the ten a round that a run must come to in order to prove anything. */
const ACTS_A_ROUND = 12;

/**
 * Lets a load go on for the time that was drawn by lot, and until enough of it has been done, which takes a machine that
 * does much else longer. Ends early with the load, whose fault is its caller's to find.
 */
export async function amid(load: Promise<unknown>, forMs: number, acts: () => number): Promise<void> {
  const enough = acts() + ACTS_A_ROUND;
  let over = false;
  const end = () => {
    over = true;
  };
  load.then(end, end);
  await pause(forMs);
  await until(`${ACTS_A_ROUND} acts`, 120_000, () => over || acts() >= enough);
}
