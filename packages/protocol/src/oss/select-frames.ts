/**
 * The answer of SelectObject: frames of a type, a length, an unused header checksum, a payload and its CRC-32, numbers big
 * endian. Every payload begins with how far the object has been read.
 */
const VERSION = 1;
const HEADER_BYTES = 12;
const OFFSET_BYTES = 8;
const CRC_BYTES = 4;

/** 24 bits; the byte before them is the version. */
export const selectFrameTypes = {
  data: 8388609,
  continuous: 8388612,
  end: 8388613,
  csvMetaEnd: 8388614,
  jsonMetaEnd: 8388615,
} as const;

export type Crc32 = (bytes: Uint8Array) => number;

/** How an answer ended. `error` is `CODE.MESSAGE`: clients cut it at the first dot. */
export interface SelectEnd {
  offset: number;
  scanned: number;
  status: number;
  error: string;
}

export interface SelectMeta {
  splits: number;
  rows: number;
  /** Absent for JSON. */
  columns?: number;
}

/** Makes the frames of one answer. */
export class SelectFrames {
  readonly #crc32: Crc32;
  constructor(crc32: Crc32) {
    this.#crc32 = crc32;
  }

  data(offset: number, rows: Uint8Array): Uint8Array {
    return this.#frame(selectFrameTypes.data, offset, rows.length, (payload) => payload.set(rows, OFFSET_BYTES));
  }

  /** Nothing yet, but still at it. */
  continuous(offset: number): Uint8Array {
    return this.#frame(selectFrameTypes.continuous, offset, 0, () => {});
  }

  end({ offset, scanned, status, error }: SelectEnd): Uint8Array {
    const message = new TextEncoder().encode(error);
    return this.#frame(selectFrameTypes.end, offset, 12 + message.length, (payload, view) => {
      view.setBigUint64(8, BigInt(scanned));
      view.setUint32(16, status);
      payload.set(message, 20);
    });
  }

  metaEnd({ offset, scanned, status, error }: SelectEnd, meta: SelectMeta): Uint8Array {
    const message = new TextEncoder().encode(error);
    const { splits, rows, columns } = meta;
    const type = columns === undefined ? selectFrameTypes.jsonMetaEnd : selectFrameTypes.csvMetaEnd;
    const fixed = columns === undefined ? 24 : 28;
    return this.#frame(type, offset, fixed + message.length, (payload, view) => {
      view.setBigUint64(8, BigInt(scanned));
      view.setUint32(16, status);
      view.setUint32(20, splits);
      view.setBigUint64(24, BigInt(rows));
      if (columns !== undefined) view.setUint32(32, columns);
      payload.set(message, OFFSET_BYTES + fixed);
    });
  }

  #frame(
    type: number,
    offset: number,
    bodyBytes: number,
    fill: (payload: Uint8Array, view: DataView) => void,
  ): Uint8Array {
    const payloadBytes = OFFSET_BYTES + bodyBytes;
    const frame = new Uint8Array(HEADER_BYTES + payloadBytes + CRC_BYTES);
    const view = new DataView(frame.buffer);
    view.setUint32(0, VERSION * 2 ** 24 + type);
    view.setUint32(4, payloadBytes);
    const payload = frame.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes);
    const payloadView = new DataView(frame.buffer, HEADER_BYTES, payloadBytes);
    payloadView.setBigUint64(0, BigInt(offset));
    fill(payload, payloadView);
    view.setUint32(HEADER_BYTES + payloadBytes, this.#crc32(payload));
    return frame;
  }
}
