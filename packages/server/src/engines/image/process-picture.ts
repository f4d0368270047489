import type { Operation, OperationNamed } from '@millrace/process';
import type { Metadata, Sharp } from 'sharp';
import sharp from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import { averageHue } from './average-hue.ts';
import { decodeBmp, encodeBmp, readBmpHeader } from './bmp.ts';
import { readExif } from './exif.ts';
import {
  checkRotation,
  cropSteps,
  type Extent,
  indexcropSteps,
  resizeSteps,
  rotateSteps,
  type Step,
} from './geometry.ts';
import { estimateJpegQuality } from './jpeg-quality.ts';
import { contentTypes, type PictureFormat, sniffPicture } from './picture-format.ts';

export interface PictureResult {
  contentType: string;
  extension: string;
  bytes: Uint8Array;
}

/** What a picture may be, checked from its header before a pixel is decoded. */
export interface PictureLimits {
  side: number;
  /** Width × height × frames. */
  pixels: number;
}

/** Where the formats themselves, or the vendor's decoders for them, end earlier. */
const MOST_SIDE: Partial<Record<PictureFormat, number>> = { tiff: 16_384, avif: 10_000 };
const MOST_WEBP_SIDE = 16_383;
const MOST_AVIF_WIDTH = 4096;
const MOST_AVIF_PIXELS = 4096 * 2304;

/** Used when the source has no quality of its own to keep. */
const DEFAULT_QUALITY: Partial<Record<PictureFormat, number>> = { jpg: 80, webp: 80, avif: 50 };

/** What the header says. */
interface Picture {
  format: PictureFormat;
  bytes: Buffer;
  /** As stored: before orientation, of one frame. */
  stored: Extent;
  frames: number;
  /** EXIF orientation, 1–8. */
  orientation: number;
  metadata: Metadata | undefined;
}

/** Runs image operations on a picture, left to right, decoding and encoding once. */
export async function processPicture(
  bytes: Buffer,
  operations: readonly Operation[],
  limits: PictureLimits,
): Promise<PictureResult> {
  const picture = await readPicture(bytes, limits);
  if (operations[0]?.name === 'image/info') return json(info(picture));
  try {
    return await new Process(picture, operations, limits).run();
  } catch (error) {
    throw unreadable(error, picture.format);
  }
}

/** What the decoder throws concerns the picture; our own refusals say so themselves. */
function unreadable(error: unknown, format: PictureFormat): unknown {
  if (error instanceof DomainError) return error;
  const reason = format === 'webp' ? 'The webp image file may be damaged.' : `The ${format} image file may be damaged.`;
  return new DomainError('MediaUnreadable', { reason }, { cause: error });
}

async function readPicture(bytes: Buffer, limits: PictureLimits): Promise<Picture> {
  const format = sniffPicture(bytes);
  if (!format) throw new DomainError('MediaUnreadable', { reason: 'This image format is not supported.' });
  if (format === 'heic') {
    throw new DomainError('MediaUnsupported', { reason: 'This server has no HEIC decoder.' });
  }
  if (format === 'bmp') {
    const header = readBmpHeader(bytes);
    if (!header || header.width <= 0 || header.height <= 0) throw unreadable(new Error('no size'), format);
    checkSource(format, header, 1, limits);
    return { format, bytes, stored: header, frames: 1, orientation: 1, metadata: undefined };
  }
  let metadata: Metadata;
  try {
    // All frames, so that their number is known.
    metadata = await sharp(bytes, { limitInputPixels: false, pages: -1 }).metadata();
  } catch (error) {
    throw unreadable(error, format);
  }
  const animated = format === 'gif' || format === 'webp';
  // Pages of a TIFF are separate pictures, of which the first counts.
  const frames = animated ? (metadata.pages ?? 1) : 1;
  const stored = { width: metadata.width, height: metadata.pageHeight ?? metadata.height };
  checkSource(format, stored, frames, limits);
  return { format, bytes, stored, frames, orientation: metadata.orientation ?? 1, metadata };
}

function checkSource(format: PictureFormat, { width, height }: Extent, frames: number, limits: PictureLimits): void {
  const side = Math.min(limits.side, MOST_SIDE[format] ?? limits.side);
  if (width > side || height > side) {
    throw new DomainError('MediaTooLarge', {
      limit: 'source-side',
      reason: `The picture is ${width}x${height}; a side of a ${format} may have ${side} pixels.`,
    });
  }
  if (width * height * frames > limits.pixels) {
    throw new DomainError('MediaTooLarge', {
      limit: 'source-pixels',
      reason: `The picture is ${width}x${height}${frames > 1 ? ` in ${frames} frames` : ''}; ${limits.pixels} pixels are allowed.`,
    });
  }
}

