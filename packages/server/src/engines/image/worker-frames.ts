import type { Operation } from '@millrace/process';
import type { DomainErrorDetails } from '../../domain/errors.ts';
import type { PictureFormat } from './picture-format.ts';
import type { PictureLimits } from './picture-limits.ts';

/**
 * How the server and an image worker talk: frames of two lengths (32 bits, little endian), a JSON header and a body.
 * One request, one response; a worker does one thing at a time.
 */
export type WorkerRequest =
  /**
   * The picture is the body, or a file that the worker sees and compares with its checksum. In the body, other pictures
   * that the operations name stand in front of it, in this order.
   */
  | {
      type: 'process';
      operations: readonly Operation[];
      limits: PictureLimits;
      file?: PictureFile;
      inputs?: readonly { key: string; length: number }[];
      as?: PictureFormat;
    }
  /** `image/info`, from the beginning of a picture of `fileSize` bytes. */
  | { type: 'describe'; fileSize: number; limits: PictureLimits }
  | { type: 'encode'; width: number; height: number; format: 'jpg' | 'png'; quality: number }
  /** A page that was drawn to a file which the worker sees. */
  | { type: 'encode-file'; file: string; mostPixels: number; format: 'jpg' | 'png'; quality: number };

export interface PictureFile {
  path: string;
  /** CRC-64/XZ, unsigned decimal. */
  crc64: string;
}

/** What a worker may refuse a picture with. */
export const workerRefusals = [
  'ProcessInvalid',
  'MediaUnreadable',
  'MediaTooLarge',
  'MediaUnsupported',
  'EngineFailed',
  'CropOutside',
  'WatermarkUnusable',
] as const;
export type WorkerRefusal = (typeof workerRefusals)[number];

export type WorkerResponse = { memoryBytes: number } & (
  | { type: 'done'; contentType: string; extension: string; pendingQuality?: number }
  /** Another program has to decode the picture first. */
  | { type: 'foreign'; format: 'heic' }
  /** The beginning of the picture did not suffice. */
  | { type: 'more' }
  /** The file is not the one that was stored. */
  | { type: 'damaged' }
  | { type: 'refused'; kind: WorkerRefusal; details: DomainErrorDetails[WorkerRefusal]; cause: string }
);

export const PREFIX_BYTES = 8;

export function prefixed(header: object, bodyLength: number): Buffer {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + text.length);
  frame.writeUInt32LE(text.length, 0);
  frame.writeUInt32LE(bodyLength, 4);
  text.copy(frame, PREFIX_BYTES);
  return frame;
}

const LONGEST_HEADER = 1024 * 1024;

/** Longer than any picture or page that is sent, and than any result: 100 million pixels of a page are 300 MB. */
const LONGEST_BODY = 1024 ** 3;

/**
 * Collects the chunks of a stream into frames, without copying a body more than once. `push` throws on what is no frame;
 * the stream is of no use after that.
 */
export class FrameReader {
  readonly #onFrame: (header: unknown, body: Buffer) => void;
  #prefix = Buffer.alloc(PREFIX_BYTES);
  #frame: Buffer | undefined;
  #headerLength = 0;
  #filled = 0;

  constructor(onFrame: (header: unknown, body: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const into = this.#frame ?? this.#prefix;
      const copied = chunk.copy(into, this.#filled, at, at + (into.length - this.#filled));
      at += copied;
      this.#filled += copied;
      if (this.#filled < into.length) return;
      this.#filled = 0;
      if (this.#frame) {
        const frame = this.#frame;
        this.#frame = undefined;
        const header: unknown = JSON.parse(frame.toString('utf8', 0, this.#headerLength));
        this.#onFrame(header, frame.subarray(this.#headerLength));
      } else {
        this.#headerLength = into.readUInt32LE(0);
        const bodyLength = into.readUInt32LE(4);
        if (this.#headerLength === 0 || this.#headerLength > LONGEST_HEADER || bodyLength > LONGEST_BODY) {
          throw new RangeError(`A frame of ${this.#headerLength} and ${bodyLength} bytes`);
        }
        this.#frame = Buffer.allocUnsafe(this.#headerLength + bodyLength);
      }
    }
  }
}
