import type { Served } from '@millrace/protocol/oss';
import type { CallOptions } from '../core/options.ts';
import type { OssBase } from './oss.ts';
import type { RequestOf, ResultOf } from './types.ts';

type Request<N extends keyof Served> = RequestOf<Served[N]>;
type Page<N extends keyof Served> = ResultOf<Served[N]>;

/** Every page of a listing, fetched as they are asked for. */
export async function* listObjectsV2Pages(
  oss: OssBase,
  request: Request<'ListObjectsV2'>,
  options?: CallOptions,
): AsyncGenerator<Page<'ListObjectsV2'>> {
  let continuationToken = request.continuationToken;
  do {
    const page = await oss.listObjectsV2({ ...request, continuationToken }, options);
    yield page;
    continuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (continuationToken !== undefined);
}

/** Every object below a prefix, one by one. */
export async function* eachObject(oss: OssBase, request: Request<'ListObjectsV2'>, options?: CallOptions) {
  for await (const page of listObjectsV2Pages(oss, { maxKeys: 1000, ...request }, options)) yield* page.Contents;
}

/** Every page of the versions and delete markers of a bucket. */
export async function* listObjectVersionsPages(
  oss: OssBase,
  request: Request<'ListObjectVersions'>,
  options?: CallOptions,
): AsyncGenerator<Page<'ListObjectVersions'>> {
  let from: Partial<Request<'ListObjectVersions'>> = {};
  for (;;) {
    const page = await oss.listObjectVersions({ ...request, ...from }, options);
    yield page;
    if (!page.IsTruncated) return;
    from = { keyMarker: page.NextKeyMarker ?? '', versionIdMarker: page.NextVersionIdMarker ?? '' };
  }
}

/** Every page of the buckets of the account. */
export async function* listBucketsPages(
  oss: OssBase,
  request: Request<'ListBuckets'> = {},
  options?: CallOptions,
): AsyncGenerator<Page<'ListBuckets'>> {
  let marker = request.marker;
  do {
    const page: Page<'ListBuckets'> = await oss.listBuckets({ ...request, marker }, options);
    yield page;
    marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (marker !== undefined);
}

/** Every page of the uploads of a bucket that are under way. */
export async function* listMultipartUploadsPages(
  oss: OssBase,
  request: Request<'ListMultipartUploads'>,
  options?: CallOptions,
): AsyncGenerator<Page<'ListMultipartUploads'>> {
  let from: Partial<Request<'ListMultipartUploads'>> = {};
  for (;;) {
    const page = await oss.listMultipartUploads({ ...request, ...from }, options);
    yield page;
    if (!page.IsTruncated) return;
    from = { keyMarker: page.NextKeyMarker, uploadIdMarker: page.NextUploadIdMarker };
  }
}

/** Every page of the parts that an upload has. */
export async function* listPartsPages(
  oss: OssBase,
  request: Request<'ListParts'>,
  options?: CallOptions,
): AsyncGenerator<Page<'ListParts'>> {
  let partNumberMarker = request.partNumberMarker;
  for (;;) {
    const page = await oss.listParts({ ...request, partNumberMarker }, options);
    yield page;
    if (!page.IsTruncated) return;
    partNumberMarker = page.NextPartNumberMarker;
  }
}
