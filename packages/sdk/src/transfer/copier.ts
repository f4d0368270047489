import { combine } from '@millrace/crc64';
import type { Served } from '@millrace/protocol/oss';
import { InconsistentError } from '../core/errors.ts';
import type { OssBase } from '../oss/oss.ts';
import type { RequestOf } from '../oss/types.ts';
import { partSizeFor, partsOf } from './part-size.ts';
import { limitOf, Meter, type TransferOptions, type UploadResult } from './uploader.ts';
import { eachOf } from './workers.ts';

/** Where to copy to, and `source`, the object to copy. */
export type CopyRequest = RequestOf<Served['CopyObject']>;

/** Up to this size one request copies it, as with the official SDKs. */
const THRESHOLD = 200 * 1024 ** 2;
const PART = 64 * 1024 ** 2;

/** Copies objects of any size on the server. */
export class CopierBase {
  readonly oss: OssBase;
  readonly defaults: TransferOptions;
  constructor(oss: OssBase, defaults: TransferOptions = {}) {
    this.oss = oss;
    this.defaults = defaults;
  }

  async copy(request: CopyRequest, options: TransferOptions = {}): Promise<UploadResult> {
    const all = { ...this.defaults, ...options };
    const { signal } = all;
    const { bucket, key, source } = request;
    const head = await this.oss.headObject(source, { signal });
    const { size } = head;
    if (size < (all.threshold ?? THRESHOLD)) {
      const { etag, crc64 = '', versionId, requestId, ETag } = await this.oss.copyObject(request, { signal });
      all.onProgress?.({ transferred: size, total: size, moved: 0 });
      return { etag: etag ?? ETag.replaceAll('"', ''), crc64, versionId, requestId, size, uploadId: undefined };
    }
    const { source: _, metadataDirective, taggingDirective, ...rest } = request;
    const kept =
      metadataDirective === 'REPLACE'
        ? {}
        : {
            contentType: head.contentType,
            cacheControl: head.cacheControl,
            contentDisposition: head.contentDisposition,
            contentEncoding: head.contentEncoding,
            expires: head.expires,
            meta: head.meta,
          };
    const copiesTags = (head.taggingCount ?? 0) > 0 && taggingDirective !== 'Replace';
    const tags = copiesTags ? (await this.oss.getObjectTagging(source, { signal })).TagSet.Tag : undefined;
    const tagging = tags?.map(({ Key, Value }) => ({ key: Key, value: Value }));
    const begun = { ...kept, ...rest, ...(tagging ? { tagging } : {}) };
    const { UploadId: uploadId } = await this.oss.initiateMultipartUpload(begun, { signal });
    const done: { number: number; size: number; crc64: string; etag: string }[] = [];
    const meter = new Meter(size, all);
    const limit = limitOf(all, this.oss);
    try {
      const parts = partsOf(size, partSizeFor(size, all.partSize ?? PART));
      await eachOf(
        parts,
        () => limit.current,
        signal,
        async (part, inner) => {
          await all.pause?.wait(inner);
          // Were the source overwritten meanwhile, parts of two objects would make one.
          const range = { first: part.from, last: part.from + part.size - 1 };
          const question = { bucket, key, uploadId, partNumber: part.number, source, range, ifMatch: head.etag };
          const { etag = '', crc64 = '' } = await this.oss.uploadPartCopy(question, { signal: inner });
          done.push({ number: part.number, size: part.size, crc64, etag });
          meter.found(part.size);
          limit.moved(part.size);
        },
      );
      done.sort((a, b) => a.number - b.number);
      const Part = done.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` }));
      const question = { bucket, key, uploadId, acl: rest.acl, forbidOverwrite: rest.forbidOverwrite, body: { Part } };
      const answer = await this.oss.completeMultipartUpload(question, { signal });
      const whole = done.reduce((crc, part) => combine(crc, part.crc64 || '0', part.size), '0');
      for (const told of [head.crc64, answer.crc64]) {
        if (told !== undefined && told !== whole)
          throw new InconsistentError('The CRC-64 of the copy differs', told, whole);
      }
      const { etag, versionId, requestId } = answer;
      return { etag, versionId, requestId, crc64: whole, size, uploadId };
    } catch (error) {
      await this.oss.abortMultipartUpload({ bucket, key, uploadId }).catch(() => undefined);
      throw error;
    }
  }
}
