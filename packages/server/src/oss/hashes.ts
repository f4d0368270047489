import { hash } from 'node:crypto';
import type { Hashes } from '@millrace/protocol/oss';
import { hmac, hmacSha256Hex } from '../http/hmac.ts';

export const hashes: Hashes = {
  hmacSha1Base64: (key, text) => hmac('sha1', key).update(text).digest('base64'),
  hmacSha256: (key, text) => hmac('sha256', key).update(text).digest(),
  hmacSha256Hex,
  sha256Hex: (text) => hash('sha256', text, 'hex'),
};
