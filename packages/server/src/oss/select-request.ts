import type { InputOf, Served } from '@millrace/protocol/oss';
import type {
  CountQuery,
  CsvFormat,
  JsonFormat,
  SelectOutput,
  SelectQuery,
  SelectRange,
} from '../domain/ports/select-engine.ts';
import { invalidArgument, OssError } from './oss-error.ts';

/** The documents of both formats have the same shape. */
export type SelectBody = InputOf<Served['SelectObject']>['body'];
type CountBody = InputOf<Served['CreateSelectObjectMeta']>['body'];
type Input = NonNullable<SelectBody['InputSerialization']>;

/** The vendor's classifications of single elements. */
const EC = {
  range: '0016-00000835',
  expression: '0016-00000823',
  recordDelimiter: '0016-00000829',
  maxSkipped: '0016-00000834',
  jsonType: '0016-00000838',
} as const;

export function readCsvSelect(body: SelectBody, rangeHeader: string | undefined): SelectQuery {
  const input = readCsv(body.InputSerialization?.CSV);
  const query = readSelect(body, input, body.InputSerialization?.CSV?.Range);
  const bytes = rangeHeader === undefined ? undefined : readByteRange(rangeHeader, input, query.compression);
  return bytes ? { ...query, bytes } : query;
}

export function readJsonSelect(body: SelectBody, rangeHeader: string | undefined): SelectQuery {
  if (rangeHeader !== undefined) {
    throw invalidArgument(
      'Range',
      rangeHeader,
      'The Range header can be used for CSV only. Use line-range or split-range.',
    );
  }
  const input = readJson(body.InputSerialization?.JSON);
  const range = body.InputSerialization?.JSON?.Range;
  if (input.type === 'document' && range) {
    throw invalidArgument('Range', range, 'Range can be used with Type LINES only.', EC.range);
  }
  return readSelect(body, input, range);
}

export function readCsvCount(body: CountBody): CountQuery {
  refuseCompression(body.InputSerialization?.CompressionType);
  return { input: readCsv(body.InputSerialization?.CSV) };
}

export function readJsonCount(body: CountBody): CountQuery {
  refuseCompression(body.InputSerialization?.CompressionType);
  const input = readJson(body.InputSerialization?.JSON);
  if (input.type !== 'lines') {
    throw invalidArgument('Type', 'DOCUMENT', 'Only objects of Type LINES can be counted.', EC.jsonType);
  }
  return { input };
}

function readSelect(body: SelectBody, input: CsvFormat | JsonFormat, rangeText: string | undefined): SelectQuery {
  const compression = readCompression(body.InputSerialization?.CompressionType);
  const range = readRowRange(rangeText);
  if (range?.unit === 'split' && compression === 'gzip') {
    throw invalidArgument('Range', rangeText ?? '', 'A compressed object has no splits.', EC.range);
  }
  return {
    statement: readExpression(body.Expression),
    input,
    compression,
    output: readOutput(body),
    ...(range && { range }),
    skipPartial: body.Options?.SkipPartialDataRecord ?? false,
    maxSkipped: readMaxSkipped(body.Options?.MaxSkippedRecordsAllowed),
  };
}

function readExpression(encoded: string | undefined): string {
  const text = encoded?.trim() ?? '';
  if (text === '') {
    throw new OssError('InvalidSqlParameter', {
      message: 'The element Expression must hold a statement in base64.',
      ec: EC.expression,
    });
  }
  const statement = decodeBase64(text);
  if (statement === undefined) {
    throw new OssError('InvalidSqlParameter', { message: 'The element Expression is not UTF-8 text in base64.' });
  }
  return statement;
}

function readCsv(csv: Input['CSV']): CsvFormat {
  return {
    kind: 'csv',
    header: readWord('FileHeaderInfo', csv?.FileHeaderInfo, ['use', 'ignore', 'none']) ?? 'none',
    recordDelimiter: readCharacters('RecordDelimiter', csv?.RecordDelimiter, 2),
    fieldDelimiter: readCharacters('FieldDelimiter', csv?.FieldDelimiter, 1) ?? ',',
    quote: readCharacters('QuoteCharacter', csv?.QuoteCharacter, 1) ?? '"',
    comment: readCharacters('CommentCharacter', csv?.CommentCharacter, 1),
    quotedDelimiters: csv?.AllowQuotedRecordDelimiter ?? true,
  };
}

function readJson(json: Input['JSON']): JsonFormat {
  const type = readWord('Type', json?.Type, ['document', 'lines'], EC.jsonType);
  if (type === undefined) {
    throw invalidArgument('Type', '', 'The element Type must be DOCUMENT or LINES.', EC.jsonType);
  }
  return { kind: 'json', type, numbersAsText: json?.ParseJsonNumberAsString ?? false };
}

