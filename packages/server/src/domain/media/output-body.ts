import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { MediaOutput } from '../ports/media-engine.ts';

const READ_BYTES = 1024 * 1024;

/** An output as the body of the object that it is stored as. */
export async function outputBody({
  body,
}: Pick<MediaOutput, 'body'>): Promise<{ bytes: AsyncIterable<Uint8Array>; length: number }> {
  if ('bytes' in body) return { bytes: once(body.bytes), length: body.bytes.byteLength };
  const { size } = await stat(body.path);
  return { bytes: createReadStream(body.path, { highWaterMark: READ_BYTES }), length: size };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}
