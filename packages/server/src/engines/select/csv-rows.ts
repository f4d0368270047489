import type { CsvFormat } from '../../domain/ports/select-engine.ts';
import type { ByteSource } from './byte-source.ts';
import { dataFault } from './select-fault.ts';

export interface CsvRow {
  fields: string[];
  /** Where it begins, in bytes of the (uncompressed) object. */
  start: number;
}

/** Longer, and a quote is missing somewhere or the delimiter is another. */
const LONGEST_ROW = 1024 * 1024;

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Cuts bytes into rows of fields. Rows without any character are passed over. */
export class CsvRows {
  readonly #source: ByteSource;
  readonly #format: CsvFormat;
  readonly #delimiter: Buffer;
  readonly #quote: number;
  readonly #comment: number;
  #buffer: Buffer = Buffer.alloc(0);
  /** In the buffer. */
  #at = 0;
  /** Of the buffer's first byte, in the object. */
  #base: number;

  constructor(source: ByteSource, format: CsvFormat, offset = 0) {
    this.#source = source;
    this.#format = format;
    this.#base = offset;
    this.#delimiter = Buffer.from(format.recordDelimiter ?? '\n');
    this.#quote = format.quote.charCodeAt(0);
    this.#comment = format.comment === undefined ? -1 : format.comment.charCodeAt(0);
    if (offset === 0) this.#skipByteOrderMark();
  }

  /** Passes over the rest of a row whose beginning is not wanted. */
  skipRest(): void {
    this.#findEnd(false);
  }

  next(): CsvRow | undefined {
    for (;;) {
      if (this.#at >= this.#buffer.length && !this.#more()) return undefined;
      const start = this.#base + this.#at;
      const comment = this.#buffer[this.#at] === this.#comment;
      const line = this.#findEnd(this.#format.quotedDelimiters && !comment);
      if (line.length > 0 && !comment) return { fields: this.#split(line), start };
    }
  }

  #skipByteOrderMark(): void {
    while (this.#buffer.length < BYTE_ORDER_MARK.length && this.#more());
    if (this.#buffer.subarray(0, 3).equals(BYTE_ORDER_MARK)) this.#at = BYTE_ORDER_MARK.length;
  }

  /** False at the end of the object. */
  #more(): boolean {
    const chunk = this.#source.read();
    if (!chunk) return false;
    const rest = this.#buffer.subarray(this.#at);
    this.#base += this.#at;
    this.#at = 0;
    this.#buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    return true;
  }

  /** The bytes up to the next delimiter, one outside of quotes if need be, and moves past it. */
  #findEnd(quoted: boolean): Buffer {
    let open = false;
    // Both count from where the row begins, because the buffer moves.
    let searched = 0;
    let counted = 0;
    for (;;) {
      const found = this.#buffer.indexOf(this.#delimiter, this.#at + searched);
      const until = found < 0 ? this.#buffer.length : found;
      if (quoted) {
        for (let quote = this.#at + counted; ; quote++) {
          quote = this.#buffer.indexOf(this.#quote, quote);
          if (quote < 0 || quote >= until) break;
          open = !open;
        }
        counted = until - this.#at;
      }
      if (until - this.#at > LONGEST_ROW) {
        throw dataFault(
          `The row at byte ${this.#base + this.#at} is longer than ${LONGEST_ROW} bytes. Check RecordDelimiter and quotes.`,
        );
      }
      if (found >= 0 && !open) return this.#take(found, this.#delimiter.length);
      if (found >= 0) {
        searched = found + this.#delimiter.length - this.#at;
        continue;
      }
      // A delimiter of two bytes may have its first one here already.
      searched = Math.max(searched, until - this.#at - this.#delimiter.length + 1);
      if (this.#more()) continue;
      if (open) throw dataFault(`The row at byte ${this.#base + this.#at} has a quote that is never closed.`);
      return this.#take(this.#buffer.length, 0);
    }
  }

  #take(end: number, delimiterBytes: number): Buffer {
    let line = this.#buffer.subarray(this.#at, end);
    this.#at = end + delimiterBytes;
    if (this.#format.recordDelimiter === undefined && line.at(-1) === 0x0d) line = line.subarray(0, -1);
    return line;
  }

  #split(line: Buffer): string[] {
    const { fieldDelimiter, quote } = this.#format;
    const text = line.toString('utf8');
    if (!line.includes(this.#quote)) return text.split(fieldDelimiter);
    const fields: string[] = [];
    for (let at = 0; ; ) {
      if (text[at] !== quote) {
        const end = text.indexOf(fieldDelimiter, at);
        fields.push(end < 0 ? text.slice(at) : text.slice(at, end));
        if (end < 0) return fields;
        at = end + 1;
        continue;
      }
      let field = '';
      for (at += 1; ; ) {
        const end = text.indexOf(quote, at);
        if (end < 0) throw dataFault(`A row has a quote that is never closed: ${text.slice(0, 80)}`);
        const doubled = text[end + 1] === quote;
        field += text.slice(at, doubled ? end + 1 : end);
        at = end + (doubled ? 2 : 1);
        if (!doubled) break;
      }
      fields.push(field);
      if (at >= text.length) return fields;
      if (text[at] !== fieldDelimiter) throw dataFault(`A row has text after a closing quote: ${text.slice(0, 80)}`);
      at += 1;
    }
  }
}
