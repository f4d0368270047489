import type { Principal } from '../domain/access/principal.ts';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { SettingsOfBucket } from '../domain/settings/bucket-settings.ts';
import type { Address } from './address.ts';

/** What has become known of a request on its way: whatever answers it looks here, an error as well. */
export interface Visit {
  method: string;
  query: ReadonlyMap<string, string>;
  headers: Readonly<Record<string, string | undefined>>;
  /** The likeliest until a signature has decided. */
  address?: Address;
  /** The address can be read in more than one way. */
  ambiguous: boolean;
  /** By a domain name that was bound to the bucket. */
  byDomain: boolean;
  principal: Principal;
  bucket?: BucketRow;
  settings: SettingsOfBucket;
  /** The requester pays. */
  charged: boolean;
  /** On this connection, where requests are logged. */
  writtenBefore: number;
  /** Of the body. */
  sentBytes: number;
  objectSize?: number | undefined;
  errorCode?: string;
  answeredMs?: number;
}
