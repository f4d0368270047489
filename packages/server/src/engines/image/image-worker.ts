import { readFileSync, writeSync } from 'node:fs';
import sharp from 'sharp';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import { crc64 } from '../../domain/objects/crc64.ts';
import { encodePixels, type PictureResult, processPicture } from './process-picture.ts';
import { FrameReader, prefixed, type WorkerRequest, type WorkerResponse, workerRefusals } from './worker-frames.ts';

/** Decodes and encodes pictures, one at a time, as told over stdin. Runs in a sandbox of its own. */

// Several workers share the cores; a picture spread over threads gains nothing then.
sharp.concurrency(1);
sharp.cache(false);

const reader = new FrameReader((header, body) => {
  // The server wrote it: the same version of the same code.
  void serve(header as WorkerRequest, body);
});
process.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
process.stdin.on('end', () => process.exit(0));

async function serve(request: WorkerRequest, body: Buffer): Promise<void> {
  let result: PictureResult;
  try {
    if (request.type === 'encode') result = await encodePixels(body, request);
    else {
      const { file, operations, limits } = request;
      const picture = file === undefined ? body : readFileSync(file.path);
      if (file !== undefined && crc64(picture) !== file.crc64) {
        answer({ type: 'damaged', memoryBytes: memory() }, new Uint8Array());
        return;
      }
      result = await processPicture(picture, operations, limits);
    }
  } catch (error) {
    answer({ ...refusal(error), memoryBytes: memory() }, new Uint8Array());
    return;
  }
  const { contentType, extension, bytes } = result;
  answer({ type: 'done', contentType, extension, memoryBytes: memory() }, bytes);
}

function refusal(error: unknown): Extract<WorkerResponse, { type: 'refused' }> {
  const kind = workerRefusals.find((known) => isDomainError(error, known));
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  if (kind !== undefined && error instanceof DomainError) {
    return { type: 'refused', kind, details: error.details, cause, memoryBytes: 0 };
  }
  const said = error instanceof Error ? error.message : String(error);
  const details = { reason: 'The image engine failed.' };
  return { type: 'refused', kind: 'EngineFailed', details, cause: cause || said, memoryBytes: 0 };
}

const memory = (): number => process.memoryUsage.rss();

function answer(header: WorkerResponse, body: Uint8Array): void {
  writeAll(prefixed(header, body.length));
  writeAll(body);
}

/** stdout is a socket that blocks: nothing else is to be done until the server has taken the result. */
function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
