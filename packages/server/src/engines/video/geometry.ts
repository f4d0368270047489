/** A picture as shown; `pixelAspect` is the width of a pixel over its height. */
export interface Picture {
  width: number;
  height: number;
  pixelAspect: number;
}

export interface Box {
  width: number;
  height: number;
}

/** `stretch` fills the box; `fit` keeps proportions inside it; `fill` adds black bars to that; `crop` cuts what hangs over. */
export type ScaleType = 'stretch' | 'fit' | 'fill' | 'crop';

/** The steps from source to result, each left out where it would change nothing. */
export interface Geometry {
  scale?: Box;
  crop?: Box;
  pad?: Box;
  /** What comes out. */
  size: Box;
}

/**
 * Where a picture goes in a box of which one side may be left open. An open side keeps the source's length with
 * `stretch` (the vendor's "the other keeps the source value") and follows the proportions otherwise. `step` 2 makes every
 * side even, which subsampled colour needs.
 */
export function fitPicture(source: Picture, want: Partial<Box>, how: ScaleType, step: 1 | 2): Geometry {
  const shown = { width: source.width * source.pixelAspect, height: source.height };
  const round = (value: number) => Math.max(step, Math.round(value / step) * step);
  const box = (width: number, height: number): Box => ({ width: round(width), height: round(height) });
  const { width, height } = want;

  if (width === undefined && height === undefined) return unscaled(source, step);
  if (how === 'stretch') {
    const size = box(width ?? shown.width, height ?? shown.height);
    return { scale: size, size };
  }
  if (width === undefined || height === undefined) {
    const factor = width === undefined ? (height ?? 0) / shown.height : width / shown.width;
    const size = box(width ?? shown.width * factor, height ?? shown.height * factor);
    return { scale: size, size };
  }
  const factors = [width / shown.width, height / shown.height];
  const factor = how === 'crop' ? Math.max(...factors) : Math.min(...factors);
  const scaled = box(shown.width * factor, shown.height * factor);
  const target = box(width, height);
  if (how === 'fit') return { scale: scaled, size: scaled };
  if (how === 'fill') {
    // Rounding to even sides must not make the picture larger than its frame.
    const inside = { width: Math.min(scaled.width, target.width), height: Math.min(scaled.height, target.height) };
    return same(inside, target) ? { scale: target, size: target } : { scale: inside, pad: target, size: target };
  }
  const over = { width: Math.max(scaled.width, target.width), height: Math.max(scaled.height, target.height) };
  return same(over, target) ? { scale: target, size: target } : { scale: over, crop: target, size: target };
}

/** The source's own size; a last odd row or column is cut off, which unlike scaling leaves every pixel as sharp as it was. */
function unscaled(source: Box, step: 1 | 2): Geometry {
  const size = { width: floorTo(source.width, step), height: floorTo(source.height, step) };
  return same(size, source) ? { size } : { crop: size, size };
}

/** FFmpeg filters for a geometry. `scaleOptions` are added to the scaler, which is then always there. */
export function geometryFilters(geometry: Geometry, scaleOptions = ''): string[] {
  const { scale, crop, pad } = geometry;
  const filters: string[] = [];
  if (scale || scaleOptions) {
    filters.push(
      `scale=${[scale ? `w=${scale.width}:h=${scale.height}` : '', scaleOptions].filter(Boolean).join(':')}`,
    );
  }
  if (crop) filters.push(`crop=${crop.width}:${crop.height}${scale ? '' : ':0:0'}`);
  if (pad) filters.push(`pad=${pad.width}:${pad.height}:-1:-1:black`);
  // Scaling works on shown sizes, so pixels are square afterwards; FFmpeg would keep the old shape of the picture.
  if (scale) filters.push('setsar=1');
  return filters;
}

function same(one: Box, other: Box): boolean {
  return one.width === other.width && one.height === other.height;
}

function floorTo(value: number, step: number): number {
  return Math.max(step, Math.floor(value / step) * step);
}
