import { documentExtensions, type OperationNamed } from '@millrace/process';
import { RpcError } from '@millrace/protocol/rpc';

type Office = OperationNamed<'doc/convert'>;
type PageRange = { first: number; last: number };

const extensions = Object.values(documentExtensions).flat();

/** The conversion that both versions of the API ask for. */
export function officeOperation(
  target: Office['params']['target'],
  sourceType: string | undefined,
  pages: PageRange[] | undefined,
): Office {
  const wanted = sourceType?.replace(/^\./, '').toLowerCase();
  const source = extensions.find((extension) => extension === wanted);
  if (wanted && source === undefined) {
    const reason = `The source type ${wanted.slice(0, 32)} is none of ${extensions.join(', ')}.`;
    throw new RpcError('InvalidParameter.SourceType', reason);
  }
  return { name: 'doc/convert', params: { target, ...(source && { source }), ...(pages && { pages }) } };
}

/** From one page to another, of which -1 is the last. Undefined where that is all. */
export function pageRange(first: number, last: number, name: string): PageRange[] | undefined {
  const invalid = first !== -1 && last !== -1 && (first < 1 || last < first);
  if (invalid) throw new RpcError(`InvalidParameter.${name}`, `There are no pages from ${first} to ${last}.`);
  if (first <= 1 && last === -1) return undefined;
  return [{ first: Math.max(1, first), last: last === -1 ? Number.MAX_SAFE_INTEGER : last }];
}
