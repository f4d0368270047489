import { decodePreparation, type Operation, type OperationNamed } from '@millrace/process';
import sharp, { type Sharp } from 'sharp';
import { DomainError } from '../../domain/errors.ts';
import { findText, findUnscaledText } from '../watermark/find-text.ts';
import { hideText, leastSideFor } from '../watermark/hide-text.ts';
import { averageHue } from './average-hue.ts';
import { decodeBmp, encodeBmp } from './bmp.ts';
import {
  checkRotation,
  cropSteps,
  type Extent,
  indexcropSteps,
  resizeSteps,
  rotateSteps,
  type Step,
} from './geometry.ts';
import { info } from './info.ts';
import { estimateJpegQuality } from './jpeg-quality.ts';
import { circleSteps, roundedCornersSteps } from './mask.ts';
import { Pass, pixelSource } from './pass.ts';
import { type Picture, readPicture, unreadable } from './picture.ts';
import { contentTypes, type PictureFormat } from './picture-format.ts';
import type { PictureLimits } from './picture-limits.ts';
import { json, type PictureResult } from './picture-result.ts';
import { putOver } from './put-over.ts';
import { blurSteps, brightSteps, contrastSteps, sharpenSteps } from './tone.ts';
import { type Drawing, drawWatermark, placeWatermark } from './watermark.ts';

/** A picture to be worked on. */
export interface PictureJob {
  bytes: Buffer;
  operations: readonly Operation[];
  limits: PictureLimits;
  /** Other pictures that the operations name, by key. */
  inputs: ReadonlyMap<string, Buffer>;
  /** What the picture was before another program decoded it. */
  as?: PictureFormat | undefined;
}

const MOST_WEBP_SIDE = 16_383;
const MOST_AVIF_WIDTH = 4096;
const MOST_AVIF_PIXELS = 4096 * 2304;
const MOST_HEIC_SIDE = 4096;
/** Of pictures with hidden texts: "up to 10,000 pixels". */
const MOST_MARKED_SIDE = 10_000;

/** Used when the source has no quality of its own to keep. */
const DEFAULT_QUALITY: Partial<Record<PictureFormat, number>> = { jpg: 80, webp: 80, avif: 50 };

/** Pictures that another program has to decode first are given back as their format. */
export type Foreign = { foreign: 'heic' };

/** Runs image operations on a picture, left to right, decoding and encoding as seldom as that allows. */
export async function processPicture(job: PictureJob): Promise<PictureResult | Foreign> {
  const picture = await readPicture(job.bytes, job.limits, job.as);
  if (job.operations[0]?.name === 'image/info') return json(info(picture, job.bytes.length));
  checkMarkable(picture, job.operations);
  if (picture.format === 'heic' && job.as === undefined) return { foreign: 'heic' };
  return attempt(picture, async () => new Process(picture, job).result());
}

/** Size, format and EXIF of a picture whose beginning is here; undefined when more of it is needed. */
export async function describePicture(
  head: Buffer,
  fileSize: number,
  limits: PictureLimits,
): Promise<PictureResult | undefined> {
  try {
    return json(info(await readPicture(head, limits), fileSize));
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'MediaTooLarge') throw error;
    return undefined;
  }
}

async function attempt<T>(picture: Picture, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unreadable(error, picture.format);
  }
}

/** Formats that a watermark may have. */
const WATERMARK_FORMATS: ReadonlySet<PictureFormat> = new Set(['jpg', 'png', 'bmp', 'webp', 'tiff']);

/** The picture of a watermark, prepared as its reference says: pixels of red, green, blue and alpha. */
async function prepareWatermark(
  { key, process }: { key: string; process: string },
  main: Extent,
  { inputs, limits }: PictureJob,
): Promise<Drawing> {
  const unusable = (reason: string, cause?: unknown): DomainError =>
    new DomainError('WatermarkUnusable', { key, reason }, { cause });
  const bytes = inputs.get(key);
  if (!bytes) throw unusable('It was not given to the engine.');
  const operations = decodePreparation(process);
  try {
    const picture = await readPicture(bytes, limits);
    if (!WATERMARK_FORMATS.has(picture.format)) {
      throw unusable(`Its format is ${picture.format}; a watermark is jpg, png, bmp, webp or tiff.`);
    }
    return await new Process(picture, { bytes, operations, limits, inputs: new Map() }, main).drawing();
  } catch (error) {
    if (error instanceof DomainError && error.kind !== 'MediaUnreadable') throw error;
    throw unusable('It is not a picture, or damaged.', error);
  }
}

