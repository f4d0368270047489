import { createHash, createHmac } from 'node:crypto';

/** Where requests go and with whose keys they are signed. */
export interface Target {
  endpoint: string;
  region: string;
  accessKeyId: string;
  accessKeySecret: string;
}

/** The signing key depends on the day, region and secret only; clients keep it, and so does this. */
const signingKeys = new Map<string, Buffer>();

const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

function signingKey(target: Target, day: string): Buffer {
  const name = `${target.accessKeySecret} ${day} ${target.region}`;
  const known = signingKeys.get(name);
  if (known) return known;
  const steps = [day, target.region, 'oss', 'aliyun_v4_request'];
  const key = steps.reduce<Buffer>(sign, Buffer.from(`aliyun_v4${target.accessKeySecret}`));
  signingKeys.set(name, key);
  return key;
}

/** Header lines of a V4-signed OSS request, path style. `path` and `query` are percent-encoded already. */
export function signedHead(target: Target, method: string, path: string, query: string, length: number): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${target.region}/oss/aliyun_v4_request`;
  const headers = `x-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:${time}\n`;
  const canonical = [method, path, query, headers, '', 'UNSIGNED-PAYLOAD'].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const signature = sign(signingKey(target, day), `OSS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`).toString('hex');
  const lines = [
    `${method} ${path}${query === '' ? '' : `?${query}`} HTTP/1.1`,
    `Host: ${new URL(target.endpoint).host}`,
    'x-oss-content-sha256: UNSIGNED-PAYLOAD',
    `x-oss-date: ${time}`,
    `Authorization: OSS4-HMAC-SHA256 Credential=${target.accessKeyId}/${scope},Signature=${signature}`,
  ];
  if (method === 'PUT' || method === 'POST') lines.push(`Content-Length: ${length}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A whole request as it goes over the wire. */
export function signedRequest(target: Target, method: string, path: string, query = '', body?: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(signedHead(target, method, path, query, body?.length ?? 0)), body ?? Buffer.of()]);
}
