import { RpcError } from '@millrace/protocol/rpc';
import { readOperation } from '../domain/media/process-text.ts';
import type { MediaTaskRequest } from '../domain/media/task-submission.ts';

type PageRange = { first: number; last: number };

/** Past every page that a document may have. */
const NO_END = 999_999;

/** The conversion that both versions of the API ask for: the catalogue of process strings knows what there is. */
export function officeOperation(
  target: string,
  sourceType: string | undefined,
  pages: readonly PageRange[] | undefined,
): MediaTaskRequest['steps'][number]['operation'] {
  const source = sourceType?.replace(/^\./, '').toLowerCase();
  if (source && !/^[a-z0-9]{1,16}$/.test(source)) {
    throw new RpcError('InvalidParameter.SourceType', 'The source type is that of a document, such as docx.');
  }
  const ranges = pages?.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const words = [`target_${target}`, ...(source ? [`source_${source}`] : []), ...(ranges ? [`pages_${ranges}`] : [])];
  return readOperation(`doc/convert,${words.join(',')}`);
}

/** From one page to another, of which -1 is the last. Undefined where that is all. */
export function pageRange(first: number, last: number, name: string): PageRange[] | undefined {
  const invalid = first !== -1 && last !== -1 && (first < 1 || last < first);
  if (invalid) throw new RpcError(`InvalidParameter.${name}`, `There are no pages from ${first} to ${last}.`);
  if (first <= 1 && last === -1) return undefined;
  return [{ first: Math.max(1, first), last: last === -1 ? NO_END : Math.min(last, NO_END) }];
}
