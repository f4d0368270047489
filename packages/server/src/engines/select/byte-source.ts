import { crc32 } from 'node:zlib';
import { Gunzip } from 'fflate';
import { dataFault } from './select-fault.ts';

/** Bytes to be pulled, chunk by chunk, without waiting in between: the worker does one thing at a time. */
export interface ByteSource {
  /** Undefined at the end. */
  read(): Uint8Array | undefined;
  /** How many of the object's bytes have been taken. */
  readonly taken: number;
}

/** One compressed byte becomes at most some 1,032, so that a bomb goes off in small pieces. */
const PIECE_BYTES = 4096;

/** CRC-32 and length of what is in a member. */
const TRAILER_BYTES = 8;

/** The content of a gzip stream, of several members too. */
export class GunzipSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #gunzip = new Gunzip();
  #chunks: Uint8Array[] = [];
  #input: Uint8Array | undefined;
  #ended = false;
  /** The end of what has been put in, and what the last member has given: they must agree, or bytes are missing. */
  #tail = Buffer.alloc(0);
  #crc = 0;
  #bytes = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#gunzip.onmember = () => {
      this.#crc = 0;
      this.#bytes = 0;
    };
    this.#gunzip.ondata = (chunk) => {
      this.#crc = crc32(chunk, this.#crc);
      this.#bytes += chunk.length;
      if (chunk.length > 0) this.#chunks.push(chunk);
    };
  }

  get taken(): number {
    return this.#source.taken;
  }

  read(): Uint8Array | undefined {
    while (this.#chunks.length === 0 && !this.#ended) this.#inflate();
    return this.#chunks.shift();
  }

  #inflate(): void {
    if (!this.#input?.length) this.#input = this.#source.read();
    const piece = this.#input?.subarray(0, PIECE_BYTES);
    this.#input = this.#input?.subarray(PIECE_BYTES);
    try {
      this.#gunzip.push(piece ?? new Uint8Array(), piece === undefined);
    } catch (error) {
      throw broken(error instanceof Error ? error.message : String(error));
    }
    if (piece) this.#tail = Buffer.concat([this.#tail, piece]).subarray(-TRAILER_BYTES);
    else this.#finish();
  }

  #finish(): void {
    this.#ended = true;
    const complete =
      this.#tail.length === TRAILER_BYTES &&
      this.#tail.readUInt32LE(0) === this.#crc &&
      this.#tail.readUInt32LE(4) === this.#bytes % 2 ** 32;
    if (!complete) throw broken('it ends too early');
  }
}

const broken = (why: string): Error =>
  dataFault(`The object is not GZIP, although the request says so, or it is damaged: ${why}.`);