class Process {
  readonly #picture: Picture;
  readonly #job: PictureJob;
  readonly #operations: readonly Operation[];
  /** The picture that this one is to be the watermark of. */
  readonly #main: Extent | undefined;
  readonly #target: PictureFormat;
  readonly #animated: boolean;
  /** What the next pass reads. */
  #input: () => Sharp;
  /** Size after everything decided so far; of one frame. */
  #extent: Extent;
  #pass: Pass;
  /** Whether pixels are as the next steps expect them: 8 bits a channel, in sRGB. */
  #plain: boolean;
  /** Whether the result may be transparent. */
  #alpha: boolean;

  constructor(picture: Picture, job: PictureJob, main?: Extent) {
    this.#picture = picture;
    this.#job = job;
    this.#operations = job.operations;
    this.#main = main;
    this.#target = main === undefined ? targetFormat(picture, job.operations) : 'png';
    this.#animated = main === undefined && keepsFrames(picture, this.#target, job.operations);
    this.#plain = picture.metadata === undefined || picture.metadata.depth === 'uchar';
    this.#alpha = picture.metadata?.hasAlpha ?? true;
    // "On by default when the operation is absent", and first wherever it is written.
    const orientation = lastOf(job.operations, 'image/auto-orient')?.params.value ?? 1;
    const orient = orientation === 1 && picture.orientation > 1 && !this.#animated;
    this.#extent = picture.stored;
    if (orient) {
      checkRotation(picture.stored);
      if (picture.orientation >= 5) this.#extent = { width: picture.stored.height, height: picture.stored.width };
    }
    this.#pass = new Pass({ orient, opaque: this.#opaque });
    this.#input = this.#source();
  }

