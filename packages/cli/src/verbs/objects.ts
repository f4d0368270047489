import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import {
  eachObject,
  listBucketsPages,
  listMultipartUploadsPages,
  listObjectsV2Pages,
  listObjectVersionsPages,
  ServiceError,
  Uploader,
} from 'millrace';
import { isOssUrl, parseObjectUrl, parseOssUrl, shown } from '../oss-url.ts';
import { humanSize } from '../progress.ts';
import { Remover } from '../remover.ts';
import { exitCodes, PartialFailure, UsageError, type Verb } from '../verb.ts';

const time = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 19);

export const ls: Verb = {
  name: 'ls',
  operands: '[oss://BUCKET[/PREFIX]]',
  count: [0, 1],
  summary: 'List buckets, or what is in one.',
  flags: [
    { name: 'directory', short: 'd', summary: 'Only one level; what is below a / counts as a folder.' },
    { name: 'all-versions', summary: 'All versions and delete markers.' },
    { name: 'multipart', short: 'm', summary: 'Uploads under way.' },
    { name: 'short-format', short: 's', summary: 'Names only.' },
    { name: 'human-readable', summary: 'Sizes in KiB, MiB, …' },
    { name: 'limited-num', value: 'N', summary: 'At most so many.' },
  ],
  async run(call) {
    const oss = await call.oss();
    const { out, signal } = call;
    const short = call.on('short-format');
    const most = call.number('limited-num') ?? Number.POSITIVE_INFINITY;
    const size = (bytes: number): string => (call.on('human-readable') ? humanSize(bytes) : String(bytes)).padStart(14);
    let count = 0;
    const [operand] = call.operands;
    if (operand === undefined) {
      for await (const page of listBucketsPages(oss, {}, { signal })) {
        for (const bucket of page.Buckets.Bucket) {
          if (++count > most) return exitCodes.ok;
          const url = `oss://${bucket.Name}`;
          out.result(bucket, short ? url : `${time(bucket.CreationDate)} ${bucket.Region ?? bucket.Location} ${url}`);
        }
      }
      return exitCodes.ok;
    }
    const { bucket, key: prefix } = parseOssUrl(operand);
    const url = (key: string): string => `oss://${bucket}/${shown(key)}`;
    if (call.on('multipart')) {
      for await (const page of listMultipartUploadsPages(oss, { bucket, prefix }, { signal })) {
        for (const upload of page.Upload) {
          if (++count > most) return exitCodes.ok;
          out.result(
            upload,
            short ? url(upload.Key) : `${time(upload.Initiated)} ${upload.UploadId} ${url(upload.Key)}`,
          );
        }
      }
      return exitCodes.ok;
    }
    if (call.on('all-versions')) {
      for await (const page of listObjectVersionsPages(oss, { bucket, prefix }, { signal })) {
        for (const entry of page.Entries) {
          if (++count > most) return exitCodes.ok;
          const [kind = '', facts] = Object.entries(entry)[0] ?? [];
          const {
            Key = '',
            VersionId = '',
            LastModified = 0,
          } = (facts ?? {}) as { Key?: string; VersionId?: string; LastModified?: number };
          out.result(
            { kind, ...facts },
            short ? url(Key) : `${time(LastModified)} ${kind.padEnd(12)} ${VersionId} ${url(Key)}`,
          );
        }
      }
      return exitCodes.ok;
    }
    const delimiter = call.on('directory') ? '/' : '';
    for await (const page of listObjectsV2Pages(oss, { bucket, prefix, delimiter, maxKeys: 1000 }, { signal })) {
      for (const { Prefix } of page.CommonPrefixes) {
        if (++count > most) return exitCodes.ok;
        out.result({ Prefix }, url(Prefix));
      }
      for (const object of page.Contents) {
        if (++count > most) return exitCodes.ok;
        const facts = `${time(object.LastModified)} ${size(object.Size)} ${object.StorageClass.padEnd(12)}`;
        out.result(object, short ? url(object.Key) : `${facts} ${url(object.Key)}`);
      }
    }
    return exitCodes.ok;
  },
};

