import { workerData } from 'node:worker_threads';
import { serveWriter } from '../sql/writer-thread.ts';
import { PostgresWriter } from './postgres-writer.ts';

export interface WriterOptions {
  url: string;
  folder: string;
  commandsUrl: string;
}

const { url, folder, commandsUrl }: WriterOptions = workerData;
await serveWriter({
  commandsUrl,
  // PostgreSQL remembers up to so many savepoints of a transaction where everybody finds them fast.
  largestCommit: 64,
  open: (commands) => PostgresWriter.open({ url, folder, commands }),
});
