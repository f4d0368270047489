import { DomainError } from '../../domain/errors.ts';
import { type FfmpegInput, mount, SOURCE, sourceInput } from './ffmpeg.ts';
import { type Job, openSource } from './job.ts';
import type { MediaFacts } from './probe.ts';
import type { SoundPlan } from './sound.ts';
import { expectedMs, requireStartInside, seconds, startAt } from './time.ts';

/** One file of several that are joined. */
export interface Piece {
  /** Its name in the workspace. */
  name: string;
  facts: MediaFacts;
  ss: number;
  t: number;
}

export interface Operand {
  readonly o: string;
  readonly ss: number;
  readonly t: number;
}

/** What joining needs to know of `video/concat` and `audio/concat`. */
export interface JoinParams {
  readonly ss: number;
  readonly t: number;
  readonly align: number;
  readonly pre: readonly Operand[];
  readonly sur: readonly Operand[];
}

/** Opens and recognises every file, in the order they are joined. */
export async function openPieces(operation: string, job: Job, params: JoinParams): Promise<Piece[]> {
  const { run, ffmpeg, workspace, facts } = job;
  const open = async ({ o, ss, t }: Operand, name: string): Promise<Piece> => {
    const source = run.inputs?.get(o);
    if (source === undefined) throw new DomainError('EngineFailed', { reason: `${o} was not opened.` });
    if (source.size === 0) throw new DomainError('MediaUnreadable', { reason: `${o} is empty.` });
    mount(workspace, name, await openSource(source));
    const known = await ffmpeg.probe(workspace, run.signal, source.version, name);
    requireStartInside(operation, known, ss);
    return { name, facts: known, ss, t };
  };
  const pieces: Piece[] = [];
  for (const operand of params.pre) pieces.push(await open(operand, `operand-${pieces.length}`));
  requireStartInside(operation, facts, params.ss);
  pieces.push({ name: SOURCE, facts, ss: params.ss, t: params.t });
  for (const operand of params.sur) pieces.push(await open(operand, `operand-${pieces.length}`));
  if (params.align >= pieces.length) {
    throw new DomainError('ProcessInvalid', {
      operation,
      parameter: 'align',
      value: String(params.align),
      reason: `There are ${pieces.length} files, counted from 0.`,
    });
  }
  return pieces;
}

/** As inputs of FFmpeg. The limit of time stands before each, so that no more is read than is used. */
export const pieceInputs = (pieces: readonly Piece[]): FfmpegInput[] =>
  pieces.map(({ name, facts, ss, t }) =>
    sourceInput(facts, [...startAt(ss), ...(t > 0 ? ['-t', seconds(t)] : [])], name),
  );

/** How long all of them are together; undefined when one does not say. */
export function joinedMs(pieces: readonly Piece[]): number | undefined {
  let sum = 0;
  for (const { facts, ss, t } of pieces) {
    const length = expectedMs(facts, ss, t);
    if (length === undefined) return undefined;
    sum += length;
  }
  return sum;
}

/** The length that what stands in for a missing stream has. What is shorter than the rest of its piece is filled up. */
export function standInSeconds(piece: Piece): string {
  return seconds(Math.max(40, expectedMs(piece.facts, piece.ss, piece.t) ?? 40));
}

const LAYOUTS = ['mono', 'stereo', '2.1', '4.0', '5.0', '5.1', '6.1', '7.1'];

/** Filters for the sound of one piece: brought to one rate and layout, silence where there is none. */
export function soundOf(piece: Piece, input: number, { rate, channels }: SoundPlan): string {
  const layout = LAYOUTS[channels - 1] ?? 'stereo';
  const { audio } = piece.facts;
  if (audio === undefined) {
    return `anullsrc=sample_rate=${rate}:channel_layout=${layout},atrim=duration=${standInSeconds(piece)}[a${input}]`;
  }
  const cut = piece.t > 0 ? `atrim=duration=${seconds(piece.t)},` : '';
  const shape = `aresample=${rate},aformat=sample_rates=${rate}:channel_layouts=${layout}`;
  return `[${input}:${audio.index}]${cut}asetpts=PTS-STARTPTS,${shape}[a${input}]`;
}

/** The filter that puts all pieces behind each other. */
export function joint(count: number, streams: { video: boolean; audio: boolean }): string {
  const { video, audio } = streams;
  const links = Array.from({ length: count }, (_, at) => `${video ? `[v${at}]` : ''}${audio ? `[a${at}]` : ''}`);
  return `${links.join('')}concat=n=${count}:v=${video ? 1 : 0}:a=${audio ? 1 : 0}${video ? '[v]' : ''}${audio ? '[a]' : ''}`;
}