export const rm: Verb = {
  name: 'rm',
  operands: 'oss://BUCKET/KEY',
  count: [1, 1],
  summary: 'Delete an object; with -r all below a prefix.',
  flags: [
    { name: 'recursive', short: 'r', summary: 'All whose keys begin so.' },
    { name: 'multipart', short: 'm', summary: 'Uploads under way instead of objects.' },
    { name: 'version-id', value: 'ID', summary: 'Only this version, for good.' },
    { name: 'all-versions', summary: 'With -r, all versions and delete markers, for good.' },
    { name: 'force', short: 'f', summary: 'Taken for scripts written for ossutil; nothing is asked here.' },
  ],
  async run(call) {
    const oss = await call.oss();
    const { out, signal } = call;
    const { bucket, key } = parseOssUrl(call.operands[0] ?? '');
    if (call.on('multipart')) {
      for await (const page of listMultipartUploadsPages(oss, { bucket, prefix: key }, { signal })) {
        for (const { Key, UploadId } of page.Upload) {
          await oss.abortMultipartUpload({ bucket, key: Key, uploadId: UploadId });
          out.result({ aborted: Key, uploadId: UploadId }, `aborted ${UploadId} of oss://${bucket}/${shown(Key)}`);
        }
      }
      return exitCodes.ok;
    }
    if (!call.on('recursive')) {
      const versionId = call.text('version-id');
      const object = parseObjectUrl(call.operands[0] ?? '');
      // The service says yes to what is not there: whoever deletes by hand wants to know.
      await oss.headObject({ ...object, versionId }).catch(unlessMarker);
      await oss.deleteObject({ ...object, versionId });
      out.result({ removed: `oss://${bucket}/${key}` }, `removed oss://${bucket}/${shown(key)}`);
      return exitCodes.ok;
    }
    const remover = new Remover(oss, bucket, signal);
    if (call.on('all-versions')) {
      for await (const page of listObjectVersionsPages(oss, { bucket, prefix: key }, { signal })) {
        for (const entry of page.Entries) {
          const { Key, VersionId } = ('Version' in entry ? entry.Version : entry.DeleteMarker) ?? {};
          if (Key !== undefined && VersionId !== undefined) await remover.remove({ Key, VersionId });
        }
      }
    } else {
      for await (const { Key } of eachObject(oss, { bucket, prefix: key }, { signal })) await remover.remove({ Key });
    }
    await remover.end();
    const { removed } = remover;
    out.result({ removed }, `${removed} removed`);
    return exitCodes.ok;
  },
};

/** A delete marker is there, and cannot be looked at. */
function unlessMarker(error: unknown): void {
  if (!(error instanceof ServiceError) || error.status !== 405) throw error;
}

export const cat: Verb = {
  name: 'cat',
  operands: 'oss://BUCKET/KEY…',
  count: [1, Number.POSITIVE_INFINITY],
  summary: 'Write objects to standard output.',
  flags: [
    { name: 'range', value: 'FIRST-LAST', summary: 'Only these bytes.' },
    { name: 'version-id', value: 'ID', summary: 'This version.' },
  ],
  async run(call) {
    const oss = await call.oss();
    const range = call.text('range');
    for (const operand of call.operands) {
      const versionId = call.text('version-id');
      const asked = {
        ...parseObjectUrl(operand),
        versionId,
        range: range === undefined ? undefined : `bytes=${range}`,
      };
      const { body } = await oss.getObject(asked, { signal: call.signal });
      for await (const piece of body) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    }
    return exitCodes.ok;
  },
};

export const statVerb: Verb = {
  name: 'stat',
  operands: 'oss://BUCKET[/KEY]',
  count: [1, 1],
  summary: 'Tell all about a bucket or an object.',
  flags: [{ name: 'version-id', value: 'ID', summary: 'This version.' }],
  async run(call) {
    const oss = await call.oss();
    const { bucket, key } = parseOssUrl(call.operands[0] ?? '');
    const facts: object =
      key === ''
        ? (await oss.getBucketInfo({ bucket })).Bucket
        : await oss.headObject({ bucket, key, versionId: call.text('version-id') });
    const { headers: _, status: __, ...told } = facts as Record<string, unknown>;
    const lines = Object.entries(told).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const dated = /^(lastModified|CreationDate)$/.test(name) && typeof value === 'number';
      const text = dated ? time(value) : typeof value === 'object' ? JSON.stringify(value) : shown(String(value));
      return [`${name.padEnd(28)} ${text}`];
    });
    call.out.result(told, lines.join('\n'));
    return exitCodes.ok;
  },
};

