/** How the rows of an object stand in its bytes. Delimiters and quotes are ASCII. */
export interface CsvFormat {
  kind: 'csv';
  /** Whether the first row holds names, and whether a statement may use them. */
  header: 'use' | 'ignore' | 'none';
  /** Undefined: a line feed, with or without a carriage return before it. */
  recordDelimiter: string | undefined;
  fieldDelimiter: string;
  quote: string;
  /** Rows that begin with it are passed over. */
  comment: string | undefined;
  /** Whether a quoted field may hold record delimiters. */
  quotedDelimiters: boolean;
}

export interface JsonFormat {
  kind: 'json';
  /** One value, or any number of them one after the other. */
  type: 'document' | 'lines';
  numbersAsText: boolean;
}

export interface SelectOutput {
  recordDelimiter: string;
  fieldDelimiter: string;
  quote: string;
  /** Rows keep the columns that were not asked for, empty. */
  keepAllColumns: boolean;
  /** The names of the columns come first. */
  header: boolean;
}

/** Rows by their number, the header's included, or the rows of whole splits; `last` is included. */
export interface SelectRange {
  unit: 'line' | 'split';
  first: number;
  last: number;
}

/** One statement over the rows of one object. */
export interface SelectQuery {
  /** In the vendor's dialect of SQL. */
  statement: string;
  input: CsvFormat | JsonFormat;
  compression: 'none' | 'gzip';
  output: SelectOutput;
  range?: SelectRange;
  /** Only rows that begin within these bytes, `last` included. The bytes given to the engine begin at `offset`. */
  bytes?: { offset: number; first: number; last: number };
  /** Rows that lack a column which the statement names are skipped; otherwise it is null there. */
  skipPartial: boolean;
  /** A row that is skipped, for this or for a value of the wrong type, is an error past so many. */
  maxSkipped: number;
}

export interface CountQuery {
  input: CsvFormat | JsonFormat;
}

export interface RowCounts {
  rows: number;
  /** Of the first row; 0 for JSON. */
  columns: number;
  splits: number;
}

/** `scanned`: how many of the object's bytes have been read. */
export type SelectEvent =
  | { type: 'rows'; bytes: Uint8Array; scanned: number }
  | { type: 'progress'; scanned: number }
  | { type: 'end'; scanned: number; counts?: RowCounts };

/** Evaluates statements over bytes that stream in, in memory that does not grow with them. */
export interface SelectEngine {
  /**
   * The last event is `end`, unless it fails: with `SelectFailed` for what the caller can change, after the rows before the
   * fault. Whoever leaves the stream ends the work.
   */
  run(
    query: SelectQuery | CountQuery,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): AsyncGenerator<SelectEvent, void, undefined>;
}
