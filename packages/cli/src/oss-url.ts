import { UsageError } from './verb.ts';

export interface OssUrl {
  bucket: string;
  key: string;
}

export const isOssUrl = (text: string): boolean => text.startsWith('oss://');

/** `oss://bucket/key`; the key is as it is, nothing in it is encoded. */
export function parseOssUrl(text: string): OssUrl {
  const [, bucket, key = ''] = /^oss:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? [];
  if (!bucket) throw new UsageError(`${text} must be oss://BUCKET or oss://BUCKET/KEY.`);
  return { bucket, key };
}

export function parseObjectUrl(text: string): OssUrl {
  const url = parseOssUrl(text);
  if (url.key === '') throw new UsageError(`${text} must name an object: oss://BUCKET/KEY.`);
  return url;
}

/** A key as a terminal may show it: control characters would move its cursor, and some marks turn the order of what follows. */
export const shown = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
