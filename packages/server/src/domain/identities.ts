import { createHash } from 'node:crypto';
import type { BlobId } from './ports/blob-store.ts';
import type { Clock } from './ports/clock.ts';
import type { Random } from './ports/random.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Seconds are counted from here in the KSUIDs inside event ids (see the reference on asynchronous processing). */
const EVENT_EPOCH_SECONDS = 1_500_000_000;

/** Of the vendor's version ids, and so of ours. */
export const VERSION_PREFIX = 'CAEQ';

/** Request ids that are made ready at a time. */
const IDS_AT_ONCE = 64;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Makes every identifier the server gives out, from the injected clock and randomness. */
export class Identities {
  #clock: Clock;
  #random: Random;
  /** Made ready: every request takes one. */
  #requestIds: string[] = [];
  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** 24 upper-case hex digits: OSS and MNS request ids. */
  request(): string {
    if (this.#requestIds.length === 0) {
      const digits = hex(this.#random.bytes(12 * IDS_AT_ONCE)).toUpperCase();
      for (let at = 0; at < digits.length; at += 24) this.#requestIds.push(digits.slice(at, at + 24));
    }
    return this.#requestIds.pop() ?? '';
  }

  /** 32 upper-case hex digits: ids of uploads, messages and retentions. */
  upload(): string {
    return hex(this.#random.bytes(16)).toUpperCase();
  }
  message(): string {
    return hex(this.#random.bytes(16)).toUpperCase();
  }
  retention(): string {
    return hex(this.#random.bytes(16)).toUpperCase();
  }

  /** Begins as the vendor's do; 18 random bytes in characters that a URL leaves as they are. */
  version(): string {
    return `${VERSION_PREFIX}${Buffer.from(this.#random.bytes(18)).toString('base64url')}`;
  }

  /** Begins as the root key's does. */
  accessKey(): { id: string; secret: string } {
    return { id: `MR${this.#letters(20)}`, secret: this.#letters(30) };
  }

  /** A key pair that goes with a token. */
  temporaryKey(prefix: string): { id: string; secret: string } {
    return { id: `${prefix}${this.#letters(24)}`, secret: this.#letters(44) };
  }

  /** 18 digits, the first of them not 0: users, groups, roles and policies. */
  uid(): string {
    const number = BigInt(`0x${hex(this.#random.bytes(12))}`);
    return String(10n ** 17n + (number % (9n * 10n ** 17n)));
  }

  #letters(count: number): string {
    // Bytes past the largest multiple of the alphabet's size are thrown away, so that all letters are equally likely.
    const fair = 256 - (256 % BASE62.length);
    let text = '';
    while (text.length < count) {
      for (const byte of this.#random.bytes(count)) {
        if (byte < fair && text.length < count) text += BASE62.charAt(byte % BASE62.length);
      }
    }
    return text;
  }

  /** Nine digits of time (base 36 milliseconds, which sort) and 16 random hex digits. */
  blob(): BlobId {
    return this.#clock.now().toString(36).padStart(9, '0') + hex(this.#random.bytes(8));
  }

  /** Identifies one delivery of one message, or one process among those that hold leases. */
  token(): string {
    return hex(this.#random.bytes(8));
  }

  /** A lower-case version 4 UUID. */
  uuid(): string {
    const bytes = this.#random.bytes(16);
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const text = hex(bytes);
    return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
  }

  /** `TYPE-uuid`, as the vendor names tasks. */
  task(type: string): string {
    return `${type}-${this.uuid()}`;
  }

  /**
   * Three hex digits, a hyphen and a KSUID with the vendor's epoch: event ids sort by the second they were made in,
   * within one partition. The digits are a partition number, here derived from the account.
   */
  event(accountId: string): string {
    const partition = createHash('md5').update(accountId).digest('hex').slice(0, 3).toUpperCase();
    const bytes = new Uint8Array(20);
    new DataView(bytes.buffer).setUint32(0, Math.floor(this.#clock.now() / 1000) - EVENT_EPOCH_SECONDS);
    bytes.set(this.#random.bytes(16), 4);
    let rest = BigInt(`0x${hex(bytes)}`);
    let text = '';
    for (let digit = 0; digit < 27; digit++) {
      text = BASE62.charAt(Number(rest % 62n)) + text;
      rest /= 62n;
    }
    return `${partition}-${text}`;
  }
}