export const mb: Verb = {
  name: 'mb',
  operands: 'oss://BUCKET',
  count: [1, 1],
  summary: 'Make a bucket.',
  flags: [
    { name: 'acl', value: 'ACL', summary: 'private, public-read or public-read-write.' },
    { name: 'storage-class', value: 'CLASS', summary: 'Standard, IA, Archive, …' },
  ],
  async run(call) {
    const { bucket } = parseOssUrl(call.operands[0] ?? '');
    const storageClass = call.text('storage-class') as 'Standard' | undefined;
    await (await call.oss()).putBucket({
      bucket,
      acl: call.text('acl') as 'private' | undefined,
      ...(storageClass === undefined ? {} : { configuration: { StorageClass: storageClass } }),
    });
    call.out.result({ made: `oss://${bucket}` }, `made oss://${bucket}`);
    return exitCodes.ok;
  },
};

export const rb: Verb = {
  name: 'rb',
  operands: 'oss://BUCKET',
  count: [1, 1],
  summary: 'Remove an empty bucket.',
  flags: [{ name: 'force', short: 'f', summary: 'Taken for scripts written for ossutil; nothing is asked here.' }],
  async run(call) {
    const { bucket } = parseOssUrl(call.operands[0] ?? '');
    await (await call.oss()).deleteBucket({ bucket });
    call.out.result({ removed: `oss://${bucket}` }, `removed oss://${bucket}`);
    return exitCodes.ok;
  },
};

export const presign: Verb = {
  name: 'presign',
  operands: 'oss://BUCKET/KEY',
  count: [1, 1],
  summary: 'Sign a URL that anybody may use for a while.',
  flags: [
    { name: 'expires-duration', value: 'TIME', summary: 'Such as 90s, 15m, 2h or 7d; 15m by default.' },
    { name: 'method', value: 'GET|PUT', summary: 'What the URL is for; GET by default.' },
    { name: 'process', value: 'STRING', summary: 'Processing that is part of the URL.' },
    { name: 'qr', summary: 'Shows it as a QR code as well, for a camera.' },
    { name: 'version-id', value: 'ID', summary: 'This version.' },
  ],
  async run(call) {
    const oss = await call.oss();
    const object = parseObjectUrl(call.operands[0] ?? '');
    const expires = durationOf(call.text('expires-duration') ?? '15m');
    const method = (call.text('method') ?? 'GET').toUpperCase();
    const reading = { ...object, versionId: call.text('version-id') };
    const text = call.text('process');
    const signed =
      method === 'PUT'
        ? await oss.presign('PutObject', object, { expires })
        : method === 'GET'
          ? await oss.presign('GetObject', text === undefined ? reading : { ...reading, process: text }, { expires })
          : undefined;
    if (!signed) throw new UsageError(`--method must be GET or PUT, not ${method}.`);
    call.out.result(signed, signed.url);
    if (call.on('qr') && !call.out.json) {
      const { qrLines } = await import('../qr.ts');
      for (const line of qrLines(signed.url)) call.out.line(line);
    }
    return exitCodes.ok;
  },
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function durationOf(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhd])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) {
    throw new UsageError(`--expires-duration must be a time such as 15m, not ${text}.`);
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0), 0);
}

export const hash: Verb = {
  name: 'hash',
  operands: 'FILE…',
  count: [1, Number.POSITIVE_INFINITY],
  summary: 'The CRC-64 of files, as the service has it of objects.',
  flags: [],
  async run(call) {
    const { crc64OfFile } = await import('millrace');
    let failed = 0;
    for (const file of call.operands) {
      try {
        const crc64 = await crc64OfFile(file);
        call.out.result({ file, crc64 }, `${crc64}  ${shown(file)}`);
      } catch (error) {
        failed++;
        call.out.error(`${shown(file)}: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (failed > 0) throw new PartialFailure(`${failed} failed`);
    return exitCodes.ok;
  },
};

export const put: Verb = {
  name: 'put',
  operands: 'oss://BUCKET/KEY',
  count: [1, 1],
  summary: 'Upload standard input, of whatever length.',
  flags: [{ name: 'content-type', value: 'TYPE', summary: 'What it is.' }],
  async run(call) {
    if (!isOssUrl(call.operands[0] ?? '')) throw new UsageError('Name an object: oss://BUCKET/KEY.');
    const object = parseObjectUrl(call.operands[0] ?? '');
    const input = createReadStream('', { fd: 0, autoClose: false });
    const { size, crc64 } = await new Uploader(await call.oss()).uploadFrom(
      { ...object, contentType: call.text('content-type') },
      input,
      { signal: call.signal },
    );
    call.out.result({ ...object, size, crc64 }, `${size} bytes -> ${call.operands[0]}`);
    return exitCodes.ok;
  },
};