/** One decoder pipeline: the steps libvips does in this order by itself, so that nothing is stored in between. */
interface Pass {
  crop?: Extract<Step, { kind: 'crop' }>;
  resize?: Extract<Step, { kind: 'resize' }>;
  cropAfter?: Extract<Step, { kind: 'crop' }>;
  extend?: Extract<Step, { kind: 'extend' }>;
  rotate?: Extract<Step, { kind: 'rotate' }>;
}

class Process {
  readonly #picture: Picture;
  readonly #operations: readonly Operation[];
  readonly #limits: PictureLimits;
  readonly #target: PictureFormat;
  readonly #animated: boolean;
  /** What the next pass reads. */
  #input: () => Sharp;
  /** Size after everything decided so far. */
  #extent: Extent;
  #pass: Pass = {};
  /** Whether the next pass still has to turn the picture upright. */
  #orient: boolean;

  constructor(picture: Picture, operations: readonly Operation[], limits: PictureLimits) {
    this.#picture = picture;
    this.#operations = operations;
    this.#limits = limits;
    this.#target = targetFormat(picture.format, operations);
    this.#animated = keepsFrames(picture, this.#target, operations);
    // "On by default when the operation is absent", and first wherever it is written.
    const orientation = lastOf(operations, 'image/auto-orient')?.params.value ?? 1;
    this.#orient = orientation === 1 && picture.orientation > 1 && !this.#animated;
    this.#extent = picture.stored;
    if (this.#orient) {
      checkRotation(picture.stored);
      if (picture.orientation >= 5) this.#extent = { width: picture.stored.height, height: picture.stored.width };
    }
    this.#input = this.#source();
  }

