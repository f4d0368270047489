/**
 * Sends prepared requests over keep-alive sockets and reads answers just far enough to count them. It runs in a process
 * of its own, so that it takes nothing from the server under measure but the machine's other core.
 */
import { connect } from 'node:net';
import { type AnswerHead, readHead } from './answer-head.ts';
import type { LoadOrder, LoadReport } from './load.ts';

/** Answers are read into the same bytes again and again: what takes memory for each piece is slower than many a server. */
const READ_BYTES = 256 * 1024;

async function run(order: LoadOrder): Promise<LoadReport> {
  const { host, port, connections, milliseconds, repeat, requests, body, mustCarry } = order;
  let next = 0;
  let answers = 0;
  let bodyBytes = 0;
  const latencies: number[] = [];
  const started = performance.now();
  const ends = started + milliseconds;

  const take = (): Uint8Array | undefined => {
    if (performance.now() > ends) return undefined;
    if (repeat && next === requests.length) next = 0;
    return requests[next++];
  };

  async function converse(): Promise<void> {
    const conversation = Promise.withResolvers<void>();
    const { resolve, reject } = conversation;
    let sentAt = 0;
    let start = Buffer.of();
    let received = 0;
    let head: AnswerHead | undefined;
    const sendNext = (): void => {
      const request = take();
      if (request === undefined) {
        resolve();
        return;
      }
      sentAt = performance.now();
      socket.write(request);
      if (body) socket.write(body);
    };
    const receive = (piece: Buffer): void => {
      received += piece.length;
      if (head === undefined) {
        const seen = start.length === 0 ? piece : Buffer.concat([start, piece]);
        head = readHead(seen);
        if (head === undefined) {
          start = Buffer.from(seen);
          return;
        }
        if (head.status > 299 || (mustCarry !== undefined && !head.text.includes(mustCarry))) {
          throw new Error(`an unexpected answer: ${seen.toString('utf8').slice(0, 1500)}`);
        }
      }
      if (received < head.bodyAt + head.bodyLength) return;
      latencies.push(performance.now() - sentAt);
      if (answers === 0) bodyBytes = head.bodyLength;
      answers += 1;
      start = Buffer.of();
      received = 0;
      head = undefined;
      sendNext();
    };
    const buffer = Buffer.alloc(READ_BYTES);
    const callback = (count: number): boolean => {
      try {
        receive(buffer.subarray(0, count));
      } catch (error) {
        reject(error);
      }
      return true;
    };
    const socket = connect({ host, port, noDelay: true, onread: { buffer, callback } });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('connect', sendNext);
    try {
      await conversation.promise;
    } finally {
      socket.destroy();
    }
  }

  await Promise.all(Array.from({ length: connections }, converse));
  const elapsed = performance.now() - started;
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { answers, perSecond: (answers * 1000) / elapsed, p50: at(0.5), p99: at(0.99), bodyBytes };
}

process.once('message', async (order: LoadOrder) => {
  let report: LoadReport | { error: string };
  try {
    report = await run(order);
  } catch (error) {
    report = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(report, () => process.exit(0));
});
