/** Pixels as sharp takes them: 3 or 4 channels of 8 bits, rows from the top. */
export interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3 | 4;
}

export interface BmpHeader {
  width: number;
  height: number;
}

const FILE_HEADER = 14;

/** Reads the size only. Undefined when this is not the start of a BMP file. */
export function readBmpHeader(bytes: Buffer): BmpHeader | undefined {
  if (bytes.length < 26 || bytes.toString('latin1', 0, 2) !== 'BM') return undefined;
  if (bytes.readUInt32LE(FILE_HEADER) === 12) return { width: bytes.readUInt16LE(18), height: bytes.readUInt16LE(20) };
  return { width: bytes.readInt32LE(18), height: Math.abs(bytes.readInt32LE(22)) };
}

/** One colour of a pixel: where it is, and how many bits wide. */
function channel(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/**
 * Decodes BMP of 1, 4, 8, 16, 24 and 32 bits, with bit fields and run lengths. Throws on what is damaged: the file must
 * hold every row that its header promises.
 */
export function decodeBmp(bytes: Buffer): Pixels {
  const header = readBmpHeader(bytes);
  if (!header || header.width <= 0 || header.height <= 0) throw new Error('no BMP header');
  const { width, height } = header;
  const headerSize = bytes.readUInt32LE(FILE_HEADER);
  const old = headerSize === 12;
  const bits = bytes.readUInt16LE(old ? 24 : 28);
  const compression = old ? 0 : bytes.readUInt32LE(30);
  const topDown = !old && bytes.readInt32LE(22) < 0;
  const start = bytes.readUInt32LE(10);
  const bitFields = compression === 3 || compression === 6;
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`${bits} bits a pixel`);
  if (![0, 1, 2, 3, 6].includes(compression)) throw new Error(`compression ${compression}`);
  const row = (line: number) => (topDown ? line : height - 1 - line);

  if (bits <= 8) {
    const palette = readPalette(bytes, FILE_HEADER + headerSize, old, bits);
    const indexes =
      compression === 1 || compression === 2
        ? runLengths(bytes, start, width, height, bits)
        : packedIndexes(bytes, start, width, height, bits);
    const data = Buffer.alloc(width * height * 3);
    for (let line = 0; line < height; line++) {
      let to = row(line) * width * 3;
      for (let x = 0; x < width; x++, to += 3) {
        const from = (indexes[line * width + x] ?? 0) * 3;
        data[to] = palette[from] ?? 0;
        data[to + 1] = palette[from + 1] ?? 0;
        data[to + 2] = palette[from + 2] ?? 0;
      }
    }
    return { data, width, height, channels: 3 };
  }

  const stride = ((width * bits + 31) >>> 5) * 4;
  if (start + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
    throw new Error('the file is cut short');
  if (bits === 24) {
    const data = Buffer.alloc(width * height * 3);
    for (let line = 0; line < height; line++) {
      let from = start + line * stride;
      let to = row(line) * width * 3;
      for (let x = 0; x < width; x++, from += 3, to += 3) {
        data[to] = bytes[from + 2] ?? 0;
        data[to + 1] = bytes[from + 1] ?? 0;
        data[to + 2] = bytes[from] ?? 0;
      }
    }
    return { data, width, height, channels: 3 };
  }

  // Masks follow the 40 bytes of the basic header, whether or not the header size includes them.
  const mask = (index: number, otherwise: number) => (bitFields ? bytes.readUInt32LE(54 + index * 4) : otherwise);
  const small = bits === 16;
  const red = channel(mask(0, small ? 0x7c00 : 0xff0000));
  const green = channel(mask(1, small ? 0x03e0 : 0xff00));
  const blue = channel(mask(2, small ? 0x001f : 0xff));
  const alphaMask = bitFields && (headerSize >= 56 || compression === 6) ? mask(3, 0) : 0;
  const alpha = channel(alphaMask);
  const channels = alphaMask === 0 ? 3 : 4;
  const data = Buffer.alloc(width * height * channels);
  for (let line = 0; line < height; line++) {
    let to = row(line) * width * channels;
    const from = start + line * stride;
    for (let x = 0; x < width; x++, to += channels) {
      const pixel = small ? bytes.readUInt16LE(from + x * 2) : bytes.readUInt32LE(from + x * 4);
      data[to] = red(pixel);
      data[to + 1] = green(pixel);
      data[to + 2] = blue(pixel);
      if (channels === 4) data[to + 3] = alpha(pixel);
    }
  }
  return { data, width, height, channels };
}

function readPalette(bytes: Buffer, at: number, old: boolean, bits: number): Uint8Array {
  const used = old ? 0 : bytes.readUInt32LE(46);
  const count = used > 0 && used <= 2 ** bits ? used : 2 ** bits;
  const size = old ? 3 : 4;
  if (at + count * size > bytes.length) throw new Error('the palette is cut short');
  const palette = new Uint8Array(256 * 3);
  for (let index = 0; index < count; index++) {
    palette[index * 3] = bytes[at + index * size + 2] ?? 0;
    palette[index * 3 + 1] = bytes[at + index * size + 1] ?? 0;
    palette[index * 3 + 2] = bytes[at + index * size] ?? 0;
  }
  return palette;
}

function packedIndexes(bytes: Buffer, start: number, width: number, height: number, bits: number): Uint8Array {
  const stride = ((width * bits + 31) >>> 5) * 4;
  if (start + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
    throw new Error('the file is cut short');
  const indexes = new Uint8Array(width * height);
  const each = 8 / bits;
  const most = 2 ** bits - 1;
  for (let line = 0; line < height; line++) {
    for (let x = 0; x < width; x++) {
      const byte = bytes[start + line * stride + Math.floor(x / each)] ?? 0;
      indexes[line * width + x] = (byte >> (8 - bits * ((x % each) + 1))) & most;
    }
  }
  return indexes;
}

/** RLE8 and RLE4; rows from the bottom, as they are stored. What the runs leave out keeps index 0. */
function runLengths(bytes: Buffer, start: number, width: number, height: number, bits: number): Uint8Array {
  const indexes = new Uint8Array(width * height);
  let x = 0;
  let line = 0;
  const put = (index: number) => {
    if (x < width && line < height) indexes[line * width + x] = index;
    x++;
  };
  const nibble = (byte: number, position: number) => (bits === 8 ? byte : position % 2 === 0 ? byte >> 4 : byte & 15);
  let at = start;
  while (line < height) {
    const count = bytes[at];
    const value = bytes[at + 1];
    if (count === undefined || value === undefined) throw new Error('the file is cut short');
    at += 2;
    if (count > 0) {
      for (let index = 0; index < count; index++) put(nibble(value, index));
    } else if (value === 0) {
      x = 0;
      line++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      line += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      const length = bits === 8 ? value : Math.ceil(value / 2);
      for (let index = 0; index < value; index++) {
        put(nibble(bytes[at + (bits === 8 ? index : index >> 1)] ?? 0, index));
      }
      // Literal runs are padded to whole words.
      at += length + (length % 2);
    }
  }
  return indexes;
}

/** Encodes 24 bits without alpha, 32 bits with (a V4 header, whose masks say that there is alpha). */
export function encodeBmp({ data, width, height, channels }: Pixels): Buffer {
  const headerSize = channels === 4 ? 108 : 40;
  const start = FILE_HEADER + headerSize;
  const stride = ((width * channels * 8 + 31) >>> 5) * 4;
  const bytes = Buffer.alloc(start + stride * height);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(headerSize, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(channels * 8, 28);
  bytes.writeUInt32LE(channels === 4 ? 3 : 0, 30);
  bytes.writeUInt32LE(stride * height, 34);
  // 72 dots an inch, in dots a metre.
  bytes.writeInt32LE(2835, 38);
  bytes.writeInt32LE(2835, 42);
  if (channels === 4) {
    for (const [index, mask] of [0xff0000, 0xff00, 0xff, 0xff000000].entries())
      bytes.writeUInt32LE(mask, 54 + index * 4);
    bytes.write('BGRs', 70, 'latin1');
  }
  for (let line = 0; line < height; line++) {
    let from = line * width * channels;
    let to = start + (height - 1 - line) * stride;
    for (let x = 0; x < width; x++, from += channels, to += channels) {
      bytes[to] = data[from + 2] ?? 0;
      bytes[to + 1] = data[from + 1] ?? 0;
      bytes[to + 2] = data[from] ?? 0;
      if (channels === 4) bytes[to + 3] = data[from + 3] ?? 0;
    }
  }
  return bytes;
}
