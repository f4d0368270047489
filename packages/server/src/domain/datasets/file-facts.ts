import type { Operation } from '@millrace/process';
import { DomainError } from '../errors.ts';
import { extensionOf } from '../media/source.ts';
import type { MediaEngine, MediaEngines, MediaSource } from '../ports/media-engine.ts';
import type { ObjectRow } from '../ports/object-records.ts';

export type MediaType = 'image' | 'video' | 'audio' | 'document' | 'other';

const byExtension: Readonly<Record<string, MediaType>> = Object.fromEntries([
  ...'jpg jpeg png gif webp bmp tif tiff heic heif avif svg'.split(' ').map((one) => [one, 'image'] as const),
  ...'mp4 mov mkv avi flv ts m2ts webm wmv mpg mpeg m4v 3gp mxf asf'.split(' ').map((one) => [one, 'video'] as const),
  ...'mp3 m4a aac wav flac ogg oga opus amr wma ac3'.split(' ').map((one) => [one, 'audio'] as const),
  ...'doc docx xls xlsx ppt pptx pdf txt csv rtf odt ods odp md html htm wps et dps'
    .split(' ')
    .map((one) => [one, 'document'] as const),
]);

export function mediaTypeOf({ key, headers }: Pick<ObjectRow, 'key' | 'headers'>): MediaType {
  const [family = ''] = (headers.contentType ?? '').split('/', 1);
  const told = family === 'image' || family === 'video' || family === 'audio' ? family : undefined;
  return byExtension[extensionOf(key)] ?? told ?? 'other';
}

/** What the storage itself knows of an object, under the vendor's names. */
export function storageFacts(row: ObjectRow, acl: string): Record<string, unknown> {
  const { headers, traits } = row;
  const tags = traits.tags ?? {};
  return present({
    Filename: row.key,
    Size: row.size,
    ETag: `"${row.etag}"`,
    ContentType: headers.contentType ?? 'application/octet-stream',
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    MediaType: mediaTypeOf(row),
    FileModifiedTime: new Date(row.lastModifiedMs).toISOString(),
    OSSObjectType: row.type,
    OSSStorageClass: row.storageClass,
    OSSCRC64: row.crc64,
    OSSVersionId: row.versionId === 'null' ? undefined : row.versionId,
    ObjectACL: acl,
    OSSTagging: traits.tags,
    OSSTaggingCount: Object.keys(tags).length,
    OSSUserMeta: Object.keys(row.meta).length === 0 ? undefined : row.meta,
    ServerSideEncryption: traits.encryption === undefined ? undefined : 'AES256',
  });
}

/** What a look into the file finds. A file that cannot be read as what it seems to be has nothing more to tell. */
export async function contentFacts(
  source: MediaSource,
  type: MediaType,
  engines: MediaEngines,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  try {
    if (type === 'image')
      return pictureFacts(await ask(engines.image, { name: 'image/info', params: {} }, source, signal));
    if (type === 'video') return present(await ask(engines.video, { name: 'video/info', params: {} }, source, signal));
    if (type === 'audio') return present(await ask(engines.audio, { name: 'audio/info', params: {} }, source, signal));
    return {};
  } catch (error) {
    const told =
      error instanceof DomainError && ['MediaUnreadable', 'MediaTooLarge', 'MediaUnsupported'].includes(error.kind);
    if (told) return {};
    throw error;
  }
}

async function ask(
  engine: MediaEngine,
  operation: Operation,
  source: MediaSource,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  let text = '{}';
  await engine.run({
    ...{ source, operations: [operation], signal },
    async emit({ body }) {
      if ('bytes' in body) text = Buffer.from(body.bytes).toString('utf8');
    },
  });
  return JSON.parse(text);
}

/** "EXIF is a text that holds JSON." */
function pictureFacts(info: Record<string, unknown>): Record<string, unknown> {
  const value = (name: string): string | undefined => {
    const { value } = (info[name] ?? {}) as { value?: unknown };
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string): number | undefined => {
    const found = Number.parseInt(value(name) ?? '', 10);
    return Number.isFinite(found) ? found : undefined;
  };
  const plain = new Set(['FileSize', 'Format', 'ImageWidth', 'ImageHeight', 'FrameCount']);
  const exif = Object.fromEntries(Object.entries(info).filter(([name]) => !plain.has(name)));
  const taken = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(value('DateTimeOriginal') ?? value('DateTime') ?? '');
  return present({
    ImageWidth: number('ImageWidth'),
    ImageHeight: number('ImageHeight'),
    Orientation: number('Orientation'),
    EXIF: Object.keys(exif).length === 0 ? undefined : JSON.stringify(exif),
    // Cameras say the time of where they are, and not where that is.
    ProduceTime: taken ? `${taken[1]}-${taken[2]}-${taken[3]}T${taken[4]}+08:00` : undefined,
  });
}

const present = (facts: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
