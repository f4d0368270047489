import { type InputOf, type OutputOf, type Served, served } from '@millrace/protocol/oss';
import type { ProcessedRead } from '../domain/media/process-service.ts';
import { ifMissing } from '../domain/media/process-text.ts';
import { checkConditions } from '../domain/objects/conditions.ts';
import type { ByteRange } from '../domain/objects/object-bytes.ts';
import { openObject } from '../domain/objects/open-object.ts';
import { checkReadable, isArchived } from '../domain/objects/restoration.ts';
import { zipped } from '../domain/objects/zipped.ts';
import { type BucketCall, handle } from './call.ts';
import { expirationHeader } from './expiration-header.ts';
import { signPlaylist } from './hls-sign.ts';
import { objectFacts, readConditions } from './object-headers.ts';
import { OssError } from './oss-error.ts';
import { contentRange, rangeHolds, readRange } from './range.ts';
import { classifyMissingSource } from './wire-errors.ts';
import { isZipped, ZIPPED } from './zipped-answer.ts';

type Input = InputOf<Served['GetObject']>;

/** What an answer says, and the parameter that says otherwise. */
const OVERRIDES = [
  ['contentType', 'responseContentType'],
  ['contentLanguage', 'responseContentLanguage'],
  ['expires', 'responseExpires'],
  ['cacheControl', 'responseCacheControl'],
  ['contentDisposition', 'responseContentDisposition'],
  ['contentEncoding', 'responseContentEncoding'],
] as const satisfies [string, keyof Input][];

export const getObject = handle(served.GetObject, async (input, call): Promise<OutputOf<Served['GetObject']>> => {
  const overrides = responseOverrides(input);
  if (call.principal.kind === 'anonymous' && Object.keys(overrides).length > 0) {
    throw new OssError('InvalidRequest', { message: 'The response-* parameters may be used in signed requests only.' });
  }
  const fallback = input.process && ifMissing(input.process);
  if (fallback) await fillMissing(fallback, input, call);
  else if (input.process?.trim() === 'hls/sign') {
    const { text, lastModifiedMs, etag } = await signPlaylist(input, call);
    const bytes = Buffer.from(text);
    const facts = { contentType: 'application/vnd.apple.mpegurl', etag, lastModified: lastModifiedMs, meta: {} };
    return { status: 200, ...facts, ...overrides, body: { length: bytes.byteLength, bytes: once(bytes) } };
  } else if (input.process) {
    const processed = await readProcessed(input.process, input, call);
    call.accessTimes.note({ bucketId: call.bucket.id, key: input.key, versionId: input.versionId });
    const range = rangeOf(input, processed, processed.size);
    return {
      status: range ? 206 : 200,
      ...processedFacts(processed),
      contentRange: range && contentRange(range, processed.size),
      ...overrides,
      body: { length: range?.length ?? processed.size, bytes: processed.bytes(range) },
    };
  }
  const { bucket, principal } = call;
  const { key, versionId } = input;
  const opened = await openObject(call, principal, { bucket, key, versionId });
  const { content, lastModifiedMs } = opened;
  checkConditions(readConditions(input), { etag: content.etag, lastModifiedMs });
  if (isArchived(content)) checkReadable(content, call.exchange.receivedMs, await call.settings.of(bucket));
  const range = rangeOf(input, { etag: content.etag, lastModifiedMs }, content.size);
  const output = {
    status: range ? (206 as const) : (200 as const),
    ...objectFacts(opened, call),
    expiration: versionId === undefined ? await expirationHeader(opened.object, call) : undefined,
    contentRange: range && contentRange(range, content.size),
    ...overrides,
    body: { length: range?.length ?? content.size, bytes: await call.objects.read(content, range, call.signal) },
  };
  call.accessTimes.note(content);
  if (!isZipped(input, output, content.size)) return output;
  return { ...output, ...ZIPPED, body: { length: undefined, bytes: zipped(output.body.bytes) } };
});

function rangeOf(input: Input, version: { etag: string; lastModifiedMs: number }, size: number): ByteRange | undefined {
  if (input.range === undefined || !rangeHolds(input.ifRange, version)) return undefined;
  return readRange(input.range, size, input.rangeBehavior?.toLowerCase() === 'standard');
}

/** Lets an object that is missing be made, if the reader's string says how; it is then read like any other. */
async function fillMissing(process: string, { key }: Input, call: BucketCall): Promise<void> {
  const { principal, bucket } = call;
  await call.process.fill({ principal, bucket, key, process: process.replaceAll(' ', '+') });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** The result of a process string, if the reader's conditions let it be sent. */
export async function readProcessed(
  process: string,
  input: { key: string; versionId?: string | undefined } & Parameters<typeof readConditions>[0],
  call: BucketCall,
): Promise<ProcessedRead> {
  const { principal, bucket, signal } = call;
  // A plus that was not encoded arrives as a space, and process strings have plusses (in base64) but no spaces.
  const spelled = process.replaceAll(' ', '+');
  const { key, versionId } = input;
  const { accept } = call.exchange.request.headers;
  const processed = await classifyMissingSource(
    call.process.read({ principal, bucket, key, versionId, process: spelled, accept, signal }),
  );
  checkConditions(readConditions(input), processed);
  return processed;
}

/** The checksum of the source is left out: clients compare it with the bytes they receive. */
export const processedFacts = (processed: ProcessedRead) => ({
  contentType: processed.contentType,
  etag: processed.etag,
  lastModified: processed.lastModifiedMs,
  acceptRanges: 'bytes',
  cacheControl: processed.cacheControl,
  expires: processed.expires,
  cache: processed.cache,
  vary: processed.byAccept ? 'Accept' : undefined,
  meta: {},
});

/** Headers that the query replaces, those present only. */
function responseOverrides(input: Input) {
  const overrides: Partial<Record<(typeof OVERRIDES)[number][0], string>> = {};
  for (const [name, parameter] of OVERRIDES) {
    const value = input[parameter];
    if (value !== undefined) overrides[name] = value;
  }
  return overrides;
}
