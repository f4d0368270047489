import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { Box } from './geometry.ts';
import { pictureEncoder } from './picture.ts';
import type { SnapshotsParams } from './snapshots.ts';

export type SpriteParams = OperationNamed<'video/sprite'>['params'];

/** "A sheet is at most 16384 × 16384 px." */
const LONGEST_SIDE = 16_384;

/** The tiles in the workspace, by FFmpeg's pattern. */
export const TILES = 'tile-%06d.png';
export const tileName = (number: number): string => `tile-${String(number).padStart(6, '0')}.png`;

/** The frames that become tiles, without loss until their sheet is written. */
export function tileParams(params: SpriteParams): SnapshotsParams {
  const { ss, m, thr, num, inter, sw, sh, psw, psh, scaletype } = params;
  const sides = { ...(sw === undefined ? {} : { w: sw }), ...(sh === undefined ? {} : { h: sh }) };
  return { ss, m, thr, num, inter, pw: psw, ph: psh, scaletype, f: 'png', ...sides };
}

export interface SheetsPlan {
  /** Before the tiles. */
  options: string[];
  /** Complete but for the numbered name. */
  output: string[];
  count: number;
  size: Box;
}

/** Full sheets, then one that is only as large as what is left needs. Refuses sheets that would be too large. */
export function planSheets(params: SpriteParams, tile: Box, tiles: number): SheetsPlan[] {
  const { tw, th } = params;
  const full = Math.floor(tiles / (tw * th));
  const rest = tiles - full * tw * th;
  const plans: SheetsPlan[] = [];
  if (full > 0) plans.push(sheets(params, tile, { columns: tw, rows: th, first: 1, count: full }));
  if (rest > 0) {
    const layout = { columns: Math.min(tw, rest), rows: Math.ceil(rest / tw), first: full * tw * th + 1, count: 1 };
    plans.push(sheets(params, tile, layout));
  }
  return plans;
}

function sheets(
  { pad, margin, f, tw, th }: SpriteParams,
  tile: Box,
  { columns, rows, first, count }: { columns: number; rows: number; first: number; count: number },
): SheetsPlan {
  const side = (tiles: number, length: number): number => tiles * length + (tiles - 1) * pad + 2 * margin;
  const size = { width: side(columns, tile.width), height: side(rows, tile.height) };
  if (Math.max(size.width, size.height) > LONGEST_SIDE) {
    throw new DomainError('ProcessInvalid', {
      operation: 'video/sprite',
      parameter: size.width > size.height ? 'tw' : 'th',
      value: String(size.width > size.height ? tw : th),
      reason: `A sheet would have ${size.width}x${size.height} pixels; a side has at most ${LONGEST_SIDE}. Give fewer or smaller tiles.`,
    });
  }
  const layout = `tile=layout=${columns}x${rows}:padding=${pad}:margin=${margin}:color=black`;
  return {
    options: ['-framerate', '1', '-start_number', String(first)],
    output: [
      ...['-vf', f === 'jpg' ? `${layout},scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p` : layout],
      ...['-frames:v', String(count), '-fps_mode', 'passthrough', ...pictureEncoder(f)],
      ...['-flags:v', '+bitexact', '-f', 'image2'],
    ],
    count,
    size,
  };
}
