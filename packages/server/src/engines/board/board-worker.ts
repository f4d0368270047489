import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { BoardJob, FoundCode } from '../../domain/ports/picture-board.ts';
import { workerRefusals } from '../image/worker-frames.ts';
import type { BoardAnswer } from './board-answer.ts';
import { findCodes } from './find-codes.ts';
import { mosaic } from './mosaic.ts';
import { writePdf } from './picture-pdf.ts';
import { splice } from './splice.ts';

/** One job on some pictures, in a sandbox of its own: what to do is the argument, the pictures are files beside it. */

sharp.concurrency(1);
sharp.cache(false);

interface Request {
  job: BoardJob;
  folder: string;
  count: number;
}

async function work({ job, folder, count }: Request): Promise<BoardAnswer> {
  const picture = (index: number): Buffer => readFileSync(join(folder, `picture${index}`));
  const output = join(folder, 'output');
  const done = (contentType: string, extension: string, codes: FoundCode[] = []): BoardAnswer => ({
    ...{ type: 'done', contentType, extension, codes },
  });
  switch (job.type) {
    case 'splice':
      await splice(
        job,
        Array.from({ length: count }, (_, index) => () => picture(index)),
        output,
      );
      return job.format === 'png' ? done('image/png', 'png') : done('image/jpeg', 'jpg');
    case 'pdf':
      await writePdf(job.rotations, picture, output);
      return done('application/pdf', 'pdf');
    case 'mosaic': {
      const { contentType, extension } = await mosaic(job, picture(0), output);
      return done(contentType, extension);
    }
    case 'codes':
      return done('', '', await findCodes(picture(0)));
  }
}

function refusal(error: unknown): BoardAnswer {
  const kind = workerRefusals.find((known) => isDomainError(error, known));
  if (kind !== undefined && error instanceof DomainError) return { type: 'refused', kind, details: error.details };
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return { type: 'refused', kind: 'EngineFailed', details: { reason: 'The image engine failed.' } };
}

// The server wrote it: the same version of the same code.
const request = JSON.parse(process.argv[2] ?? '') as Request;
const answer = Buffer.from(JSON.stringify(await work(request).catch(refusal)));
for (let at = 0; at < answer.length; ) at += writeSync(1, answer, at);
