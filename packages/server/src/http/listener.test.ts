import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { pino } from 'pino';
import { Identities } from '../domain/identities.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { Exchange, FrontEnd } from './exchange.ts';
import { Listener } from './listener.ts';

const log = pino({ enabled: false });

/** Time that moves only when told to. */
class ManualClock implements Clock {
  #pending = new Set<() => void>();
  now(): number {
    return 0;
  }
  schedule(_delayMs: number, callback: () => void): () => void {
    this.#pending.add(callback);
    return () => this.#pending.delete(callback);
  }
  get waiting(): number {
    return this.#pending.size;
  }
  expireAll(): void {
    for (const callback of this.#pending) callback();
  }
}

/** Keeps every exchange open until the test answers it. */
class Holding implements FrontEnd {
  #arrival = Promise.withResolvers<Exchange>();
  handle(exchange: Exchange): Promise<void> {
    this.#arrival.resolve(exchange);
    return Promise.resolve();
  }
  next(): Promise<Exchange> {
    return this.#arrival.promise;
  }
}

async function open(frontEnd: FrontEnd) {
  const clock = new ManualClock();
  const outcomes: { operation: string; status: number }[] = [];
  const listener = await Listener.open({
    host: '127.0.0.1',
    port: 0,
    frontEnds: { oss: frontEnd, mns: frontEnd, rpc: frontEnd },
    identities: new Identities(clock, { bytes: (count) => new Uint8Array(count) }),
    clock,
    log,
    observer: { began() {}, ended: ({ operation, status }) => outcomes.push({ operation, status }) },
  });
  return { listener, clock, outcomes };
}

function get(port: number): { socket: ReturnType<typeof connect>; answer: Promise<string> } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let received = '';
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => {});
  socket.on('close', () => resolve(received));
  return { socket, answer: promise };
}

test('closing waits for the request under way, and ends its connection', async () => {
  const front = new Holding();
  const { listener, clock, outcomes } = await open(front);
  const { answer } = get(listener.port);
  const exchange = await front.next();
  exchange.operation = 'Slow';
  const closed = listener.close(1_000);
  assert.equal(clock.waiting, 1);
  exchange.response.end('finished');
  await closed;
  assert.match(await answer, /Connection: close.*finished/is);
  assert.equal(exchange.signal.aborted, false);
  assert.deepEqual(outcomes, [{ operation: 'Slow', status: 200 }]);
});

test('past the drain time, what is still under way is aborted', async () => {
  const front = new Holding();
  const { listener, clock } = await open(front);
  const { answer } = get(listener.port);
  const exchange = await front.next();
  const closed = listener.close(1_000);
  clock.expireAll();
  await closed;
  assert.equal(exchange.signal.aborted, true);
  assert.equal(await answer, '');
});

test('an idle connection does not hold up closing', async () => {
  const { listener } = await open({
    async handle({ response }) {
      response.end('x');
    },
  });
  const { socket, answer } = get(listener.port);
  await new Promise((resolve) => socket.once('data', resolve));
  await listener.close(1_000);
  assert.match(await answer, /200 OK/);
});

test('a client that goes away aborts the exchange', async () => {
  const front = new Holding();
  const { listener } = await open(front);
  const { socket } = get(listener.port);
  const { signal } = await front.next();
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  socket.destroy();
  await aborted;
  await listener.close(0);
});

test('requests that do not wait for answers are worked on one after the other', async () => {
  const arrived: string[] = [];
  const first = Promise.withResolvers<Exchange>();
  const { listener } = await open({
    async handle(exchange) {
      const { request, response } = exchange;
      arrived.push(request.url ?? '');
      if (arrived.length === 1) first.resolve(exchange);
      else response.end(request.url);
    },
  });
  const last = 'GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
  const socket = connect(listener.port, '127.0.0.1', () => {
    socket.write(`GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n${last}`);
  });
  let heard = '';
  socket.on('data', (piece) => {
    heard += piece.toString();
  });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  const { response } = await first.promise;
  // Another connection's request comes and goes, and those behind the first are still untouched.
  assert.equal(await (await fetch(`http://127.0.0.1:${listener.port}/other`)).text(), '/other');
  assert.deepEqual(arrived, ['/1', '/other']);
  response.end('/1');
  await ended;
  assert.deepEqual(arrived, ['/1', '/other', '/2', '/3']);
  assert.deepEqual(heard.match(/^\/\d/gm), ['/1', '/2', '/3']);
  await listener.close(0);
});

test('a client that goes away takes its waiting requests with it', async () => {
  const front = new Holding();
  const { listener, outcomes } = await open(front);
  const socket = connect(listener.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(3)));
  socket.on('error', () => {});
  const { signal } = await front.next();
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
  socket.destroy();
  await aborted;
  await listener.close(1_000);
  assert.equal(outcomes.length, 3);
});

test('garbage behind waiting requests gets no answer in front of theirs', async () => {
  const front = new Holding();
  const { listener, outcomes } = await open(front);
  const requests = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(2);
  const socket = connect(listener.port, '127.0.0.1', () => socket.write(`${requests}GARBAGE\r\n\r\n`));
  let heard = '';
  const ended = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    heard += piece.toString();
  });
  await ended;
  await listener.close(0);
  assert.equal(heard, '');
  assert.equal(outcomes.length, 2);
});

test('a front end that throws is a 500, and the listener goes on', async () => {
  const { listener, outcomes } = await open({ handle: () => Promise.reject(new Error('defect')) });
  for (const _ of [1, 2]) assert.equal((await fetch(`http://127.0.0.1:${listener.port}/`)).status, 500);
  await listener.close(0);
  assert.equal(outcomes.length, 2);
});

test('a port that is taken is an error that says so', async () => {
  const front = new Holding();
  const { listener } = await open(front);
  const again = Listener.open({
    host: '127.0.0.1',
    port: listener.port,
    frontEnds: { oss: front, mns: front, rpc: front },
    identities: new Identities(new ManualClock(), { bytes: (count) => new Uint8Array(count) }),
    clock: new ManualClock(),
    log,
  });
  await assert.rejects(again, /EADDRINUSE/);
  await listener.close(0);
});
