/**
 * `multipart/form-data`, read as it arrives: the fields before the file into memory, the file as a stream that is pulled
 * by whoever stores it. Own code, because the parsers at hand skip parts that they cannot read and cut fields that are
 * too long, where a signed form must be refused as soon as one byte of it is not understood.
 */

/** "The name of a form field is at most 8 KB": also for everything else that stands in the head of a part. */
const MAX_HEAD_BYTES = 8 * 1024;
/** "The value of a form field is at most 2 MB." */
const MAX_VALUE_BYTES = 2 * 1024 * 1024;
/** All that stands before the file, so that a form of many fields cannot fill the memory. */
const MAX_FIELDS_BYTES = 8 * 1024 * 1024;
/** RFC 2046 §5.1.1. */
const MAX_BOUNDARY = 70;

export type FormFault = 'malformed' | 'field-too-long' | 'fields-too-long' | 'number-of-files';

/** A form that is refused, and why. The message is for whoever wrote it. */
export class FormError extends Error {
  override readonly name = 'FormError';
  readonly fault: FormFault;
  constructor(fault: FormFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

export interface FormFile {
  /** '' when the form does not name it. */
  filename: string;
  contentType: string | undefined;
  /** Ends only after the whole form was found to be well-formed; must be read to its end or given up. */
  bytes: AsyncGenerator<Uint8Array, void, undefined>;
}

export interface Form {
  /** What stood before the file: by name in lower case, the first value where a name is repeated. */
  fields: ReadonlyMap<string, string>;
  file: FormFile;
}

/**
 * Reads a form up to its file, the part called `fileField`. Fields after the file are read over, as the vendor does; a
 * second file is refused. Throws `FormError`, here and while the file is read.
 */
export async function readForm(body: AsyncIterable<Uint8Array>, contentType: string, fileField: string): Promise<Form> {
  const reader = new PartReader(body, boundaryOf(contentType));
  try {
    const fields = new Map<string, string>();
    let total = await reader.skipPreamble(MAX_FIELDS_BYTES);
    while (await reader.nextPart()) {
      const head = await reader.head();
      if (head.name === fileField) {
        const { filename, contentType: type } = head;
        return { fields, file: { filename, contentType: type, bytes: fileBytes(reader, fileField) } };
      }
      const value = await reader.value(head.name);
      total += head.bytes + value.byteLength;
      if (total > MAX_FIELDS_BYTES) {
        throw new FormError(
          'fields-too-long',
          `The fields before the file must not exceed ${MAX_FIELDS_BYTES} bytes in total.`,
        );
      }
      if (!fields.has(head.name)) fields.set(head.name, asText(value, `The field ${head.name}`));
    }
    throw new FormError('number-of-files', `The form must have one field named ${fileField}, as its last.`);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* fileBytes(reader: PartReader, fileField: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* reader.body();
    while (await reader.nextPart()) {
      if ((await reader.head()).name === fileField) {
        throw new FormError('number-of-files', `The form must have one field named ${fileField}, and no other.`);
      }
      for await (const _ of reader.body());
    }
    await reader.skipRest();
  } finally {
    await reader.close();
  }
}

function boundaryOf(contentType: string): string {
  const boundary = parametersOf(contentType).get('boundary') ?? '';
  if (boundary === '' || boundary.length > MAX_BOUNDARY) {
    throw malformed(`The Content-Type must name the boundary of the parts, in 1 to ${MAX_BOUNDARY} characters.`);
  }
  return boundary;
}

const malformed = (message: string): FormError =>
  new FormError('malformed', `The body of your POST request is not well-formed multipart/form-data. ${message}`);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function asText(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed(`${what} must be UTF-8.`);
  }
}

/**
 * The parameters of a header such as `form-data; name="file"`, by name in lower case. Browsers write a quote inside a
 * value as `%22` and leave backslashes alone, older programs escape both; a backslash counts before a quote only.
 */
function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [, name = '', quotedText, token] of header.matchAll(
    /;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:\\"|[^"])*)"|([^\s;]*))/g,
  )) {
    const value = quotedText === undefined ? (token ?? '') : quotedText.replaceAll('\\"', '"');
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  return parameters;
}

interface Head {
  /** In lower case. */
  name: string;
  filename: string;
  contentType: string | undefined;
  bytes: number;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Walks over a body, delimiter by delimiter, holding no more of it than one chunk and what the caller collects. */
class PartReader {
  #source: AsyncIterator<Uint8Array>;
  #delimiter: Buffer;
  /** Not yet consumed. Begins with a line break of ours, because the first delimiter may stand without one. */
  #held: Buffer = Buffer.from('\r\n');
  #ended = false;

