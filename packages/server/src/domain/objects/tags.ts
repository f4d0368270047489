import { DomainError } from '../errors.ts';
import type { ObjectTraits } from '../ports/object-records.ts';

/** Vendor limits. */
const MAX_TAGS = 10;
const MAX_KEY_BYTES = 128;
const MAX_VALUE_BYTES = 256;

/** Letters and digits of any script, as the vendor takes them, though its page speaks of a-z and 0-9 only. */
const TEXT = /^[\p{L}\p{M}\p{N} +\-=._:/]*$/u;

/** Whether it is made of what keys and values of tags are made of. */
export const isTagText = (text: string): boolean => TEXT.test(text);

/** Checks the tags of an object as they were listed, and gives them by key. Throws `TagInvalid` or `TooManyTags`. */
export function checkTags(listed: readonly { key: string; value: string }[]): Record<string, string> {
  if (listed.length > MAX_TAGS) throw new DomainError('TooManyTags', { limit: MAX_TAGS });
  const tags: Record<string, string> = {};
  for (const { key, value } of listed) {
    const refuse = (reason: string): never => {
      throw new DomainError('TagInvalid', { key, value, reason });
    };
    if (key === '') refuse('The key of a tag must not be empty.');
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) refuse(`The key of a tag must not exceed ${MAX_KEY_BYTES} bytes.`);
    if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
      refuse(`The value of a tag must not exceed ${MAX_VALUE_BYTES} bytes.`);
    }
    if (!isTagText(key) || !isTagText(value)) refuse('A tag is made of letters, digits, spaces and + - = . _ : /');
    if (Object.hasOwn(tags, key)) refuse('The key of a tag must not be repeated.');
    // A plain assignment would lose the key `__proto__`.
    Object.defineProperty(tags, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return tags;
}

/** Tags as an object has them: none at all, rather than none of them. */
export const tagTrait = (tags: Record<string, string> | undefined): Pick<ObjectTraits, 'tags'> =>
  tags && Object.keys(tags).length > 0 ? { tags } : {};
