import { readSync, writeSync } from 'node:fs';
import type { SelectQuery } from '../../domain/ports/select-engine.ts';
import { PREFIX_BYTES, prefixed } from '../image/worker-frames.ts';
import type { ByteSource } from './byte-source.ts';
import { countRows, runQuery, type Sink } from './run-query.ts';
import { SelectFault } from './select-fault.ts';
import type { FromSelectWorker, ToSelectWorker } from './worker-messages.ts';

/**
 * Evaluates statements, one at a time, over bytes that come in over stdin. Runs in a sandbox of its own. It waits for each
 * chunk where it needs it, as SQLite needs its rows: nothing is read ahead, and nothing is held but the row at hand.
 */

const FLUSH_CHARACTERS = 64 * 1024;
const PROGRESS_BYTES = 4 * 1024 * 1024;
const PROGRESS_MS = 1_000;
/** Between looks at the clock. */
const PROGRESS_ROWS = 256;

function serve(query: Extract<ToSelectWorker, { type: 'query' }>['query']): void {
  const source = new Incoming();
  const sink = new Outgoing(source);
  let last: FromSelectWorker;
  try {
    const counts = 'statement' in query ? runQuery(query as SelectQuery, source, sink) : countRows(query, source, sink);
    sink.flush();
    last = { type: 'end', scanned: source.taken, memoryBytes: memory(), ...(counts && { counts }) };
  } catch (error) {
    if (!(error instanceof SelectFault)) throw error;
    // Rows before the fault are good.
    sink.flush();
    const { fault, message: reason } = error;
    last = { type: 'refused', details: { fault, reason }, memoryBytes: memory() };
  }
  send(last);
  source.drain();
}

function memory(): number {
  return process.memoryUsage.rss();
}

/** The object's bytes, up to the frame that says that there are no more. */
class Incoming implements ByteSource {
  taken = 0;
  #ended = false;

  read(): Uint8Array | undefined {
    if (this.#ended) return undefined;
    const frame = readFrame();
    if (frame?.message.type === 'bytes') {
      this.taken += frame.body.length;
      return frame.body;
    }
    // Without the frame that ends them the bytes are not complete, and whoever would read the answer is gone.
    if (frame?.message.type !== 'eof') process.exit(1);
    this.#ended = true;
    return undefined;
  }

  drain(): void {
    while (this.read());
  }
}

class Outgoing implements Sink {
  readonly #source: Incoming;
  #pending: string[] = [];
  #characters = 0;
  #rows = 0;
  #toldBytes = 0;
  #toldMs = performance.now();

  constructor(source: Incoming) {
    this.#source = source;
  }

  rows(text: string): void {
    this.#pending.push(text);
    this.#characters += text.length;
    if (this.#characters >= FLUSH_CHARACTERS) this.flush();
  }

  tick(): void {
    this.#rows += 1;
    const late = this.#rows % PROGRESS_ROWS === 0 && performance.now() - this.#toldMs > PROGRESS_MS;
    if (!late && this.#source.taken - this.#toldBytes < PROGRESS_BYTES) return;
    this.flush();
    send({ type: 'progress', scanned: this.#source.taken });
    this.#told();
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    send({ type: 'rows', scanned: this.#source.taken }, Buffer.from(this.#pending.join('')));
    this.#pending = [];
    this.#characters = 0;
    this.#told();
  }

  #told(): void {
    this.#toldBytes = this.#source.taken;
    this.#toldMs = performance.now();
  }
}

/** Undefined once the server has closed stdin. */
function readFrame(): { message: ToSelectWorker; body: Buffer } | undefined {
  const prefix = readExactly(PREFIX_BYTES);
  if (!prefix) return undefined;
  const header = readExactly(prefix.readUInt32LE(0));
  const body = readExactly(prefix.readUInt32LE(4));
  if (!header || !body) return undefined;
  // The server wrote it: the same version of the same code.
  return { message: JSON.parse(header.toString('utf8')) as ToSelectWorker, body };
}

function readExactly(length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    const read = readSync(0, bytes, at, length - at, null);
    if (read === 0) return undefined;
    at += read;
  }
  return bytes;
}

function send(message: FromSelectWorker, body: Uint8Array = new Uint8Array()): void {
  for (const bytes of [prefixed(message, body.length), body]) {
    for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
  }
}

for (let frame = readFrame(); frame; frame = readFrame()) {
  if (frame.message.type !== 'query') throw new TypeError('A query must come first');
  serve(frame.message.query);
}
