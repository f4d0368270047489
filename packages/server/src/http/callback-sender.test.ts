import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls';
import { selfSignedCertificate } from '../stores/files/self-signed-certificate.ts';
import { HttpCallbackSender } from './callback-sender.ts';

describe('a callback over HTTPS', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate = selfSignedCertificate({ privateKey, publicKey, commonName: 'localhost', nowMs: Date.now() });
  const seen: { servername: unknown; authorization: string; body: string }[] = [];
  const receiver = createServer({ key, cert: certificate }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { servername } = request.socket as TLSSocket & { servername?: unknown };
    const body = Buffer.concat(chunks).toString();
    seen.push({ servername, authorization: request.headers.authorization ?? '', body });
    response.writeHead(200, { 'Content-Length': 11 }).end('{"ok":true}');
  });
  const trusted = getCACertificates('default');
  const sender = new HttpCallbackSender({
    privateKey: async () => key,
    publicKeyUrl: () => 'http://127.0.0.1/key.pem',
    mayReach: () => true,
  });
  const send = (host: string, sni: boolean) => {
    const { port } = receiver.address() as AddressInfo;
    const url = `https://${host}:${port}/told?a=b`;
    const callback = { url, host: undefined, sni, contentType: 'application/json', body: '{"a":1}' };
    return sender.send(callback, AbortSignal.timeout(5_000));
  };

  before(() => new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve)));
  after(() => {
    setDefaultCACertificates(trusted);
    receiver.close();
  });

  it('goes to nobody whose certificate is not trusted', async () => {
    setDefaultCACertificates(trusted);
    await assert.rejects(send('localhost', true), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    assert.deepEqual(seen, []);
  });

  it('is delivered signed, with the name of its receiver', async () => {
    setDefaultCACertificates([...trusted, certificate]);
    const { status, body } = await send('localhost', true);
    assert.equal(status, 200);
    assert.equal(Buffer.from(body ?? []).toString(), '{"ok":true}');
    const [told] = seen;
    assert.equal(told?.servername, 'localhost');
    assert.equal(told?.body, '{"a":1}');
    const signed = Buffer.from(`/told?a=b\n${told?.body}`);
    const signature = Buffer.from(told?.authorization ?? '', 'base64');
    assert.ok(verify('RSA-MD5', signed, createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), signature));
  });

  it('does not name its receiver where it shall not', async () => {
    setDefaultCACertificates([...trusted, certificate]);
    assert.equal((await send('localhost', false)).status, 200);
    assert.equal(seen.at(-1)?.servername, false);
  });
});
