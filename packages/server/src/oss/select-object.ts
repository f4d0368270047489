import { crc32 } from 'node:zlib';
import { type OutputOf, SelectFrames, type Served, served } from '@millrace/protocol/oss';
import { openObject } from '../domain/objects/open-object.ts';
import { checkReadable } from '../domain/objects/restoration.ts';
import type { CountQuery, SelectEvent, SelectQuery } from '../domain/ports/select-engine.ts';
import { type BucketCall, handle } from './call.ts';
import { OssError } from './oss-error.ts';
import { readCsvCount, readCsvSelect, readJsonCount, readJsonSelect, type SelectBody } from './select-request.ts';
import { toOssError } from './wire-errors.ts';

/** The object, or one of its versions. */
interface Named {
  key: string;
  versionId?: string | undefined;
}

type Output = OutputOf<Served['SelectObject']>;

/** What is refused by then is refused with a status of its own; later, the status has been sent. */
const FIRST_MS = 2_000;

/** Nothing found yet, and neither the client nor anything in between is to think that the connection is dead. */
const KEEP_ALIVE_MS = 5_000;

export const selectObject = handle(served.SelectObject, (input, call) =>
  select(readCsvSelect(input.body, input.range), input, call),
);

export const selectJsonObject = handle(served.SelectJsonObject, (input, call) =>
  select(readJsonSelect(input.body, input.range), input, call),
);

export const createSelectObjectMeta = handle(served.CreateSelectObjectMeta, (input, call) =>
  count(readCsvCount(input.body), input, call),
);

export const createSelectJsonObjectMeta = handle(served.CreateSelectJsonObjectMeta, (input, call) =>
  count(readJsonCount(input.body), input, call),
);

async function select(query: SelectQuery, input: Named & { body: SelectBody }, call: BucketCall) {
  const answer = await begin(query, input, call);
  const { body } = input;
  const raw = body.OutputSerialization?.OutputRawData === true;
  // The Go client computes the next checksum over a continuous frame, too, and then refuses what follows.
  const checked = body.OutputSerialization?.EnablePayloadCrc === true;
  return toOutput(raw ? answer.raw() : answer.frames(checked), raw);
}

async function count(query: CountQuery, input: Named, call: BucketCall): Promise<Output> {
  const answer = await begin(query, input, call);
  return toOutput(answer.frames(false), false);
}

function toOutput(bytes: AsyncIterable<Uint8Array>, raw: boolean): Output {
  return {
    contentType: 'application/octet-stream',
    raw,
    body: { length: undefined, bytes },
  };
}

async function begin(query: SelectQuery | CountQuery, input: Named, call: BucketCall): Promise<SelectAnswer> {
  const { principal, bucket, signal } = call;
  const { content } = await openObject(call, principal, { bucket, key: input.key, versionId: input.versionId });
  checkReadable(content, call.exchange.receivedMs);
  call.accessTimes.note(content);
  const events = await call.select.run(content, query, signal);
  const answer = new SelectAnswer(events, call);
  await answer.first(FIRST_MS);
  return answer;
}

/** Events of a query on their way to the client. */
class SelectAnswer {
  readonly #events: AsyncGenerator<SelectEvent, void, undefined>;
  readonly #call: BucketCall;
  readonly #frames = new SelectFrames((bytes) => crc32(bytes));
  #pending: Promise<IteratorResult<SelectEvent, void>>;

  constructor(events: AsyncGenerator<SelectEvent, void, undefined>, call: BucketCall) {
    this.#events = events;
    this.#call = call;
    this.#pending = this.#next();
  }

  /** Rejects when the query has failed by then. */
  async first(withinMs: number): Promise<void> {
    await this.#within(withinMs);
  }

  async *frames(checked: boolean): AsyncGenerator<Uint8Array, void, undefined> {
    const frames = this.#frames;
    let scanned = 0;
    try {
      for (;;) {
        const next = await this.#within(KEEP_ALIVE_MS);
        if (next === undefined) {
          yield checked ? frames.data(scanned, new Uint8Array()) : frames.continuous(scanned);
          continue;
        }
        if (next.done) return;
        const event = next.value;
        scanned = event.scanned;
        this.#pending = this.#next();
        if (event.type === 'rows') yield frames.data(scanned, event.bytes);
        else if (event.type === 'progress')
          yield checked ? frames.data(scanned, new Uint8Array()) : frames.continuous(scanned);
        else yield this.#end(event);
      }
    } catch (error) {
      if (this.#call.signal.aborted) throw error;
      yield this.#failure(error, scanned);
    } finally {
      await this.#events.return();
    }
  }

  /** A failure cuts the connection: there is no other way left to tell of it. */
  async *raw(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let next = await this.#pending; !next.done; next = await this.#pending) {
        this.#pending = this.#next();
        if (next.value.type === 'rows') yield next.value.bytes;
      }
    } finally {
      await this.#events.return();
    }
  }

  #end({ scanned, counts }: Extract<SelectEvent, { type: 'end' }>): Uint8Array {
    if (!counts) return this.#frames.end({ offset: scanned, scanned, status: 206, error: '' });
    const { rows, splits, columns } = counts;
    // Exactly 200: the Python client takes any other success for a failure.
    const end = { offset: scanned, scanned, status: 200, error: '' };
    const json = this.#call.exchange.operation === served.CreateSelectJsonObjectMeta.name;
    return this.#frames.metaEnd(end, json ? { rows, splits } : { rows, splits, columns });
  }

  #failure(thrown: unknown, scanned: number): Uint8Array {
    const { exchange } = this.#call;
    const error = toOssError(thrown) ?? new OssError('InternalError');
    if (error.status >= 500) exchange.log.error({ err: thrown, operation: exchange.operation }, 'request failed');
    const end = { offset: scanned, scanned, status: error.status, error: `${error.code}.${error.message}` };
    if (exchange.operation === served.CreateSelectObjectMeta.name) {
      return this.#frames.metaEnd(end, { rows: 0, splits: 0, columns: 0 });
    }
    if (exchange.operation === served.CreateSelectJsonObjectMeta.name) {
      return this.#frames.metaEnd(end, { rows: 0, splits: 0 });
    }
    return this.#frames.end(end);
  }

  #next(): Promise<IteratorResult<SelectEvent, void>> {
    const next = this.#events.next();
    // Whoever waits for it is told; nobody may be waiting when the client leaves.
    next.catch(() => {});
    return next;
  }

  /** The next event, or undefined when there is none within that time. */
  async #within(milliseconds: number): Promise<IteratorResult<SelectEvent, void> | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, milliseconds, undefined);
    try {
      return await Promise.race([this.#pending, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
