import type { OperationNamed } from '@millrace/process';
import { DomainError } from '../../domain/errors.ts';
import type { Shape } from './mask.ts';
import type { Kernel } from './tone.ts';

/** Sides in pixels; of one frame, when a picture has several. */
export interface Extent {
  width: number;
  height: number;
}

/** What an operation does to the pixels, with every number worked out. */
export type Step =
  | { kind: 'crop'; left: number; top: number; width: number; height: number }
  | { kind: 'resize'; width: number; height: number }
  | { kind: 'extend'; left: number; top: number; right: number; bottom: number; colour: string }
  | { kind: 'rotate'; degrees: number }
  | { kind: 'blur'; sigma: number }
  | { kind: 'convolve'; kernel: Kernel }
  | { kind: 'linear'; gain: number; offset: number }
  | { kind: 'mask'; shape: Shape }
  | { kind: 'overlay'; overlay: Overlay };

/** Pixels of red, green, blue and alpha to be put over the picture; `left` and `top` may be outside. */
export interface Overlay extends Extent {
  data: Uint8Array;
  left: number;
  top: number;
  /** Repeated from there over the whole picture. */
  tiled?: boolean;
}

const MOST_TARGET_SIDE = 16_384;
const MOST_TARGET_PIXELS = 4096 * 4096;
const MOST_ROTATION_SIDE = 4096;

/** Past this, a side that is only there to be cut off again is not computed: the source is cut first. */
const MOST_SCALED_SIDE = 65_000;

/** "Rounded half up": floor(x + 0.5), and never to nothing. */
const round = (value: number): number => Math.max(1, Math.floor(value + 0.5));

type ResizeParams = OperationNamed<'image/resize'>['params'];

/**
 * The steps of `resize`. Sides are worked out here and given to the decoder both: left to itself it is off by one when it
 * shrinks while loading. `growing` false refuses to enlarge, which animated pictures cannot be. `main` is the picture that
 * this one is going to be the watermark of: "P_10 makes it a tenth of the main picture".
 */
export function resizeSteps(params: ResizeParams, source: Extent, growing = true, main?: Extent): Step[] {
  const { width: W, height: H } = source;
  if (main !== undefined && params.P !== undefined) {
    const share = params.P / 100;
    const ratio = Math.min((main.width * share) / W, (main.height * share) / H);
    return scaled({ width: round(W * ratio), height: round(H * ratio) }, source, false);
  }
  const limited = params.limit === 1 || !growing;
  let box: Extent | undefined;
  let target: Extent;
  if (params.w !== undefined || params.h !== undefined) {
    // "w and h decide"; l, s and p beside them are ignored.
    const { w, h } = params;
    if (w !== undefined && h !== undefined) box = { width: w, height: h };
    else if (params.m === 'lfit' || params.m === 'mfit') {
      const ratio = w !== undefined ? w / W : (h ?? H) / H;
      target = { width: w ?? round(W * ratio), height: h ?? round(H * ratio) };
      return scaled(target, source, limited);
    } else {
      // "A missing side equals the given one" for fixed, fill and pad.
      const side = w ?? h ?? 1;
      box = { width: side, height: side };
    }
  } else if (params.l !== undefined && params.s !== undefined) {
    box = W >= H ? { width: params.l, height: params.s } : { width: params.s, height: params.l };
  } else if (params.l !== undefined || params.s !== undefined) {
    const side = params.l ?? params.s ?? 1;
    const byWidth = params.l !== undefined ? W >= H : W < H;
    const ratio = side / (byWidth ? W : H);
    target = byWidth ? { width: side, height: round(H * ratio) } : { width: round(W * ratio), height: side };
    return scaled(target, source, limited);
  } else {
    const ratio = (params.p ?? 100) / 100;
    return scaled({ width: round(W * ratio), height: round(H * ratio) }, source, limited);
  }

  const fit = (ratio: number): Extent => ({ width: round(W * ratio), height: round(H * ratio) });
  const inner = Math.min(box.width / W, box.height / H);
  const outer = Math.max(box.width / W, box.height / H);
  if (params.m === 'lfit') return scaled(fit(inner), source, limited);
  if (params.m === 'mfit') return scaled(fit(outer), source, limited);
  // "Any exceeding side" keeps the source for the modes that fill their box.
  if (limited && (box.width > W || box.height > H)) return [];
  checkTarget(box);
  if (params.m === 'fixed') return resizeTo(box, source);
  if (params.m === 'fill') {
    const covering = fit(outer);
    if (covering.width > MOST_SCALED_SIDE || covering.height > MOST_SCALED_SIDE) {
      const width = Math.min(W, round(box.width / outer));
      const height = Math.min(H, round(box.height / outer));
      const left = Math.floor((W - width) / 2);
      const top = Math.floor((H - height) / 2);
      return [{ kind: 'crop', left, top, width, height }, ...resizeTo(box, { width, height })];
    }
    const left = Math.floor((covering.width - box.width) / 2);
    const top = Math.floor((covering.height - box.height) / 2);
    return [...resizeTo(covering, source), ...cropTo({ left, top, ...box }, covering)];
  }
  const inside = fit(inner);
  const left = Math.floor((box.width - inside.width) / 2);
  const top = Math.floor((box.height - inside.height) / 2);
  const right = box.width - inside.width - left;
  const bottom = box.height - inside.height - top;
  const steps = resizeTo(inside, source);
  if (left + top + right + bottom > 0) {
    steps.push({ kind: 'extend', left, top, right, bottom, colour: `#${params.color}` });
  }
  return steps;
}

