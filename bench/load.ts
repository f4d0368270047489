import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the load generator is told: whole requests, made and signed beforehand so that it only moves bytes. */
export interface LoadOrder {
  host: string;
  port: number;
  connections: number;
  /** Sends until this time is over or, unless `repeat`, the requests are used up. */
  milliseconds: number;
  repeat: boolean;
  requests: readonly Uint8Array[];
  /** Sent after each of the requests, which are then heads only: a big one need not be there as often as they are many. */
  body?: Uint8Array;
  /** Header line, in lower case, that every answer must carry. */
  mustCarry?: string;
}

export interface LoadReport {
  answers: number;
  perSecond: number;
  /** Milliseconds from the last byte sent to the last byte received. */
  p50: number;
  p99: number;
  /** Length of the first answer's body. */
  bodyBytes: number;
}

/** Sends a load from a process of its own. Rejects when any answer is not a 2xx. */
export function sendLoad(order: LoadOrder): Promise<LoadReport> {
  const child = fork(fileURLToPath(new URL('load-generator.ts', import.meta.url)), [], { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (message: LoadReport | { error: string }) => {
      if ('error' in message) reject(new Error(message.error));
      else resolve(message);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the load generator ended with ${code}`)));
    child.send(order);
  });
}
