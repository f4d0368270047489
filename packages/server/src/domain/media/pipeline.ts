import { readFile, stat } from 'node:fs/promises';
import type { Operation } from '@millrace/process';
import { DomainError } from '../errors.ts';
import type { MediaEngines, MediaOutput, MediaRun, MediaSource } from '../ports/media-engine.ts';
import { familyOfStage } from './process-text.ts';
import type { Result } from './result-cache.ts';
import { BytesSource } from './source.ts';

/**
 * Runs the stages of synchronous processing one after another, each on the one output of the stage before. Neighbouring
 * operations of a family go to its engine together, so that a picture is decoded and encoded once however many
 * operations are named.
 */
export async function runStages(
  engines: MediaEngines,
  source: MediaSource,
  stages: readonly (readonly Operation[])[],
  options: Pick<MediaRun, 'signal' | 'inputs'> & { resultBytes: number; temporaryFolder: string },
): Promise<Result> {
  const { resultBytes, temporaryFolder } = options;
  let result: Result | undefined;
  for (const operations of fuse(stages)) {
    await using next = result && new BytesSource(`stage.${result.extension}`, result.bytes, temporaryFolder);
    result = await runStage(engines, next ?? source, operations, resultBytes, options);
  }
  if (result === undefined) throw new DomainError('EngineFailed', { reason: 'The process string has no stage.' });
  return result;
}

async function runStage(
  engines: MediaEngines,
  source: MediaSource,
  operations: readonly Operation[],
  resultBytes: number,
  { signal, inputs }: Pick<MediaRun, 'signal' | 'inputs'>,
): Promise<Result> {
  let result: Result | undefined;
  await engines[familyOfStage(operations)].run({
    source,
    operations,
    signal,
    ...(inputs && { inputs }),
    async emit(output) {
      const { contentType, extension } = output;
      result ??= { contentType, extension, bytes: await outputBytes(output, resultBytes) };
    },
  });
  if (result === undefined) throw new DomainError('EngineFailed', { reason: 'The engine produced nothing.' });
  return result;
}

/** `image/resize,…|image/format,…` means the same as `image/resize,…/format,…`, at half the work and loss. */
function fuse(stages: readonly (readonly Operation[])[]): (readonly Operation[])[] {
  const fused: Operation[][] = [];
  for (const operations of stages) {
    const last = fused.at(-1);
    const alike = last !== undefined && familyOfStage(last) === 'image' && familyOfStage(operations) === 'image';
    // Texts about a picture are about the one that the stage before has finished.
    if (alike && ![...last, ...operations].some(yieldsText)) last.push(...operations);
    else fused.push([...operations]);
  }
  return fused;
}

const yieldsText = ({ name }: Operation): boolean => name === 'image/info' || name === 'image/average-hue';

/** The output in memory, whichever way the engine hands it over. */
async function outputBytes({ body }: MediaOutput, limit: number): Promise<Uint8Array> {
  const size = 'bytes' in body ? body.bytes.byteLength : (await stat(body.path)).size;
  if (size > limit) {
    const reason = `The result has ${size} bytes; at most ${limit} can be answered synchronously.`;
    throw new DomainError('MediaTooLarge', { limit: 'result size', reason });
  }
  return 'bytes' in body ? body.bytes : readFile(body.path);
}
