import { DomainError } from '../../domain/errors.ts';
import type { ToolExit } from './tool-host.ts';

const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};

/** What an ending means for a caller; undefined when the program succeeded. Its stderr is kept as the cause. */
export function exitError(command: string, exit: ToolExit): DomainError | undefined {
  if (exit.code === 0 && !exit.stopped) return undefined;
  const cause = { cause: new Error(exit.stderr.trim().slice(-4000) || 'nothing on stderr') };
  const name = command.slice(command.lastIndexOf('/') + 1);
  // A sandbox reports the signal that ended its program as 128 + n.
  const signal = exit.signal ?? SIGNALS[(exit.code ?? 0) - 128] ?? '';
  if (exit.stopped === 'deadline' || signal === 'SIGXCPU') {
    return new DomainError('MediaTooLarge', { limit: 'time', reason: `${name} ran out of time.` }, cause);
  }
  if (exit.stopped === 'memory' || exit.stopped === 'processes') {
    return new DomainError(
      'MediaTooLarge',
      { limit: exit.stopped, reason: `${name} needed more ${exit.stopped} than it may have.` },
      cause,
    );
  }
  if (signal === 'SIGXFSZ') {
    return new DomainError('MediaTooLarge', { limit: 'output', reason: `${name} wrote a file past its limit.` }, cause);
  }
  if (exit.stopped === 'host ended') {
    return new DomainError('EngineFailed', { reason: `${name} was lost with its supervisor.`, killed: true }, cause);
  }
  if (exit.stopped === 'killed') return new DomainError('EngineFailed', { reason: `${name} was stopped.` }, cause);
  const killed = signal === 'SIGKILL' || signal === 'SIGTERM';
  return new DomainError(
    'EngineFailed',
    { reason: `${name} ended with ${signal || `code ${exit.code}`}.`, ...(killed && { killed }) },
    cause,
  );
}
