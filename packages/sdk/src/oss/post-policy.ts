import { formatTimestampV4 } from '@millrace/protocol/oss';
import type { Credentials } from '../core/credentials.ts';
import { toBase64 } from '../core/hashes.ts';
import type { Platform } from '../core/transport.ts';
import { type Signing, signPolicyV4 } from './sign.ts';

/** What a form may contain: an exact field, or a rule over one. */
export type PolicyCondition =
  | Readonly<Record<string, string>>
  | readonly ['eq' | 'starts-with', `$${string}`, string]
  | readonly ['in' | 'not-in', `$${string}`, readonly string[]]
  | readonly ['content-length-range', number, number];

/** What a form may upload, and until when. */
export interface PostPolicyRequest {
  bucket: string;
  /** Seconds from now; an hour by default. */
  expires?: number;
  /** Besides the bucket, which is always among them. */
  conditions?: readonly PolicyCondition[];
}

/** A signed form for a browser: post `fields` and then `file` to `url` as `multipart/form-data`. */
export interface PostForm {
  /** Where to post. */
  url: string;
  /** Fields to send before `file`; add `key` and whatever the conditions let through. */
  fields: Record<string, string>;
  expiresAt: number;
}

export function postForm(
  request: PostPolicyRequest,
  url: string,
  credentials: Credentials,
  signing: Signing,
  hashes: Platform['hashes'],
  now: number,
): PostForm {
  const expiresAt = now + (request.expires ?? 3600) * 1000;
  const conditions: PolicyCondition[] = [{ bucket: request.bucket }, ...(request.conditions ?? [])];
  const fields: Record<string, string> = {};
  if (credentials.securityToken) {
    fields['x-oss-security-token'] = credentials.securityToken;
    conditions.push({ 'x-oss-security-token': credentials.securityToken });
  }
  const write = (): string =>
    toBase64(new TextEncoder().encode(JSON.stringify({ expiration: new Date(expiresAt).toISOString(), conditions })));
  if (signing.version === 'v1') {
    const policy = write();
    const signature = hashes.hmacSha1Base64(credentials.accessKeySecret, policy);
    return {
      url,
      expiresAt,
      fields: { ...fields, OSSAccessKeyId: credentials.accessKeyId, policy, Signature: signature },
    };
  }
  const timestamp = formatTimestampV4(now);
  const { credential } = signPolicyV4('', credentials, signing, hashes, timestamp);
  const signed = {
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
    'x-oss-credential': credential,
    'x-oss-date': timestamp,
  };
  for (const [name, value] of Object.entries(signed)) conditions.push({ [name]: value });
  const policy = write();
  const { signature } = signPolicyV4(policy, credentials, signing, hashes, timestamp);
  return { url, expiresAt, fields: { ...fields, ...signed, policy, 'x-oss-signature': signature } };
}
