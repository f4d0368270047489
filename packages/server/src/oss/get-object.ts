import { type InputOf, type OutputOf, type Served, served } from '@millrace/protocol/oss';
import type { ProcessedRead } from '../domain/media/process-service.ts';
import { checkConditions } from '../domain/objects/conditions.ts';
import { type BucketCall, handle } from './call.ts';
import { objectFacts, readConditions, requireNullVersion } from './object-headers.ts';
import { OssError } from './oss-error.ts';
import { contentRange, readRange } from './range.ts';

type Input = InputOf<Served['GetObject']>;

export const getObject = handle(served.GetObject, async (input, call): Promise<OutputOf<Served['GetObject']>> => {
  const overrides = responseOverrides(input);
  if (call.principal.kind === 'anonymous' && Object.keys(overrides).length > 0) {
    throw new OssError('InvalidRequest', { message: 'The response-* parameters may be used in signed requests only.' });
  }
  requireNullVersion(input.versionId, input.key);
  if (input.process) {
    const processed = await readProcessed(input.process, input, call);
    const range = readRange(input.range, processed.size, input.rangeBehavior?.toLowerCase() === 'standard');
    return {
      status: range ? 206 : 200,
      ...processedFacts(processed),
      contentRange: range && contentRange(range, processed.size),
      ...overrides,
      body: { length: range?.length ?? processed.size, bytes: processed.bytes(range) },
    };
  }
  const object = await call.objects.get(call.bucket, input.key);
  checkConditions(readConditions(input), object);
  const range = readRange(input.range, object.size, input.rangeBehavior?.toLowerCase() === 'standard');
  return {
    status: range ? 206 : 200,
    ...objectFacts(object),
    contentRange: range && contentRange(range, object.size),
    ...overrides,
    body: { length: range?.length ?? object.size, bytes: await call.objects.read(object, range, call.signal) },
  };
});

/** The result of a process string, if the reader's conditions let it be sent. */
export async function readProcessed(
  process: string,
  input: { key: string } & Parameters<typeof readConditions>[0],
  call: BucketCall,
): Promise<ProcessedRead> {
  const { principal, bucket, signal } = call;
  // A plus that was not encoded arrives as a space, and process strings have plusses (in base64) but no spaces.
  const spelled = process.replaceAll(' ', '+');
  const processed = await call.process.read({ principal, bucket, key: input.key, process: spelled, signal });
  checkConditions(readConditions(input), processed);
  return processed;
}

/** The checksum of the source is left out: clients compare it with the bytes they receive. */
export const processedFacts = (processed: ProcessedRead) => ({
  contentType: processed.contentType,
  etag: processed.etag,
  lastModified: processed.lastModifiedMs,
  acceptRanges: 'bytes',
  cache: processed.cache,
  meta: {},
});

/** Headers that the query replaces, those present only. */
function responseOverrides(input: Input) {
  const overrides = {
    contentType: input.responseContentType,
    contentLanguage: input.responseContentLanguage,
    expires: input.responseExpires,
    cacheControl: input.responseCacheControl,
    contentDisposition: input.responseContentDisposition,
    contentEncoding: input.responseContentEncoding,
  };
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) as Partial<
    Record<keyof typeof overrides, string>
  >;
}