  #source(): () => Sharp {
    const { bytes, format } = this.#picture;
    if (format === 'bmp') {
      const { data, width, height, channels } = decodeBmp(bytes);
      return () => sharp(data, { raw: { width, height, channels } });
    }
    // Its own limit again, in case a decoder finds more than the header said.
    return () =>
      this.#animated
        ? sharp(bytes, { limitInputPixels: this.#limits.pixels, animated: true })
        : sharp(bytes, { limitInputPixels: this.#limits.pixels });
  }

  async run(): Promise<PictureResult> {
    for (const operation of this.#operations) {
      const steps = this.#stepsOf(operation);
      for (const step of steps) await this.#add(step);
    }
    if (this.#operations.some(({ name }) => name === 'image/average-hue')) {
      const pipeline = this.#pipeline().toColourspace('srgb').removeAlpha();
      const { data, info: facts } = await pipeline.raw().toBuffer({ resolveWithObject: true });
      return json({ RGB: averageHue(data, facts.channels) });
    }
    return this.#encode();
  }

  #stepsOf(operation: Operation): Step[] {
    switch (operation.name) {
      case 'image/resize':
        return resizeSteps(operation.params, this.#extent, !(this.#animated && this.#picture.frames > 1));
      case 'image/crop':
        return cropSteps(operation.params, this.#extent);
      case 'image/indexcrop':
        return indexcropSteps(operation.params, this.#extent);
      case 'image/rotate':
        return rotateSteps(operation.params, this.#extent);
      case 'image/auto-orient':
      case 'image/format':
      case 'image/quality':
      case 'image/interlace':
      case 'image/average-hue':
        return [];
      default:
        throw new DomainError('MediaUnsupported', {
          reason: `${operation.name} is not an operation on pictures here.`,
        });
    }
  }

  async #add(step: Step): Promise<void> {
    const pass = this.#pass;
    switch (step.kind) {
      case 'crop': {
        if (pass.extend || pass.rotate) await this.#flush();
        // A rectangle of a rectangle is a rectangle.
        const slot = this.#pass.resize ? 'cropAfter' : 'crop';
        const outer = this.#pass[slot];
        this.#pass[slot] = { ...step, left: step.left + (outer?.left ?? 0), top: step.top + (outer?.top ?? 0) };
        this.#extent = { width: step.width, height: step.height };
        return;
      }
      case 'resize':
        if (pass.resize || pass.extend || pass.rotate) await this.#flush();
        this.#pass.resize = step;
        this.#extent = { width: step.width, height: step.height };
        return;
      case 'extend':
        if (pass.extend || pass.rotate) await this.#flush();
        this.#pass.extend = step;
        this.#extent = {
          width: this.#extent.width + step.left + step.right,
          height: this.#extent.height + step.top + step.bottom,
        };
        return;
      case 'rotate':
        // Alone, because the decoder would do it before or after its neighbours as it likes.
        if (this.#orient || Object.keys(pass).length > 0) await this.#flush();
        this.#pass.rotate = step;
        if (step.degrees % 90 === 0) {
          if (step.degrees !== 180) this.#extent = { width: this.#extent.height, height: this.#extent.width };
        } else {
          // Only the decoder knows how large the canvas becomes.
          await this.#flush();
        }
        return;
    }
  }

  get #opaque(): boolean {
    return this.#target === 'jpg';
  }

  /** The pipeline of the pass collected so far. */
  #pipeline(): Sharp {
    const { crop, resize, cropAfter, extend, rotate } = this.#pass;
    let pipeline = this.#input();
    // A bar of red around a grey picture is to be red.
    if (extend) pipeline = pipeline.pipelineColourspace('srgb');
    if (this.#orient) pipeline = pipeline.autoOrient();
    if (this.#opaque) pipeline = pipeline.flatten({ background: '#ffffff' });
    if (crop) pipeline = pipeline.extract(crop);
    if (resize) pipeline = pipeline.resize(resize.width, resize.height, { fit: 'fill' });
    if (cropAfter) pipeline = pipeline.extract(cropAfter);
    if (extend) {
      const { left, top, right, bottom, colour } = extend;
      pipeline = pipeline.extend({ left, top, right, bottom, background: colour });
    }
    if (rotate) {
      pipeline = pipeline.rotate(rotate.degrees, {
        background: this.#opaque ? '#ffffff' : { r: 0, g: 0, b: 0, alpha: 0 },
      });
    }
    return pipeline;
  }

  /** Runs the pass and goes on from its pixels. */
  async #flush(): Promise<void> {
    const { data, info: facts } = await this.#pipeline().raw().toBuffer({ resolveWithObject: true });
    // The sizes reported are wrong after a crop and an extension in one pass, and those of several frames are of one;
    // but only of a turned canvas are they not known here.
    if (this.#pass.rotate) this.#extent = { width: facts.width, height: facts.height };
    const { width, height: pageHeight } = this.#extent;
    const { channels } = facts;
    const height = data.length / (width * channels);
    const animated = height > pageHeight;
    const raw = { width, height, channels, ...(animated ? { pageHeight } : {}) };
    this.#input = () => sharp(data, { raw, animated, limitInputPixels: false });
    this.#orient = false;
    this.#pass = {};
  }

  async #encode(): Promise<PictureResult> {
    const target = this.#target;
    this.#checkTarget();
    const pipeline = this.#pipeline();
    const frames = this.#animated ? { loop: this.#picture.metadata?.loop ?? 0, delay: this.#delay() } : {};
    const quality = this.#quality();
    const result = (bytes: Uint8Array): PictureResult => ({
      contentType: contentTypes[target],
      extension: target,
      bytes,
    });
    switch (target) {
      case 'jpg': {
        const subsampling = this.#picture.metadata?.chromaSubsampling === '4:4:4' ? '4:4:4' : '4:2:0';
        const progressive = lastOf(this.#operations, 'image/interlace')?.params.value === 1;
        return result(
          withJfif(await pipeline.jpeg({ quality, progressive, chromaSubsampling: subsampling }).toBuffer()),
        );
      }
      case 'png':
        return result(await pipeline.png({ adaptiveFiltering: true }).toBuffer());
      case 'webp':
        return result(await pipeline.webp({ quality, ...frames }).toBuffer());
      case 'gif':
        return result(await pipeline.gif(frames).toBuffer());
      case 'tiff':
        // The encoder's own default is lossy.
        return result(await pipeline.tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer());
      case 'avif':
        return result(await pipeline.avif({ quality }).toBuffer());
      case 'bmp': {
        const { data, info: facts } = await pipeline.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
        return result(encodeBmp({ data, ...this.#extent, channels: facts.channels === 4 ? 4 : 3 }));
      }
      case 'heic':
        throw new DomainError('MediaUnsupported', { reason: 'This server has no HEIC encoder.' });
    }
  }

  #checkTarget(): void {
    const { width, height } = this.#extent;
    if (this.#target === 'webp' && (width > MOST_WEBP_SIDE || height > MOST_WEBP_SIDE)) {
      throw new DomainError('MediaTooLarge', {
        limit: 'webp-side',
        reason: `The result would be ${width}x${height}; a side of a webp may have ${MOST_WEBP_SIDE} pixels.`,
      });
    }
    if (this.#target === 'avif' && (width > MOST_AVIF_WIDTH || width * height > MOST_AVIF_PIXELS)) {
      throw new DomainError('MediaTooLarge', {
        limit: 'avif-size',
        reason: `The result would be ${width}x${height}; an avif may be ${MOST_AVIF_WIDTH} wide and have ${MOST_AVIF_PIXELS} pixels.`,
      });
    }
  }

  /** "Both given: Q wins. Q leaves a lower source quality alone; q is percent of the source quality, for JPG." */
  #quality(): number {
    const jpegToJpeg = this.#picture.format === 'jpg' && this.#target === 'jpg';
    const source = jpegToJpeg ? estimateJpegQuality(this.#picture.bytes) : undefined;
    const asked = lastOf(this.#operations, 'image/quality')?.params;
    const absolute = asked?.Q ?? asked?.value;
    if (absolute !== undefined) return source !== undefined ? Math.min(source, absolute) : absolute;
    if (asked?.q !== undefined) {
      return source !== undefined ? Math.max(1, Math.round((source * asked.q) / 100)) : asked.q;
    }
    return source ?? DEFAULT_QUALITY[this.#target] ?? 80;
  }

  #delay(): number[] {
    return this.#picture.metadata?.delay ?? [];
  }
}

/** "gif only if the source is a GIF; otherwise the output keeps the source format." */
function targetFormat(source: PictureFormat, operations: readonly Operation[]): PictureFormat {
  const asked = lastOf(operations, 'image/format')?.params.value;
  if (asked === undefined || (asked === 'gif' && source !== 'gif')) return source;
  return asked;
}

/** "resize and crop keep frames; every other operation, resize by p, and quality, turn the result into a first frame." */
function keepsFrames(picture: Picture, target: PictureFormat, operations: readonly Operation[]): boolean {
  if (picture.frames < 2 || (target !== 'gif' && target !== 'webp')) return false;
  return operations.every(({ name, params }) => {
    if (name === 'image/resize') {
      const byPercent = params.w ?? params.h ?? params.l ?? params.s;
      return byPercent !== undefined;
    }
    return name === 'image/crop' || name === 'image/format';
  });
}

function lastOf<N extends Operation['name']>(operations: readonly Operation[], name: N): OperationNamed<N> | undefined {
  const isNamed = (operation: Operation): operation is OperationNamed<N> => operation.name === name;
  return operations.findLast(isNamed);
}

function json(value: unknown): PictureResult {
  return { contentType: 'application/json', extension: 'json', bytes: Buffer.from(JSON.stringify(value, null, 4)) };
}

/** Every leaf is `{"value": "…"}`, keys in alphabetical order; sizes as stored, before orientation. */
function info({ bytes, format, frames, metadata, stored }: Picture): Record<string, { value: string }> {
  const facts = new Map<string, string>();
  // "Not for PNG."
  if (metadata?.exif && format !== 'png') for (const [name, value] of readExif(metadata.exif)) facts.set(name, value);
  facts.set('FileSize', String(bytes.length));
  facts.set('Format', format);
  facts.set('FrameCount', String(frames));
  facts.set('ImageHeight', String(stored.height));
  facts.set('ImageWidth', String(stored.width));
  const sorted = [...facts].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, value]) => [name, { value }]));
}

/** SOI, then APP0: JFIF 1.1, density 1x1 without a unit. The encoder leaves it out, the vendor's results have it. */
const JFIF = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');

function withJfif(jpeg: Buffer): Buffer {
  if (jpeg[2] === 0xff && jpeg[3] === 0xe0) return jpeg;
  return Buffer.concat([JFIF, jpeg.subarray(2)]);
}

/** Encodes the pixels of a page. */
export async function encodePixels(
  pixels: Buffer,
  page: { width: number; height: number; format: 'jpg' | 'png'; quality: number },
): Promise<PictureResult> {
  const source = sharp(pixels, {
    raw: { width: page.width, height: page.height, channels: 3 },
    limitInputPixels: false,
  });
  const bytes =
    page.format === 'png'
      ? await source.png({ compressionLevel: 6, adaptiveFiltering: false }).toBuffer()
      : withJfif(await source.jpeg({ quality: page.quality }).toBuffer());
  return { contentType: contentTypes[page.format], extension: page.format, bytes };
}
