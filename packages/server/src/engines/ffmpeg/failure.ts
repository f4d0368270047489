import { DomainError, isDomainError } from '../../domain/errors.ts';

const WRITE_REFUSED =
  /Could not write header|incorrect codec parameters|Error initializing output stream|not compatible with/;
const SOURCE_BROKEN =
  /Invalid data found when processing input|moov atom not found|Could not find codec parameters|Cannot determine format|Error while decoding|Decoder .* not found|Error while opening decoder|Picture size .* is invalid|max_pixels/;

/**
 * What an unsuccessful end of FFmpeg means, by what it said. Anything not recognised stays what the host made of it; the
 * whole of stderr is in its cause, for the log.
 */
export function explainFailure(error: DomainError, stderr: string): DomainError {
  if (!isDomainError(error, 'EngineFailed') || error.details.killed) return error;
  const { cause } = error;
  if (/File too large/.test(stderr)) {
    return new DomainError(
      'MediaTooLarge',
      { limit: 'output', reason: 'The result is larger than one job may write.' },
      { cause },
    );
  }
  if (/No space left on device/.test(stderr)) {
    return new DomainError('EngineFailed', { reason: 'There is no space left for the result.' }, { cause });
  }
  const encoder = /Unknown encoder '([^']+)'/.exec(stderr)?.[1];
  if (encoder) {
    return new DomainError(
      'MediaUnsupported',
      { reason: `FFmpeg on this machine was built without the encoder ${encoder}.` },
      { cause },
    );
  }
  if (WRITE_REFUSED.test(stderr)) {
    return new DomainError(
      'MediaUnsupported',
      { reason: `These parameters do not go together: ${firstComplaint(stderr)}` },
      { cause },
    );
  }
  if (SOURCE_BROKEN.test(stderr)) {
    return new DomainError(
      'MediaUnreadable',
      { reason: 'The source is damaged: its frames cannot be decoded.' },
      { cause },
    );
  }
  return error;
}

/**
 * FFmpeg ends successfully when its source stops in the middle, with a shorter result. Its demuxers say so, and a result
 * that lacks the end without anybody noticing is worse than none.
 */
export function truncation(stderr: string): DomainError | undefined {
  if (!/ partial file$|File ended prematurely/m.test(stderr)) return undefined;
  return new DomainError(
    'MediaUnreadable',
    { reason: 'The source is cut short: it ends before the last frame that its headers promise.' },
    { cause: new Error(stderr.trim().slice(-4000)) },
  );
}

/** FFmpeg's first line, without its addresses and paths. */
function firstComplaint(stderr: string): string {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? '';
  return line
    .replace(/^\[([^\]@]+) @ 0x[0-9a-f]+\]/, '$1:')
    .replace(/\/\S*\//g, '')
    .trim()
    .slice(0, 300);
}
