import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import type { Extent, Overlay, Step } from './geometry.ts';
import { drawShape } from './mask.ts';
import type { PlacedPixels } from './put-over.ts';

/**
 * One decoder pipeline: the steps that libvips does in this order by itself, so that nothing is stored in between. A step
 * that comes after a later one, or for the second time, needs a pass of its own; those that pile up do not.
 */
const ORDER = ['orient', 'crop', 'resize', 'cropAfter', 'extend', 'blur', 'convolve', 'overlay', 'linear'] as const;
type Slot = (typeof ORDER)[number];

/** So many layers are put over a picture in one go: each is held in memory until it is encoded. */
const MOST_LAYERS = 8;

type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>;

/** The steps collected for one run of the decoder. */
export class Pass {
  #steps: Partial<Record<Slot, Step>> = {};
  #layers: OverlayOptions[] = [];
  #rotate: StepOf<'rotate'> | undefined;
  #last = -1;
  /** Whether it begins by turning the picture upright. */
  readonly #orient: boolean;
  readonly #opaque: boolean;

  /** @param opaque what would be transparent is white. */
  constructor(options: { orient: boolean; opaque: boolean }) {
    this.#orient = options.orient;
    this.#opaque = options.opaque;
    if (options.orient) this.#last = 0;
  }

  /** Whether it would do nothing to the picture. */
  get empty(): boolean {
    return this.#last < 0 && !this.#rotate;
  }

  get turns(): boolean {
    return this.#rotate !== undefined;
  }

  get layered(): boolean {
    return this.#layers.length > 0;
  }

  /** Whether a step can be done in this pass with what it holds already meaning the same. */
  takes(step: Step): boolean {
    if (this.#rotate) return false;
    switch (step.kind) {
      case 'rotate':
        // Alone, because the decoder would do it before or after its neighbours as it likes.
        return this.empty;
      case 'crop':
        // A rectangle of a rectangle is a rectangle.
        return this.#last <= ORDER.indexOf('cropAfter');
      case 'mask':
      case 'overlay':
        return this.#last <= ORDER.indexOf('overlay') && this.#layers.length < MOST_LAYERS;
      default:
        return this.#last < ORDER.indexOf(step.kind);
    }
  }

  /** @param extent of the picture before the step. */
  add(step: Step, extent: Extent): void {
    switch (step.kind) {
      case 'rotate':
        this.#rotate = step;
        return;
      case 'crop': {
        const slot = this.#last < ORDER.indexOf('resize') ? 'crop' : 'cropAfter';
        const outer = this.#steps[slot];
        const inside = outer?.kind === 'crop' ? outer : { left: 0, top: 0 };
        this.#put(slot, { ...step, left: step.left + inside.left, top: step.top + inside.top });
        return;
      }
      case 'mask': {
        // In what has no transparency, white is put over what is to be seen no more.
        const input = drawShape(step.shape, extent, this.#opaque ? 'outside' : 'inside');
        this.#layer({ input, left: 0, top: 0, blend: this.#opaque ? 'over' : 'dest-in' });
        return;
      }
      case 'overlay': {
        const { overlay } = step;
        const visible = clip(overlay, extent);
        if (visible) this.#layer(visible);
        return;
      }
      default:
        this.#put(step.kind, step);
    }
  }

  #put(slot: Slot, step: Step): void {
    this.#steps[slot] = step;
    this.#last = Math.max(this.#last, ORDER.indexOf(slot));
  }

  #layer(layer: OverlayOptions): void {
    this.#layers.push(layer);
    this.#last = Math.max(this.#last, ORDER.indexOf('overlay'));
  }

