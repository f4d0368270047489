import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { QueueAddress } from './queue-dialects.ts';

/** What the generator of cycles is told. */
export interface CycleOrder {
  address: QueueAddress;
  connections: number;
  milliseconds: number;
  body: string;
}

export interface CycleReport {
  perSecond: number;
}

/** Has messages sent, received and deleted by a process of its own. Rejects when any of it is refused. */
export function sendCycles(order: CycleOrder): Promise<CycleReport> {
  const child = fork(fileURLToPath(new URL('cycle-generator.ts', import.meta.url)), [], { serialization: 'advanced' });
  return new Promise((resolve, reject) => {
    child.once('message', (message: CycleReport | { error: string }) => {
      if ('error' in message) reject(new Error(message.error));
      else resolve(message);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the generator of cycles ended with ${code}`)));
    child.send(order);
  });
}
