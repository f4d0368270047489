import type { JsonFormat } from '../../domain/ports/select-engine.ts';
import type { ByteSource } from './byte-source.ts';
import { expand, parseJson, type Step } from './json-path.ts';
import { dataFault, type SelectFault } from './select-fault.ts';

export interface JsonRow {
  value: unknown;
  /** Where it, or the line that it is in, begins, in bytes of the (uncompressed) object. */
  start: number;
}

/** Of one value that has to be held: a line, or what the statement's path leads to. */
const LONGEST_VALUE = 16 * 1024 * 1024;

const DEEPEST = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Finds where values begin and end, so that an object of any size can be read value by value; `JSON.parse` then reads those
 * that are wanted. What is passed over is looked at no closer than to find its end.
 */
class JsonScanner {
  readonly #source: ByteSource;
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Of the buffer's first byte, in the object. */
  #base = 0;
  /** From where bytes are to be kept; -1 when none are. */
  #kept = -1;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get position(): number {
    return this.#base + this.#at;
  }

  /** The next byte that is not white space, without moving past it; undefined at the end. */
  peek(alsoSkipped = -1): number | undefined {
    for (;;) {
      for (; this.#at < this.#buffer.length; this.#at++) {
        const byte = this.#buffer[this.#at] ?? 0;
        if (!isSpace(byte) && byte !== alsoSkipped) return byte;
      }
      if (!this.#more()) return undefined;
    }
  }

  /** Moves past one byte that must come next. */
  expect(byte: number): void {
    if (this.peek() !== byte) throw this.fault(`${JSON.stringify(String.fromCharCode(byte))} is missing`);
    this.#at += 1;
  }

  value(): string {
    this.peek();
    this.#kept = this.#at;
    this.skip();
    const text = this.#buffer.toString('utf8', this.#kept, this.#at);
    this.#kept = -1;
    return text;
  }

  skip(): void {
    const first = this.peek();
    if (first === undefined) throw this.fault('a value is missing');
    if (first === QUOTE) this.#skipString();
    else if (first === BRACE || first === BRACKET) this.#skipNested();
    else this.#skipWord();
  }

  fault(what: string): SelectFault {
    return dataFault(`The object is not the JSON that the request says: ${what} at byte ${this.position}.`);
  }

  #skipNested(): void {
    let depth = 0;
    do {
      const byte = this.#byte();
      if (byte === QUOTE) {
        this.#skipString();
        continue;
      }
      if (byte === BRACE || byte === BRACKET) {
        depth += 1;
        if (depth > DEEPEST) throw this.fault(`values are nested more than ${DEEPEST} deep`);
      } else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1;
      this.#at += 1;
    } while (depth > 0);
  }

  #skipString(): void {
    this.#at += 1;
    for (;;) {
      const byte = this.#byte();
      this.#at += 1;
      if (byte === QUOTE) return;
      if (byte === BACKSLASH) {
        this.#byte();
        this.#at += 1;
      }
    }
  }

  #skipWord(): void {
    const start = this.position;
    for (;;) {
      if (this.#at >= this.#buffer.length && !this.#more()) break;
      const byte = this.#buffer[this.#at] ?? 0;
      if (isSpace(byte) || byte === COMMA || byte === BRACKET_END || byte === BRACE_END) break;
      if (byte === BRACE || byte === BRACKET || byte === QUOTE || byte === COLON) break;
      this.#at += 1;
    }
    if (this.position === start) throw this.fault('a value is missing');
  }

  #byte(): number {
    if (this.#at >= this.#buffer.length && !this.#more()) throw this.fault('a value is not complete');
    return this.#buffer[this.#at] ?? 0;
  }

  #more(): boolean {
    const keep = this.#kept < 0 ? this.#at : this.#kept;
    if (this.#buffer.length - keep > LONGEST_VALUE) throw this.fault(`a value is longer than ${LONGEST_VALUE} bytes`);
    const chunk = this.#source.read();
    if (!chunk) return false;
    const rest = this.#buffer.subarray(keep);
    this.#base += keep;
    this.#at -= keep;
    if (this.#kept >= 0) this.#kept = 0;
    this.#buffer = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    return true;
  }
}

/** The values that a statement is about: what `path` leads to, in the one document or in each line. */
export function* jsonRows(
  source: ByteSource,
  format: JsonFormat,
  path: readonly Step[],
): Generator<JsonRow, void, undefined> {
  const scanner = new JsonScanner(source);
  const { numbersAsText } = format;
  const parse = (start: number): unknown => {
    const text = scanner.value();
    try {
      return parseJson(text, numbersAsText);
    } catch {
      const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
      throw dataFault(`The object is not the JSON that the request says: the value at byte ${start} is ${shown}`);
    }
  };
  if (format.type === 'lines') {
    // The vendor takes commas between lines, too.
    while (scanner.peek(COMMA) !== undefined) {
      const start = scanner.position;
      for (const value of expand(parse(start), path)) yield { value, start };
    }
    return;
  }
  yield* documentRows(scanner, path, parse);
  if (scanner.peek() !== undefined) throw scanner.fault('there is more than one value (Type LINES reads those)');
}

function* documentRows(
  scanner: JsonScanner,
  path: readonly Step[],
  parse: (start: number) => unknown,
): Generator<JsonRow, void, undefined> {
  const [step, ...rest] = path;
  const first = scanner.peek();
  const start = scanner.position;
  if (step === undefined) {
    yield { value: parse(start), start };
  } else if (typeof step === 'object' && 'key' in step) {
    if (first !== BRACE) return scanner.skip();
    let found = false;
    for (let more = enter(scanner, BRACE, BRACE_END); more; more = follows(scanner, BRACE_END)) {
      if (scanner.peek() !== QUOTE) throw scanner.fault('a name is missing');
      const name = parse(scanner.position);
      scanner.expect(COLON);
      if (name === step.key && !found) {
        found = true;
        yield* documentRows(scanner, rest, parse);
      } else scanner.skip();
    }
  } else {
    if (first !== BRACKET) return scanner.skip();
    let index = 0;
    for (let more = enter(scanner, BRACKET, BRACKET_END); more; more = follows(scanner, BRACKET_END)) {
      if (step === 'all' || step.index === index) yield* documentRows(scanner, rest, parse);
      else scanner.skip();
      index += 1;
    }
  }
}

/** Moves into a list or an object; false when it is empty and has been left again. */
function enter(scanner: JsonScanner, opening: number, closing: number): boolean {
  scanner.expect(opening);
  if (scanner.peek() !== closing) return true;
  scanner.expect(closing);
  return false;
}

/** Moves to the next element; false when there is none and the list has been left. */
function follows(scanner: JsonScanner, closing: number): boolean {
  if (scanner.peek() === closing) {
    scanner.expect(closing);
    return false;
  }
  scanner.expect(COMMA);
  return true;
}