function scaled(target: Extent, source: Extent, limited: boolean): Step[] {
  if (limited && (target.width > source.width || target.height > source.height)) return [];
  checkTarget(target);
  return resizeTo(target, source);
}

function resizeTo(target: Extent, source: Extent): Step[] {
  if (target.width === source.width && target.height === source.height) return [];
  return [{ kind: 'resize', ...target }];
}

function checkTarget({ width, height }: Extent): void {
  if (width > MOST_TARGET_SIDE || height > MOST_TARGET_SIDE) {
    throw new DomainError('MediaTooLarge', {
      limit: 'target-side',
      reason: `The result would be ${width}x${height}; a side may have ${MOST_TARGET_SIDE} pixels.`,
    });
  }
  if (width * height > MOST_TARGET_PIXELS) {
    throw new DomainError('MediaTooLarge', {
      limit: 'target-pixels',
      reason: `The result would be ${width}x${height}; it may have ${MOST_TARGET_PIXELS} pixels.`,
    });
  }
}

export type Rectangle = { left: number; top: number; width: number; height: number };

export function cropTo(rectangle: Rectangle, source: Extent): Step[] {
  if (rectangle.width === source.width && rectangle.height === source.height) return [];
  return [{ kind: 'crop', ...rectangle }];
}

/** The steps of `crop`: an origin by grid cell, moved by x and y; what leaves the picture is cut off. */
export function cropSteps(params: OperationNamed<'image/crop'>['params'], { width: W, height: H }: Extent): Step[] {
  // "0 means to the edge."
  const width = Math.min(params.w || W, W);
  const height = Math.min(params.h || H, H);
  const { column, line } = gridCell(params.g);
  const left = Math.floor(((W - width) * column) / 2) + params.x;
  const top = Math.floor(((H - height) * line) / 2) + params.y;
  if (left >= W || top >= H) {
    const parameter = left >= W ? 'x' : 'y';
    throw new DomainError('CropOutside', { parameter, value: params[parameter] });
  }
  return cropTo(
    { left, top, width: Math.min(width, W - left), height: Math.min(height, H - top) },
    { width: W, height: H },
  );
}

export type GridCell = OperationNamed<'image/crop'>['params']['g'];

/** Column and line of a cell of the 3 by 3 grid, from 0 to 2. */
export function gridCell(g: GridCell): { column: number; line: number } {
  const column = ['nw', 'west', 'sw'].includes(g) ? 0 : ['ne', 'east', 'se'].includes(g) ? 2 : 1;
  const line = ['nw', 'north', 'ne'].includes(g) ? 0 : ['sw', 'south', 'se'].includes(g) ? 2 : 1;
  return { column, line };
}

/** The steps of `indexcrop`: "y wins"; past the last slice, the whole picture; the last slice has what is left. */
export function indexcropSteps(params: OperationNamed<'image/indexcrop'>['params'], source: Extent): Step[] {
  const side = params.y ?? params.x ?? 1;
  const start = params.i * side;
  if (params.y !== undefined) {
    if (start >= source.height) return [];
    return cropTo({ left: 0, top: start, width: source.width, height: Math.min(side, source.height - start) }, source);
  }
  if (start >= source.width) return [];
  return cropTo({ left: start, top: 0, width: Math.min(side, source.width - start), height: source.height }, source);
}

/** The steps of `rotate`. */
export function rotateSteps(params: OperationNamed<'image/rotate'>['params'], source: Extent): Step[] {
  const degrees = params.value % 360;
  if (degrees === 0) return [];
  checkRotation(source);
  return [{ kind: 'rotate', degrees }];
}

/** "The sides must be at most 4096 when a rotation is due", by an operation or by EXIF. */
export function checkRotation({ width, height }: Extent): void {
  if (width > MOST_ROTATION_SIDE || height > MOST_ROTATION_SIDE) {
    throw new DomainError('MediaTooLarge', {
      limit: 'rotation-side',
      reason: 'Picture exceed the maximum allowable rotation range.',
    });
  }
}
