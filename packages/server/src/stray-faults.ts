import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';

const FAILED = 1;

/**
 * What nobody caught. A promise that was rejected and that nobody waited for is the fault of one request, and the others go on.
 * After an error that was thrown past everybody nothing can be relied on: what was acknowledged is on disk, and
 * whoever supervises the server starts it again.
 */
export function logStrayFaults(process: EventEmitter, log: Logger, exit: (code: number) => void): void {
  process.on('unhandledRejection', (err: unknown) => log.error({ err }, 'a rejected promise was not waited for'));
  process.on('uncaughtException', (err: unknown) => {
    log.fatal({ err }, 'an error was not caught: the server ends');
    exit(FAILED);
  });
}