  constructor(body: AsyncIterable<Uint8Array>, boundary: string) {
    this.#source = body[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** Gives up what has not been read. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** What stands before the first delimiter means nothing. Returns its length. */
  async skipPreamble(limit: number): Promise<number> {
    let skipped = 0;
    for await (const bytes of this.body()) {
      skipped += bytes.byteLength;
      if (skipped > limit) throw malformed('It must begin with the boundary that the Content-Type names.');
    }
    return skipped;
  }

  /** After a delimiter: whether a part follows, or this was the last. */
  async nextPart(): Promise<boolean> {
    // RFC 2046 lets white space stand between a delimiter and the end of its line.
    for (;;) {
      await this.#need(2, 'A boundary is cut off.');
      const start = this.#held.toString('latin1', 0, 2);
      if (start === '--' || start === '\r\n') {
        this.#held = this.#held.subarray(2);
        return start === '\r\n';
      }
      if (start[0] !== ' ' && start[0] !== '\t') throw malformed('A boundary must be followed by a line break.');
      this.#held = this.#held.subarray(1);
    }
  }

  async head(): Promise<Head> {
    let end = this.#held.indexOf(HEAD_END);
    while (end < 0) {
      if (this.#held.byteLength > MAX_HEAD_BYTES) break;
      if (!(await this.#more())) throw malformed('The head of a part is cut off.');
      end = this.#held.indexOf(HEAD_END);
    }
    if (end < 0 || end > MAX_HEAD_BYTES) {
      throw new FormError(
        'field-too-long',
        `The name and head of a form field must not exceed ${MAX_HEAD_BYTES} bytes.`,
      );
    }
    const lines = asText(this.#held.subarray(0, end), 'The head of a part').split('\r\n');
    this.#held = this.#held.subarray(end + HEAD_END.byteLength);
    return { ...readHead(lines), bytes: end };
  }

  /** The rest of a part that is kept in memory. */
  async value(name: string): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.body()) {
      size += piece.byteLength;
      if (size > MAX_VALUE_BYTES) {
        throw new FormError('field-too-long', `The value of the field ${name} exceeds ${MAX_VALUE_BYTES} bytes.`);
      }
      pieces.push(piece);
    }
    return Buffer.concat(pieces, size);
  }

  /** Everything up to the next delimiter, which is consumed. */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const end = this.#held.indexOf(this.#delimiter);
      if (end >= 0) {
        const last = this.#held.subarray(0, end);
        this.#held = this.#held.subarray(end + this.#delimiter.byteLength);
        if (last.byteLength > 0) yield last;
        return;
      }
      // Its last bytes may be the beginning of a delimiter.
      const safe = this.#held.byteLength - this.#delimiter.byteLength + 1;
      if (safe > 0) {
        const piece = this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
        yield piece;
      }
      if (!(await this.#more())) throw malformed('It ends before its last boundary.');
    }
  }

  /** What stands after the last delimiter means nothing, but belongs to the request. */
  async skipRest(): Promise<void> {
    this.#held = Buffer.alloc(0);
    while (await this.#more()) this.#held = Buffer.alloc(0);
  }

  async #need(bytes: number, fault: string): Promise<void> {
    while (this.#held.byteLength < bytes) if (!(await this.#more())) throw malformed(fault);
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#source.next();
    if (next.done) {
      this.#ended = true;
      return false;
    }
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#held = this.#held.byteLength === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return true;
  }
}

function readHead(lines: readonly string[]): Omit<Head, 'bytes'> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*)$/.exec(line);
    const name = match?.[1]?.toLowerCase();
    if (name === undefined || headers.has(name)) throw malformed('The head of a part must consist of header lines.');
    headers.set(name, match?.[2]?.trim() ?? '');
  }
  const disposition = headers.get('content-disposition') ?? '';
  const parameters = parametersOf(disposition);
  const name = parameters.get('name');
  if (!/^form-data\s*(?:;|$)/i.test(disposition) || name === undefined) {
    throw malformed('Each part must have a Content-Disposition: form-data; name="…".');
  }
  return {
    name: name.toLowerCase(),
    filename: filenameOf(parameters),
    contentType: headers.get('content-type'),
  };
}

/** Without the folders that old browsers send along. */
function filenameOf(parameters: ReadonlyMap<string, string>): string {
  const name = extendedValue(parameters.get('filename*')) ?? parameters.get('filename') ?? '';
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}

/** RFC 8187: `UTF-8''%e2%82%ac`. */
function extendedValue(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : /^utf-8'[^']*'(.*)$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
