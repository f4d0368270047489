import { workerData } from 'node:worker_threads';
import { serveWriter } from '../sql/writer-thread.ts';
import { openWriterDatabase } from './connection.ts';
import { GroupCommit } from './group-commit.ts';

export interface WriterOptions {
  path: string;
  commandsUrl: string;
}

const { path, commandsUrl }: WriterOptions = workerData;
await serveWriter({
  commandsUrl,
  largestCommit: 512,
  open: (commands) => new GroupCommit({ open: () => openWriterDatabase(path), commands }),
});
