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

function send(length: number) {
  const { port } = server.address() as AddressInfo;
  const client = request({ port, host: '127.0.0.1', method: 'PUT', headers: { 'content-length': length } });
  client.on('error', () => {});
  client.flushHeaders();
  return client;
}

// Short bodies are handed on as they come, long ones in chunks.
for (const length of [1_000_000, 10_000_000]) {
  test(`a client that sends nothing of ${length} bytes, or hardly anything, is given up`, async () => {
    for (const bytes of [0, 10]) {
      ended = Promise.withResolvers();
      read = async (exchange) => {
        for await (const _ of bodyStream(exchange));
      };
      const client = send(length);
      if (bytes > 0) client.write(Buffer.alloc(bytes));
      const error = await ended.promise;
      assert.ok(isDomainError(error, 'BodyTooSlow'), String(error));
      client.destroy();
    }
  });

  test(`a slow client that keeps moving is not, of ${length} bytes`, async () => {
    read = async (exchange) => {
      for await (const _ of bodyStream(exchange));
    };
    const client = send(length);
    // Twelve pieces take six times as long as the rate is looked at for.
    for (let sent = 0; sent < 12; sent += 1) {
      client.write(Buffer.alloc(500));
      await sleep(100);
    }
    client.destroy();
    const error = await ended.promise;
    assert.ok(isDomainError(error, 'BodyIncomplete'), String(error));
    assert.equal(error.details.received, 6_000);
  });

  test(`nor is one that waits for us, of ${length} bytes`, async () => {
    read = async (exchange) => {
      const body = bodyStream(exchange);
      await body.next();
      // Far longer than the time that is looked at: the client has nothing to do with it.
      await sleep(4 * floor.windowMs);
      await body.next();
    };
    const client = send(length);
    client.write(Buffer.alloc(length < 2_500_000 ? 200_000 : 2_500_000));
    assert.equal(await ended.promise, undefined);
    client.destroy();
  });
}
