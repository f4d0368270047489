/**
 * Many connections that do nothing: others are served as before, and each costs little memory.
 * `MILLRACE_FAULT_CONNECTIONS` says how many (5000, or what one process may open here).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { oss, startServer, until } from '@millrace/testkit';

/** Node.js takes all that the hard limit allows. Some are needed for other things. */
const mayOpen = Number(
  /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity,
);
const connections = Number(process.env.MILLRACE_FAULT_CONNECTIONS ?? Math.min(5_000, mayOpen - 200));

/** Bytes of memory that one connection may hold: sockets, parsers, and what one has sent of a head or body. */
const BYTES_EACH = 64 * 1024;
/** What the server may grow by for other reasons meanwhile. */
const BYTES_SLACK = 64 * 1024 * 1024;

const residentBytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** What they stop at: before the first byte, in a head, in a body, and after a whole request. */
const beginnings = [
  '',
  'GET /idle/k HTTP/1.1\r\nHost: h\r\nX-Half: ',
  'POST /idle/ HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b\r\n',
  'GET /idle/none HTTP/1.1\r\nHost: h\r\n\r\n',
];

test(`${connections} idle connections leave others unaffected, in bounded memory`, { timeout: 240_000 }, async (t) => {
  const server = await startServer({ test: t });
  const body = Buffer.alloc(1024, 1);
  assert.equal((await oss(server, { method: 'PUT', path: '/idle/' })).status, 200);
  const roundTrip = async (): Promise<number> => {
    const began = performance.now();
    for (let round = 0; round < 50; round++) {
      assert.equal((await oss(server, { method: 'PUT', path: '/idle/k', body })).status, 200);
      assert.deepEqual((await oss(server, { method: 'GET', path: '/idle/k' })).body, body);
    }
    return performance.now() - began;
  };
  await roundTrip();
  const alone = Math.min(await roundTrip(), await roundTrip());
  const before = residentBytes(server.pid);

  const where = new URL(server.endpoint);
  const sockets: Socket[] = [];
  let open = 0;
  let lost = 0;
  for (let number = 0; number < connections; number++) {
    const socket = connect(Number(where.port), where.hostname, () => {
      open++;
      socket.write(beginnings[number % beginnings.length] ?? '');
    });
    socket.on('error', () => lost++);
    socket.resume();
    sockets.push(socket);
    // The backlog of the listener is bounded.
    if (number % 200 === 199) await until('the connections to be open', 30_000, () => open + lost === number + 1);
  }
  await until('all connections to be open', 30_000, () => open + lost === connections);
  assert.equal(lost, 0);

  const crowded = Math.min(await roundTrip(), await roundTrip());
  const grown = residentBytes(server.pid) - before;
  t.diagnostic(
    `100 requests took ${Math.round(alone)} ms alone and ${Math.round(crowded)} ms among ${connections} idle`,
  );
  t.diagnostic(
    `${Math.round(grown / 1024 / 1024)} MiB more, ${Math.round(grown / connections / 1024)} KiB a connection`,
  );
  // Far above any noise: what is looked for is work that grows with their number.
  assert.ok(crowded < 3 * alone + 1_000, `${alone} ms alone, ${crowded} ms among idle connections`);
  assert.ok(grown < BYTES_SLACK + connections * BYTES_EACH, `${grown} bytes more`);
  for (const socket of sockets) socket.destroy();
  await roundTrip();
});
