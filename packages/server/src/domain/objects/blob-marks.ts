import { Crc64, combine } from './crc64.ts';

/** How far marks are apart: what has to be read, at the least, to verify any byte. */
export const MARK_BYTES = 1024 * 1024;

/** The digits of a mark: 64 bits in hexadecimal. */
const DIGITS = 16;

/**
 * The marks of bytes that come in order: of each MiB, and of the end, the CRC-64 of everything up to there, as one text of
 * 16 digits each. The last is that of the whole.
 */
export class RunningMarks {
  #crc = new Crc64();
  #untilMark = MARK_BYTES;
  #marks = '';

  update(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.byteLength > 0) {
      if (this.#untilMark === 0) this.#mark();
      const piece = rest.subarray(0, this.#untilMark);
      this.#crc.update(piece);
      this.#untilMark -= piece.byteLength;
      rest = rest.subarray(piece.byteLength);
    }
  }

  digest(): string {
    return this.#marks + hex(this.#crc.digest());
  }

  #mark(): void {
    this.#marks += hex(this.#crc.digest());
    this.#untilMark = MARK_BYTES;
  }
}

const hex = (crc64: string): string => BigInt(crc64).toString(16).padStart(DIGITS, '0');

function markAt(marks: string, index: number): string {
  const digits = marks.slice(index * DIGITS, (index + 1) * DIGITS);
  if (digits.length !== DIGITS) throw new RangeError(`There is no mark ${index} in ${marks.length / DIGITS}.`);
  return BigInt(`0x${digits}`).toString();
}

/** The CRC-64 of everything. */
export const wholeOf = (marks: string): string => markAt(marks, marks.length / DIGITS - 1);

/** Whether they say more than that. */
export const dividesBytes = (marks: string): boolean => marks.length > DIGITS;

/** The least run of bytes around a range that lies between marks, and its CRC-64. */
export function spanAround(
  range: { offset: number; length: number },
  { marks, length }: { marks: string; length: number },
): { offset: number; length: number; crc64: string } {
  const first = Math.floor(range.offset / MARK_BYTES);
  const after = Math.ceil((range.offset + range.length) / MARK_BYTES);
  const offset = first * MARK_BYTES;
  const span = { offset, length: Math.min(after * MARK_BYTES, length) - offset };
  const before = first === 0 ? '0' : markAt(marks, first - 1);
  // CRCs add without carry: joining what comes before to both takes it away again.
  return { ...span, crc64: combine(before, markAt(marks, after - 1), span.length) };
}