function readOutput({ OutputSerialization: output }: SelectBody): SelectOutput {
  const recordDelimiter = output?.CSV?.RecordDelimiter ?? output?.JSON?.RecordDelimiter;
  return {
    recordDelimiter: readCharacters('RecordDelimiter', recordDelimiter, 2) ?? '\n',
    fieldDelimiter: readCharacters('FieldDelimiter', output?.CSV?.FieldDelimiter, 1) ?? ',',
    quote: readCharacters('QuoteCharacter', output?.CSV?.QuoteCharacter, 1) ?? '"',
    keepAllColumns: output?.KeepAllColumns ?? false,
    header: output?.OutputHeader ?? false,
  };
}

function readCompression(text: string | undefined): SelectQuery['compression'] {
  return readWord('CompressionType', text, ['none', 'gzip']) ?? 'none';
}

function refuseCompression(text: string | undefined): void {
  // oss2 puts it in base64 here, and only here.
  const none = text === undefined || [text, decodeBase64(text)].some((word) => word?.trim().toLowerCase() === 'none');
  if (!none) throw invalidArgument('CompressionType', text, 'Compressed objects cannot be counted.');
}

function readWord<const W extends string>(
  name: string,
  text: string | undefined,
  words: readonly W[],
  ec?: string,
): W | undefined {
  const word = text?.trim().toLowerCase() ?? '';
  if (word === '') return undefined;
  const found = words.find((candidate) => candidate === word);
  if (found === undefined) {
    throw invalidArgument(name, text ?? '', `The element ${name} must be one of: ${words.join(', ')}.`, ec);
  }
  return found;
}

/**
 * One or two ASCII characters in base64. The Go client sends those for the output as they are, which cannot be taken for
 * base64: that has four characters at least.
 */
function readCharacters(name: string, text: string | undefined, most: number): string | undefined {
  if (text === undefined || text === '') return undefined;
  const characters = text.length <= most ? text : decodeBase64(text.trim());
  if (characters === undefined || !/^[\0-\x7f]+$/.test(characters) || characters.length > most) {
    const ec = name === 'RecordDelimiter' ? EC.recordDelimiter : undefined;
    const what = most === 1 ? 'one ASCII character' : `one or ${most} ASCII characters`;
    throw invalidArgument(name, text, `The element ${name} must hold ${what} in base64.`, ec);
  }
  return characters;
}

/** Undefined when it is not UTF-8 in base64. */
function decodeBase64(text: string): string | undefined {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

function readMaxSkipped(text: string | undefined): number {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return 0;
  if (!/^\d{1,15}$/.test(trimmed)) {
    const message = 'The element MaxSkippedRecordsAllowed must be a whole number.';
    throw invalidArgument('MaxSkippedRecordsAllowed', trimmed, message, EC.maxSkipped);
  }
  return Number(trimmed);
}

/** `line-range=10-20`, both included; without an end it goes on to the last. */
function readRowRange(text: string | undefined): SelectRange | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return undefined;
  const [, unit, from, to] = /^(line|split)-range=(\d{1,15})-(\d{0,15})$/.exec(trimmed) ?? [];
  const first = Number(from);
  const last = to === '' ? Number.MAX_SAFE_INTEGER : Number(to);
  if (unit === undefined || first > last) {
    throw invalidArgument('Range', trimmed, 'Range must be line-range=FIRST-LAST or split-range=FIRST-LAST.', EC.range);
  }
  return { unit: unit === 'line' ? 'line' : 'split', first, last };
}

/** Rows that begin within the bytes, which can be told only where no quotes hide a delimiter. */
function readByteRange(
  header: string,
  input: CsvFormat,
  compression: SelectQuery['compression'],
): NonNullable<SelectQuery['bytes']> {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header.trim()) ?? [];
  const first = Number(from);
  const last = to === '' ? Number.MAX_SAFE_INTEGER : Number(to);
  if (from === undefined || first > last) {
    throw invalidArgument('Range', header, 'The Range header must be bytes=FIRST-LAST.', EC.range);
  }
  if (input.quotedDelimiters || compression === 'gzip') {
    const message = 'The Range header needs AllowQuotedRecordDelimiter false and an object that is not compressed.';
    throw invalidArgument('Range', header, message, EC.range);
  }
  // A delimiter right before the range means that a row begins with it.
  const before = input.recordDelimiter?.length ?? 1;
  return { offset: Math.max(0, first - before), first, last };
}
