import { setTimeout as pause } from 'node:timers/promises';
import { Patience } from './patience.ts';

/**
 * Asks `condition` again and again until it answers with something other than `undefined` or `false`, and returns that.
 * Fails after `timeoutMs` with `what`, which should say what was awaited.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const patience = new Patience(timeoutMs);
  try {
    for (let wait = 5; ; wait = Math.min(wait * 1.5, 100)) {
      const answer = await condition();
      if (answer !== undefined && answer !== false) return answer;
      if (patience.over) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
      await pause(wait);
    }
  } finally {
    patience.giveUp();
  }
}
