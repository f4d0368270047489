import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { after, test } from 'node:test';
import { reachable } from './networks.ts';
import { HttpPushSender } from './push-sender.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const senderTo = (mayReach: (address: string) => boolean): HttpPushSender =>
  new HttpPushSender({
    privateKey: async () => privateKey,
    certificateUrl: () => 'http://127.0.0.1/certificate',
    mayReach,
  });
const outside = senderTo(reachable({ networks: [], hosts: ['0.0.0.0'] }));
const local = senderTo(reachable({ networks: [], hosts: ['127.0.0.1'] }));

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

/** Says where it listens. */
async function receiver(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

const send = (sender: HttpPushSender, url: string, signal = AbortSignal.timeout(10_000)) =>
  sender.send(
    { url: new URL(url), contentType: 'text/plain', headers: { 'x-mns-version': '2015-06-06' }, body: 'a' },
    signal,
  );

test('however a private address is written, it is the address that is refused', async () => {
  for (const url of [
    ...['http://127.0.0.1/', 'http://127.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0177.0.0.1/'],
    ...['http://0x7f.0.0.1/', 'http://017700000001/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/'],
    ...['http://[::ffff:7f00:1]/', 'http://[0:0:0:0:0:ffff:7f00:0001]/', 'http://127.0.0.1./', 'http://0/'],
    ...['http://10.0.0.1/', 'http://167772161/', 'http://0xa.1/', 'http://012.0.0.1/', 'http://[::ffff:a00:1]/'],
    ...['http://１２７.０.０.１/', 'http://169.254.169.254/', 'http://2852039166/', 'http://[fe80::1]/'],
    ...['http://[fd00:ec2::254]/', 'http://[64:ff9b::7f00:1]/', 'http://[2002:7f00:1::]/', 'http://100.100.100.200/'],
  ]) {
    assert.match(outside.fault(new URL(url)) ?? '', /not allowed/, url);
    // Nor when it was allowed once, and the setting has changed since.
    await assert.rejects(send(outside, url), /not allowed/, url);
  }
  assert.equal(outside.fault(new URL('http://203.0.113.9/')), undefined);
  assert.equal(local.fault(new URL('http://127.0.0.1/')), undefined);
});

test('a port that nothing can listen on is refused', () => {
  assert.match(outside.fault(new URL('http://example.com:0/')) ?? '', /not 0/);
  assert.equal(outside.fault(new URL('http://example.com:80/')), undefined);
});

test('user names and passwords are refused, also where they look like a host', () => {
  for (const url of ['http://u:p@203.0.113.9/', 'http://203.0.113.9@10.0.0.1/', 'http://u@example.com/']) {
    assert.match(outside.fault(new URL(url)) ?? '', /user name|not allowed/, url);
  }
});

test('a name is judged by the address that is connected to, each time', async () => {
  let reached = 0;
  const port = await receiver((_, response) => {
    reached += 1;
    response.writeHead(204).end();
  });
  // What a name led to when it was subscribed does not count: it may lead elsewhere by now.
  const allowed = new Set(['127.0.0.1', '::1']);
  const rebound = senderTo((address) => allowed.has(address));
  assert.deepEqual(await send(rebound, `http://localhost:${port}/`), { status: 204 });
  allowed.clear();
  await assert.rejects(send(rebound, `http://localhost:${port}/`), /not allowed/);
  assert.equal(reached, 1);
});

test('a redirection is an answer and is not followed', async () => {
  let reached = 0;
  const elsewhere = await receiver((_, response) => {
    reached += 1;
    response.writeHead(204).end();
  });
  for (const status of [301, 302, 307, 308]) {
    const port = await receiver((_, response) => {
      response.writeHead(status, { Location: `http://127.0.0.1:${elsewhere}/` }).end();
    });
    assert.deepEqual(await send(local, `http://127.0.0.1:${port}/`), { status });
  }
  assert.equal(reached, 0);
});

test('a receiver that hangs, or drips its head, is cut when the time is up; one that drips its body has answered', async () => {
  const hanging = await receiver(() => {});
  const dripping = await receiver((request) => {
    request.socket.write('HTTP/1.1 200 OK\r\n');
    const drip = setInterval(() => request.socket.write('x-a: b\r\n'), 5);
    request.socket.once('close', () => clearInterval(drip));
  });
  for (const port of [hanging, dripping]) {
    const cut = new AbortController();
    const sent = send(local, `http://127.0.0.1:${port}/`, cut.signal);
    setTimeout(() => cut.abort(), 50);
    await assert.rejects(sent, { name: 'AbortError' });
  }
  const endless = await receiver((_, response) => {
    const drip = setInterval(() => response.write('x'), 5);
    response.once('close', () => clearInterval(drip));
    response.writeHead(200);
    response.flushHeaders();
  });
  assert.deepEqual(await send(local, `http://127.0.0.1:${endless}/`), { status: 200 });
});