  get #opaque(): boolean {
    return this.#target === 'jpg';
  }

  #source(): () => Sharp {
    const { bytes, format, metadata } = this.#picture;
    if (format === 'bmp') {
      const { data, width, height, channels } = decodeBmp(bytes);
      return pixelSource(Buffer.from(data.buffer, data.byteOffset, data.byteLength), { width, height, channels });
    }
    // Its own limit again, in case a decoder finds more than the header said.
    const limitInputPixels = this.#job.limits.pixels;
    const open = () =>
      this.#animated ? sharp(bytes, { limitInputPixels, animated: true }) : sharp(bytes, { limitInputPixels });
    // Of 16 bits with a profile of their own, the decoder makes Display P3 and does not say so.
    const wide = metadata?.depth === 'ushort' && metadata.hasProfile;
    return wide ? () => open().withIccProfile('srgb', { attach: false }) : open;
  }

  async result(): Promise<PictureResult> {
    await this.#collect();
    if (this.#operations.some(({ name }) => name === 'image/average-hue')) {
      const pipeline = this.#pipeline().toColourspace('srgb').removeAlpha();
      const { data, info: facts } = await pipeline.raw().toBuffer({ resolveWithObject: true });
      return json({ RGB: averageHue(data, facts.channels) });
    }
    if (this.#operations.some(({ name }) => name === 'image/deblindwatermark')) {
      return json({ text: await findText(this.#pipeline()) });
    }
    const hidden = lastOf(this.#operations, 'image/blindwatermark')?.params;
    if (hidden === undefined) return this.#encode();
    await this.#hide(hidden);
    const result = await this.#encode();
    // Of BMP the decoder knows nothing, but it loses nothing either.
    const stored = this.#target === 'bmp' ? this.#pipeline() : sharp(result.bytes, { limitInputPixels: false });
    if ((await findUnscaledText(stored)) !== hidden.content) throw unhideable(hidden.content);
    return result;
  }

  async drawing(): Promise<Drawing> {
    await this.#collect();
    const { data } = await this.#pipeline()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { data, ...this.#extent };
  }

  async #collect(): Promise<void> {
    for (const operation of this.#operations) {
      for (const step of await this.#stepsOf(operation)) await this.#add(step);
    }
  }

  async #stepsOf(operation: Operation): Promise<Step[]> {
    switch (operation.name) {
      case 'image/resize':
        return resizeSteps(operation.params, this.#extent, !(this.#animated && this.#picture.frames > 1), this.#main);
      case 'image/crop':
        return cropSteps(operation.params, this.#extent);
      case 'image/indexcrop':
        return indexcropSteps(operation.params, this.#extent);
      case 'image/rotate':
        return rotateSteps(operation.params, this.#extent);
      case 'image/circle':
        return circleSteps(operation.params, this.#extent);
      case 'image/rounded-corners':
        return roundedCornersSteps(operation.params, this.#extent);
      case 'image/blur':
        return blurSteps(operation.params);
      case 'image/sharpen':
        return sharpenSteps(operation.params);
      case 'image/bright':
        return brightSteps(operation.params);
      case 'image/contrast':
        return contrastSteps(operation.params);
      case 'image/watermark':
        return this.#watermarkSteps(operation.params);
      case 'image/auto-orient':
      case 'image/format':
      case 'image/quality':
      case 'image/interlace':
      case 'image/average-hue':
      // Both are about the picture as it is in the end.
      case 'image/blindwatermark':
      case 'image/deblindwatermark':
        return [];
      default:
        throw new DomainError('MediaUnsupported', {
          reason: `${operation.name} is not an operation on pictures here.`,
        });
    }
  }

  async #watermarkSteps(params: OperationNamed<'image/watermark'>['params']): Promise<Step[]> {
    const main = this.#extent;
    const picture = params.image && (await prepareWatermark(params.image, main, this.#job));
    const drawing = await drawWatermark(params, picture);
    return drawing ? [{ kind: 'overlay', overlay: placeWatermark(drawing, params, main, this.#animated) }] : [];
  }

  async #add(step: Step): Promise<void> {
    const tonal = step.kind === 'linear' || step.kind === 'convolve' || step.kind === 'blur';
    if (!this.#pass.takes(step) || (tonal && !this.#plain)) await this.#flush();
    this.#pass.add(step, this.#extent);
    switch (step.kind) {
      case 'crop':
      case 'resize':
        this.#extent = { width: step.width, height: step.height };
        return;
      case 'extend':
        this.#extent = {
          width: this.#extent.width + step.left + step.right,
          height: this.#extent.height + step.top + step.bottom,
        };
        return;
      case 'mask':
        this.#alpha = true;
        return;
      case 'rotate':
        if (step.degrees % 90 === 0) {
          if (step.degrees !== 180) this.#extent = { width: this.#extent.height, height: this.#extent.width };
        } else {
          this.#alpha = true;
          // Only the decoder knows how large the canvas becomes.
          await this.#flush();
        }
        return;
      default:
        return;
    }
  }

  async #hide({ content, s }: OperationNamed<'image/blindwatermark'>['params']): Promise<void> {
    const { data, channels } = await this.#flush();
    const { width, height } = this.#extent;
    const least = leastSideFor(content);
    if (least === undefined || Math.min(width, height) < least) {
      const reason = `The picture is ${width}x${height}; for a text of that length, each side must have ${least} pixels.`;
      throw new DomainError('ProcessInvalid', {
        ...{ operation: 'image/blindwatermark', parameter: 'content', value: content, reason },
      });
    }
    hideText(data, { width, height, channels }, content, s);
  }

  /** The pipeline of the pass collected so far. */
  #pipeline(): Sharp {
    const pipeline = this.#pass.pipeline(this.#input());
    // Layers bring a channel along that nothing may need.
    return this.#pass.layered && (this.#opaque || !this.#alpha) ? pipeline.removeAlpha() : pipeline;
  }

  /** Runs the pass and goes on from its pixels, which are given back. */
  async #flush(): Promise<{ data: Buffer; channels: number }> {
    const overlays = this.#animated ? [] : this.#pass.takeOverlays();
    const pipeline = this.#pipeline();
    const pixels = (overlays.length > 0 ? pipeline.toColourspace('srgb') : pipeline).raw();
    const { data, info: facts } = await pixels.toBuffer({ resolveWithObject: true });
    // The sizes reported are wrong after a crop and an extension in one pass, and those of several frames are of one;
    // but only of a turned canvas are they not known here.
    if (this.#pass.turns) this.#extent = { width: facts.width, height: facts.height };
    const { width, height: pageHeight } = this.#extent;
    const { channels } = facts;
    const height = data.length / (width * channels);
    const animated = height > pageHeight;
    for (const overlay of overlays) putOver({ data, width, channels }, overlay);
    this.#input = pixelSource(data, { width, height, channels, ...(animated ? { pageHeight } : {}) });
    this.#pass = new Pass({ orient: false, opaque: this.#opaque });
    this.#plain = true;
    return { data, channels };
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
        return { ...result(await pipeline.png({ compressionLevel: 1 }).toBuffer()), pendingQuality: quality };
    }
  }

  #checkTarget(): void {
    const { width, height } = this.#extent;
    if (this.#target === 'webp' && (width > MOST_WEBP_SIDE || height > MOST_WEBP_SIDE)) {
      throw new DomainError('MediaTooLarge', {
        limit: 'webp-target',
        reason: `The result would be ${width}x${height}; a side of a webp may have ${MOST_WEBP_SIDE} pixels.`,
      });
    }
    if (this.#target === 'heic' && (width > MOST_HEIC_SIDE || height > MOST_HEIC_SIDE)) {
      throw new DomainError('MediaTooLarge', {
        limit: 'heic-target',
        reason: `The result would be ${width}x${height}; a side of a heic may have ${MOST_HEIC_SIDE} pixels.`,
      });
    }
    if (this.#target === 'avif' && (width > MOST_AVIF_WIDTH || width * height > MOST_AVIF_PIXELS)) {
      throw new DomainError('MediaTooLarge', {
        limit: 'avif-target',
        reason: `The result would be ${width}x${height}; an avif may be ${MOST_AVIF_WIDTH} wide and have ${MOST_AVIF_PIXELS} pixels.`,
      });
    }
  }

  /** "Both given: Q wins. Q leaves a lower source quality alone; q is percent of the source quality, for JPG." */
  #quality(): number {
    const jpegToJpeg = this.#picture.format === 'jpg' && this.#target === 'jpg';
    const source = jpegToJpeg ? estimateJpegQuality(this.#picture.bytes) : undefined;
    const hidden = lastOf(this.#operations, 'image/blindwatermark')?.params;
    if (hidden !== undefined && this.#target === 'jpg') return hidden.q;
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

/** A text that could not be found again is not said to be hidden. */
const unhideable = (value: string): DomainError =>
  new DomainError('ProcessInvalid', {
    ...{ operation: 'image/blindwatermark', parameter: 'content', value },
    reason: 'It cannot be read out of this picture again: take a shorter text, or another s or q.',
  });

/** "JPG, PNG, BMP, WebP, TIFF." */
function checkMarkable({ format, stored }: Picture, operations: readonly Operation[]): void {
  const marks = operations.some(({ name }) => name === 'image/blindwatermark' || name === 'image/deblindwatermark');
  if (!marks) return;
  if (Math.max(stored.width, stored.height) > MOST_MARKED_SIDE) {
    const reason = `The picture is ${stored.width}x${stored.height}; with a hidden text, a side may have ${MOST_MARKED_SIDE} pixels.`;
    throw new DomainError('MediaTooLarge', { limit: 'source-pixels', reason });
  }
  if (WATERMARK_FORMATS.has(format)) return;
  const reason = `Texts are hidden in jpg, png, bmp, webp and tiff; this is a ${format}.`;
  throw new DomainError('MediaUnreadable', { reason, format });
}

/** "gif only if the source is a GIF; otherwise the output keeps the source format." */
function targetFormat({ format, metadata }: Picture, operations: readonly Operation[]): PictureFormat {
  const asked = lastOf(operations, 'image/format')?.params.value;
  if (asked === 'auto') {
    // Whoever asked accepts nothing newer: what every browser shows.
    if (format === 'jpg' || format === 'png' || format === 'gif' || format === 'webp') return format;
    return metadata?.hasAlpha ? 'png' : 'jpg';
  }
  if (asked === undefined || (asked === 'gif' && format !== 'gif')) return format;
  return asked;
}

/**
 * "resize, crop and with animation_1 a picture as watermark keep frames; every other operation, resize by p, and quality,
 * turn the result into a first frame."
 */
function keepsFrames(picture: Picture, target: PictureFormat, operations: readonly Operation[]): boolean {
  if (picture.frames < 2 || (target !== 'gif' && target !== 'webp')) return false;
  return operations.every(({ name, params }) => {
    if (name === 'image/resize') {
      const byPercent = params.w ?? params.h ?? params.l ?? params.s;
      return byPercent !== undefined;
    }
    if (name === 'image/watermark')
      return params.animation === 1 && params.image !== undefined && params.text === undefined;
    return name === 'image/crop' || name === 'image/format';
  });
}

function lastOf<N extends Operation['name']>(operations: readonly Operation[], name: N): OperationNamed<N> | undefined {
  const isNamed = (operation: Operation): operation is OperationNamed<N> => operation.name === name;
  return operations.findLast(isNamed);
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
