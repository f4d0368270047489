import { DomainError } from '../../domain/errors.ts';
import type { MediaFacts } from './probe.ts';

/** Milliseconds as FFmpeg's seconds. */
export const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** `-ss`, before the source: exact where frames are decoded, at the key frame before where streams are copied. */
export const startAt = (ss: number): string[] => (ss > 0 ? ['-ss', seconds(ss)] : []);

/** `-t`, among the output's options: as a limit on the input it lets one frame more through. */
export const lasting = (t: number): string[] => (t > 0 ? ['-t', seconds(t)] : []);

/** How long the result will be; undefined when the source does not say how long it is. */
export function expectedMs(facts: MediaFacts, ss: number, t = 0): number | undefined {
  const rest = facts.durationMs === undefined ? undefined : Math.max(0, facts.durationMs - ss);
  if (t === 0) return rest;
  return rest === undefined ? t : Math.min(rest, t);
}

/** Refuses to begin where nothing is left. */
export function requireStartInside(operation: string, facts: MediaFacts, ss: number): void {
  if (ss > 0 && facts.durationMs !== undefined && ss >= facts.durationMs)
    throw startPastEnd(operation, ss, facts.durationMs);
}

export function startPastEnd(operation: string, ss: number, durationMs?: number): DomainError {
  const length = durationMs === undefined ? 'ends before that' : `lasts ${Math.round(durationMs)} ms`;
  return new DomainError('ProcessInvalid', {
    operation,
    parameter: 'ss',
    value: String(ss),
    reason: `The source ${length}; begin earlier.`,
  });
}

/** Reports work done as whole percent up to `share`, never backwards; emitting the outputs makes up the rest. */
export function percentOf(expected: number | undefined, share: number, report?: (percent: number) => void) {
  let reported = 0;
  return (outTimeMs: number): void => {
    if (!expected || !report) return;
    const percent = Math.min(share, Math.floor((outTimeMs / expected) * share));
    if (percent > reported) {
      reported = percent;
      report(percent);
    }
  };
}