  /**
   * Takes out the pictures that are put over the result of all else: whoever has the pixels in memory does it where they
   * are, while the decoder computes every pixel anew for it.
   */
  takeOverlays(): PlacedPixels[] {
    const taken: PlacedPixels[] = [];
    if (this.#rotate || this.#steps.linear) return taken;
    for (let placed = placedPixels(this.#layers.at(-1)); placed; placed = placedPixels(this.#layers.at(-1))) {
      taken.unshift(placed);
      this.#layers.pop();
    }
    return taken;
  }

  #step<K extends Exclude<Step['kind'], 'rotate' | 'mask' | 'overlay'>>(
    kind: K,
    slot: Slot = kind,
  ): StepOf<K> | undefined {
    const step = this.#steps[slot];
    // Each slot holds steps of its own kind only.
    return step === undefined ? undefined : (step as StepOf<K>);
  }

  /** The pipeline, from a source to what can be encoded. */
  pipeline(source: Sharp): Sharp {
    let pipeline = source;
    const extend = this.#step('extend');
    // A bar of red around a grey picture is to be red.
    if (extend) pipeline = pipeline.pipelineColourspace('srgb');
    if (this.#orient) pipeline = pipeline.autoOrient();
    if (this.#opaque) pipeline = pipeline.flatten({ background: '#ffffff' });
    const crop = this.#step('crop');
    if (crop) pipeline = pipeline.extract(crop);
    const resize = this.#step('resize');
    if (resize) pipeline = pipeline.resize(resize.width, resize.height, { fit: 'fill' });
    const cropAfter = this.#step('crop', 'cropAfter');
    if (cropAfter) pipeline = pipeline.extract(cropAfter);
    if (extend) {
      const { left, top, right, bottom, colour } = extend;
      pipeline = pipeline.extend({ left, top, right, bottom, background: colour });
    }
    const blur = this.#step('blur');
    // The decoder's own cut of the bell is early enough to be seen.
    if (blur) pipeline = pipeline.blur({ sigma: blur.sigma, minAmplitude: 0.02 });
    const convolve = this.#step('convolve');
    if (convolve) {
      const { width, height, weights } = convolve.kernel;
      pipeline = pipeline.convolve({ width, height, kernel: [...weights], scale: 1 });
    }
    if (this.#layers.length > 0) pipeline = pipeline.composite(this.#layers);
    const linear = this.#step('linear');
    if (linear) pipeline = pipeline.linear(linear.gain, linear.offset);
    if (this.#rotate) {
      pipeline = pipeline.rotate(this.#rotate.degrees, {
        background: this.#opaque ? '#ffffff' : { r: 0, g: 0, b: 0, alpha: 0 },
      });
    }
    return pipeline;
  }
}

/** A layer as pixels at a place; undefined for a drawing, and for what is repeated. */
function placedPixels(layer: OverlayOptions | undefined): PlacedPixels | undefined {
  const { input, raw, left, top, tile } = layer ?? {};
  const placed = Buffer.isBuffer(input) && raw && left !== undefined && top !== undefined && tile !== true;
  return placed ? { input, raw, left, top } : undefined;
}

/** The part of an overlay that is on the picture; undefined when none is. The decoder refuses larger ones. */
function clip(overlay: Overlay, extent: Extent): OverlayOptions | undefined {
  const left = Math.max(0, overlay.left);
  const top = Math.max(0, overlay.top);
  const right = Math.min(extent.width, overlay.left + overlay.width);
  const bottom = Math.min(extent.height, overlay.top + overlay.height);
  if (right <= left || bottom <= top) return undefined;
  const width = right - left;
  const height = bottom - top;
  const data = Buffer.from(overlay.data.buffer, overlay.data.byteOffset, overlay.data.byteLength);
  const rows =
    width === overlay.width && height === overlay.height
      ? data
      : Buffer.concat(
          Array.from({ length: height }, (_, row) => {
            const at = ((row + top - overlay.top) * overlay.width + (left - overlay.left)) * 4;
            return data.subarray(at, at + width * 4);
          }),
        );
  return {
    input: rows,
    raw: { width, height, channels: 4 },
    ...(overlay.tiled ? { tile: true, gravity: 'northwest' as const } : { left, top }),
    blend: 'over',
  };
}

/** Pixels in memory as a source. */
export function pixelSource(
  data: Buffer,
  raw: { width: number; height: number; channels: 1 | 2 | 3 | 4; pageHeight?: number },
): () => Sharp {
  return () => sharp(data, { raw, animated: raw.pageHeight !== undefined, limitInputPixels: false });
}
