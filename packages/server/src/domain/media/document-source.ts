import { documentExtensions, type Operation } from '@millrace/process';
import { DomainError } from '../errors.ts';
import { extensionOf } from './source.ts';

/**
 * What can be told of a document without opening it. Returns the operation with what the document's name says filled in.
 * Throws `MediaTooLarge`, and `ProcessInvalid` where nothing says what it is.
 */
export function checkDocument(
  operation: Operation,
  source: { key: string; size: number },
  mostBytes: number,
): Operation {
  if (operation.name !== 'doc/convert') return operation;
  if (source.size > mostBytes) {
    const reason = `The document has ${source.size} bytes; at most ${mostBytes} are taken.`;
    throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
  }
  if (operation.params.source !== undefined) return operation;
  const extension = extensionOf(source.key);
  const known = Object.values(documentExtensions)
    .flat()
    .find((word) => word === extension);
  if (known === undefined) {
    throw new DomainError('ProcessInvalid', {
      operation: operation.name,
      parameter: 'source',
      value: extension,
      reason: 'The key has no extension of a document: say what it is with source_, such as source_docx.',
    });
  }
  return { ...operation, params: { ...operation.params, source: known } };
}
