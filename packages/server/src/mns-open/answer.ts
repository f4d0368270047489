import type { Acknowledged, Answer, Done, Page, WireTag } from '@millrace/protocol/mns-open';
import { RpcError } from '@millrace/protocol/rpc';

const MESSAGE = 'operation success';
const DEFAULT_PAGE_SIZE = 10;

export const answer = <T>(data: T): Answer<T> => ({
  Code: 200,
  Status: 'Success',
  Message: MESSAGE,
  Success: true,
  Data: data,
});

export const acknowledged = (): Acknowledged => ({ Code: 200, Status: 'Success', Message: MESSAGE, Success: true });

export const done = (): Answer<Done> => answer({ Code: 200, Message: MESSAGE, Success: true });

export const seconds = (ms: number): number => Math.floor(ms / 1000);

type Tags = Readonly<Record<string, string>>;
type GivenTags = readonly { Key?: string; Value?: string }[] | undefined;

export const wireTags = (tags: Tags = {}): WireTag[] =>
  Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));

/** A tag has a key that comes once; its value may be empty. */
export function domainTags(given: GivenTags): { tags?: Tags } {
  if (given === undefined) return {};
  const tags = new Map<string, string>();
  for (const { Key = '', Value = '' } of given) {
    if (Key === '' || tags.has(Key)) {
      throw new RpcError('InvalidParameter.Tag', 'Each Tag must have a Key, and each Key may be there once.');
    }
    tags.set(Key, Value);
  }
  return { tags: Object.fromEntries(tags) };
}

/** Whether these are among the tags of something: a key without a value stands for any. */
export const isTagged = (tags: Tags = {}, wanted: GivenTags = []): boolean =>
  wanted.every(({ Key = '', Value = '' }) => Object.hasOwn(tags, Key) && (Value === '' || tags[Key] === Value));

/** What is asked for and would not come about is refused. */
export function refuseOthers(kind: string | undefined, encrypted: boolean | undefined): void {
  if (kind !== undefined && kind !== 'normal') {
    throw new RpcError('UnsupportedOperation', `The type ${kind} is not available on this installation: use normal.`);
  }
  if (encrypted === true) {
    throw new RpcError(
      'UnsupportedOperation',
      'EnableSSE is not available on this installation: messages lie in clear.',
    );
  }
}

/** One page of all that there are: numbers of pages need their count. */
export async function pageOf<Row, Wire>(
  rows: readonly Row[],
  { PageNum = 1, PageSize = DEFAULT_PAGE_SIZE }: { PageNum?: number | undefined; PageSize?: number | undefined },
  describe: (rows: readonly Row[]) => Promise<Wire[]>,
): Promise<Answer<Page<Wire>>> {
  const PageData = await describe(rows.slice((PageNum - 1) * PageSize, PageNum * PageSize));
  const Pages = Math.ceil(rows.length / PageSize);
  return answer({ PageData, PageNum, PageSize, Pages, Size: PageData.length, Total: rows.length });
}

const ROWS_AT_ONCE = 1000;

/** Rows to the last, from a list that gives some at a time. */
export async function everything<Row>(
  list: (query: { after: string; limit: number }) => Promise<{ rows: Row[]; next?: string | undefined }>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (let after: string | undefined = ''; after !== undefined; ) {
    const { rows, next }: { rows: Row[]; next?: string | undefined } = await list({ after, limit: ROWS_AT_ONCE });
    all.push(...rows);
    after = next;
  }
  return all;
}
