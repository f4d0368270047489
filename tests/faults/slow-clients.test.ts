/** Clients that stop in the middle, or go slowly: those are cut off, these served, and others notice neither. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { oss, type RunningServer, startServer, until } from '@millrace/testkit';
import { accepted } from './actor.ts';
import { bytesOf } from './random.ts';

const LARGE = bytesOf(1, 24 * 1024 * 1024);
const MiB = 1024 * 1024;

let server: RunningServer;
before(async () => {
  server = await startServer({ env: { MILLRACE_BODY_WINDOW: '1', MILLRACE_SEND_STALL: '1' } });
  const acl = { 'x-oss-acl': 'public-read-write' };
  accepted(await oss(server, { method: 'PUT', path: '/slow/', headers: acl }), 200);
  accepted(await oss(server, { method: 'PUT', path: '/slow/large', body: LARGE }), 200);
});
after(() => server.stop());

/** A connection that has sent `text`, and reads only when it is told to. */
async function sent(text: string): Promise<Socket> {
  const { hostname, port } = new URL(server.endpoint);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.pause();
  socket.write(text);
  return socket;
}

/** What comes until the server ends the connection, or an error has been told. */
async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes('</Error>')) break;
  }
  return text;
}

async function inFlight(): Promise<number> {
  const text = await (await fetch(`${server.console}/metrics`)).text();
  return Number(/millrace_requests_in_flight\{protocol="oss"\} (\d+)/.exec(text)?.[1] ?? 0);
}

const residentBytes = (): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024;

async function roundTrips(): Promise<number> {
  const began = performance.now();
  for (let round = 0; round < 50; round++) {
    const body = bytesOf(round, 2_000);
    accepted(await oss(server, { method: 'PUT', path: '/slow/other', body }), 200);
    assert.deepEqual((await oss(server, { method: 'GET', path: '/slow/other' })).body, body);
  }
  return performance.now() - began;
}

test('clients that take nothing of their answers are cut off, and others served meanwhile', async () => {
  await roundTrips();
  const alone = await roundTrips();
  const before = residentBytes();
  // Wherever what the system takes for them ends: in the middle of an object, or in its last chunk.
  const sockets = await Promise.all(
    Array.from({ length: 40 }, (_, number) => {
      const range = `bytes=0-${Math.floor(((number + 1) / 40) * LARGE.length) - 1}`;
      return sent(`GET /slow/large HTTP/1.1\r\nHost: localhost\r\nRange: ${range}\r\n\r\n`);
    }),
  );
  await until('the requests to be answered', 10_000, async () => (await inFlight()) > 0);
  const crowded = await roundTrips();
  const grown = residentBytes() - before;
  await until('all of them to be let go', 20_000, async () => (await inFlight()) === 0);
  for (const socket of sockets) socket.destroy();
  assert.ok(crowded < 3 * alone + 1_000, `${alone} ms alone, ${crowded} ms among them`);
  // The memory that threads share, and of each range: a piece on its way, two that its verification holds, a copy of its end.
  assert.ok(grown < 64 * MiB + sockets.length * 4 * MiB, `${grown} bytes more`);
});

test('a client that reads slowly gets all of it', async () => {
  const socket = await sent('GET /slow/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    await pause(8);
  }
  const bytes = Buffer.concat(chunks);
  assert.ok(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).equals(LARGE));
});

test('a client that stops sending is told, and leaves nothing behind', async () => {
  const head = 'PUT /slow/half HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n';
  const begun = await Promise.all([0, 100, 100_000].map((bytes) => sent(head + 'x'.repeat(bytes))));
  for (const answer of await Promise.all(begun.map(textOf))) {
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*<Code>RequestTimeout</);
  }
  assert.equal((await oss(server, { method: 'GET', path: '/slow/half' })).status, 404);
});

test('a client that sends slowly is heard to its end', async () => {
  const socket = await sent('PUT /slow/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40000\r\n\r\n');
  for (let piece = 0; piece < 40; piece++) {
    socket.write('x'.repeat(1_000));
    await pause(75);
  }
  const text = textOf(socket);
  socket.end();
  assert.match(await text, /^HTTP\/1\.1 200 /);
  assert.equal((await oss(server, { method: 'GET', path: '/slow/slow' })).body.toString(), 'x'.repeat(40_000));
});

test('the system asks whether the other end of a silent connection is still there', async () => {
  const socket = await sent('');
  const port = Number(new URL(server.endpoint).port).toString(16).toUpperCase().padStart(4, '0');
  // Of each connection that stands (01), which timer runs: 02 is the one of keep-alive.
  const timers = () =>
    [...readFileSync('/proc/net/tcp', 'utf8').matchAll(/^ *\d+: [0-9A-F]+:([0-9A-F]{4}) \S+ 01 \S+ (\d\d):/gm)]
      .filter(([, local]) => local === port)
      .map(([, , timer]) => timer);
  await until(
    'the connection to be watched',
    10_000,
    () => timers().length > 0 && timers().every((timer) => timer === '02'),
  );
  socket.destroy();
});
