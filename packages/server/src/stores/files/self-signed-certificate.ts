import { createHash, type KeyObject, sign } from 'node:crypto';

/** DER, as far as one kind of certificate needs it (X.690, RFC 5280). */
const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, null: 0x05, oid: 0x06, utf8: 0x0c, utcTime: 0x17, time: 0x18 };
const SEQUENCE = 0x30;
const SET = 0x31;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const OID = {
  sha256WithRsa: '2a864886f70d01010b',
  commonName: '550403',
  basicConstraints: '551d13',
};

/** Nobody renews it: receivers verify signatures with its key and nothing else. */
const YEARS = 20;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const digits = length.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'));

/** Two-digit years up to 2049, as RFC 5280 wants it. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? der(TAG.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : der(TAG.time, Buffer.from(digits, 'latin1'));
}

/** A certificate by which an RSA key vouches for itself, as PEM. */
export function selfSignedCertificate(options: {
  privateKey: KeyObject;
  publicKey: KeyObject;
  commonName: string;
  nowMs: number;
}): string {
  const { privateKey, publicKey, commonName, nowMs } = options;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der(SEQUENCE, oid(OID.sha256WithRsa), der(TAG.null));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID.commonName), der(TAG.utf8, Buffer.from(commonName)))));
  // A day back, for receivers whose clocks are behind.
  const validity = der(SEQUENCE, time(nowMs - 86_400_000), time(nowMs + YEARS * 365.25 * 86_400_000));
  const serial = createHash('sha256').update(spki).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const authority = der(SEQUENCE, oid(OID.basicConstraints), der(TAG.octets, der(SEQUENCE)));
  const certified = der(
    SEQUENCE,
    der(VERSION, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, serial),
    algorithm,
    name,
    validity,
    name,
    spki,
    der(EXTENSIONS, der(SEQUENCE, authority)),
  );
  const signature = der(TAG.bits, Buffer.from([0]), sign('RSA-SHA256', certified, privateKey));
  const base64 = der(SEQUENCE, certified, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
