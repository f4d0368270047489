import { readFileSync, writeSync, writevSync } from 'node:fs';
import sharp from 'sharp';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import { crc64 } from '../../domain/objects/crc64.ts';
import type { PictureResult } from './picture-result.ts';
import { readPpm } from './ppm.ts';
import { describePicture, encodePixels, type Foreign, processPicture } from './process-picture.ts';
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
  let result: PictureResult | Foreign | 'damaged' | undefined;
  try {
    if (request.type === 'encode') result = await encodePixels(body, request);
    else if (request.type === 'encode-file') {
      const { width, height, pixels } = readPpm(readFileSync(request.file), request.mostPixels);
      result = await encodePixels(pixels, { ...request, width, height });
    } else if (request.type === 'describe') result = await describePicture(body, request.fileSize, request.limits);
    else result = await work(request, body);
  } catch (error) {
    answer({ ...refusal(error), memoryBytes: memory() }, new Uint8Array());
    return;
  }
  const memoryBytes = memory();
  if (result === 'damaged') answer({ type: 'damaged', memoryBytes }, new Uint8Array());
  else if (result === undefined) answer({ type: 'more', memoryBytes }, new Uint8Array());
  else if ('foreign' in result) answer({ type: 'foreign', format: result.foreign, memoryBytes }, new Uint8Array());
  else {
    const { bytes, ...facts } = result;
    answer({ type: 'done', ...facts, memoryBytes }, bytes);
  }
}

async function work(
  request: Extract<WorkerRequest, { type: 'process' }>,
  body: Buffer,
): Promise<PictureResult | Foreign | 'damaged'> {
  const { file, operations, limits, as } = request;
  const inputs = new Map<string, Buffer>();
  let at = 0;
  for (const { key, length } of request.inputs ?? []) {
    inputs.set(key, body.subarray(at, at + length));
    at += length;
  }
  const bytes = file === undefined ? body.subarray(at) : readFileSync(file.path);
  if (file !== undefined && crc64(bytes) !== file.crc64) return 'damaged';
  return processPicture({ bytes, operations, limits, inputs, as });
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

/**
 * In one piece, so that the server wakes up once for it. stdout is a socket that blocks: nothing else is to be done until
 * the server has taken the result.
 */
function answer(header: WorkerResponse, body: Uint8Array): void {
  const head = prefixed(header, body.length);
  const written = writevSync(1, [head, body]);
  for (let at = written; at < head.length; ) at += writeSync(1, head, at);
  for (let at = Math.max(0, written - head.length); at < body.length; ) at += writeSync(1, body, at);
}
