import { decode, familyOf, type Operation, type Process, ProcessError } from '@millrace/process';
import { DomainError } from '../errors.ts';
import type { MediaFamily } from '../ports/media-engine.ts';

/** `decode`, with its refusals in the domain's words. */
export const readProcess = (text: string, door: 'sync' | 'async'): Process => inOurWords(() => decode(text, door));

/** What process strings refuse, as the domain refuses it. */
export function inOurWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ProcessError ? asDomainError(error) : error;
  }
}

/** One operation of a task, as text; where its outputs go is said elsewhere. */
export function readOperation(text: string): Operation {
  // `o_YQ` is any name: the door for tasks wants one.
  const [operation] = readProcess(`${text}|sys/saveas,o_YQ`, 'async').stages.flat();
  if (operation !== undefined) return operation;
  throw new DomainError('ProcessInvalid', { operation: '', parameter: 'process', value: text, reason: 'It is empty.' });
}

function asDomainError(error: ProcessError): DomainError {
  const { kind, operation, parameter, value, reason, lack } = error;
  if (kind === 'unsupported') return new DomainError('MediaUnsupported', { reason: error.message }, { cause: error });
  return new DomainError('ProcessInvalid', { operation, parameter, value, reason, lack }, { cause: error });
}

/** The family that carries out a stage: all operations of a stage belong to one. */
export function familyOfStage(operations: readonly Operation[]): MediaFamily {
  const [first] = operations;
  if (first === undefined) {
    const reason = 'A stage must hold an operation.';
    throw new DomainError('ProcessInvalid', { operation: '', parameter: 'process', value: '', reason });
  }
  return familyOf(first);
}

export { ifMissing } from '@millrace/process';

/** What is wrong with where a string has its result stored. */
export function saveasFault(value: string, reason: string): DomainError {
  return new DomainError('ProcessInvalid', { operation: 'sys/saveas', parameter: 'process', value, reason });
}
