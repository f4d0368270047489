/** Lines on their way into one log object. */
export interface LogBatch {
  id: string;
  /** Where they will be stored. */
  bucket: string;
  key: string;
}

/** Where lines wait on this machine's disk until their object is stored. */
export interface LogSpool {
  /** Adds whole lines to a batch, which begins with its first ones. On stable storage once it resolves. */
  append(batch: LogBatch, lines: string): Promise<void>;
  /** The whole lines of a batch. */
  read(id: string): Promise<Uint8Array>;
  /** Batches that an earlier run has left. */
  list(): Promise<LogBatch[]>;
  remove(id: string): Promise<void>;
}
