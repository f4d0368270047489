import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDomainError } from '../domain/errors.ts';
import { bodyStream } from './body.ts';
import type { Exchange, Patience } from './exchange.ts';

/** Ten times as fast as nothing, and looked at often enough for a test. */
const floor = { bytesPerSecond: 1_000, windowMs: 200 };
const patience: Patience = { bodyFloor: floor, sendStallMs: 1_000 };

let read: (exchange: Exchange) => Promise<void>;
let ended: PromiseWithResolvers<unknown>;
const server = createServer((incoming: IncomingMessage, response: ServerResponse) => {
  const exchange = { request: incoming, response, patience, continueBody() {} } as unknown as Exchange;
  read(exchange).then(ended.resolve, ended.resolve);
});

beforeEach(async () => {
  ended = Promise.withResolvers();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

function send() {
  const { port } = server.address() as AddressInfo;
  const client = request({ port, host: '127.0.0.1', method: 'PUT', headers: { 'content-length': 1_000_000 } });
  client.on('error', () => {});
  client.flushHeaders();
  return client;
}

test('a client that sends nothing, or hardly anything, is given up', async () => {
  for (const bytes of [0, 10]) {
    ended = Promise.withResolvers();
    read = async (exchange) => {
      for await (const _ of bodyStream(exchange));
    };
    const client = send();
    if (bytes > 0) client.write(Buffer.alloc(bytes));
    const error = await ended.promise;
    assert.ok(isDomainError(error, 'BodyTooSlow'), String(error));
    client.destroy();
  }
});

test('a slow client that keeps moving is not', async () => {
  let received = 0;
  read = async (exchange) => {
    for await (const chunk of bodyStream(exchange)) {
      received += chunk.byteLength;
      if (received >= 6_000) return;
    }
  };
  const client = send();
  while (received < 6_000) {
    client.write(Buffer.alloc(500));
    await sleep(100);
  }
  assert.equal(await ended.promise, undefined);
  client.destroy();
});

test('nor is one that waits for us', async () => {
  read = async (exchange) => {
    const body = bodyStream(exchange);
    await body.next();
    // Far longer than the time that is looked at: the client has nothing to do with it.
    await sleep(4 * floor.windowMs);
    await body.next();
  };
  const client = send();
  client.write(Buffer.alloc(200_000));
  assert.equal(await ended.promise, undefined);
  client.destroy();
});
