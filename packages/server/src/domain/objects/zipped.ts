import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

/** The same in gzip's format. Fails as its source does, and ends that when it is abandoned. */
export function zipped(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  const zip = createGzip();
  pipeline(Readable.from(source, { objectMode: false }), zip, () => {});
  return zip;
}
