import type { InventoryRule } from '../inventory/inventory.ts';
import type { Encryption } from '../objects/encryption.ts';
import type { LifecycleRule } from '../objects/lifecycle.ts';
import type { LockSetting } from '../objects/version-lock.ts';
import type { CorsSetting } from './cors.ts';
import type { OverwriteRule } from './overwrite.ts';
import type { PictureSetting } from './pictures.ts';
import type { RefererSetting } from './referer.ts';
import type { WebsiteSetting } from './website.ts';

/**
 * What can be set on a bucket, by the name under which it is stored. Values are plain data and kept as JSON: a field
 * that is added later is optional, because what was stored before does not have it.
 */
export interface BucketSettings {
  tags: Tag[];
  resourceGroup: { id: string };
  encryption: Encryption;
  requestPayment: { payer: 'BucketOwner' | 'Requester' };
  cors: CorsSetting;
  website: WebsiteSetting;
  referer: RefererSetting;
  logging: LoggingSetting;
  /** Which headers and query parameters of a request go into its log line, besides what always does. */
  logFields: { headers: string[]; parameters: string[] };
  overwrite: OverwriteRule[];
  lifecycle: { rules: LifecycleRule[] };
  /** Present for as long as the bucket is there, once its versions can be locked. */
  versionLocks: LockSetting;
  transferAcceleration: { enabled: boolean };
  /** Whether reads are taken notice of, and since when. */
  accessMonitor: { enabled: boolean; sinceMs?: number };
  archiveDirectRead: { enabled: boolean };
  https: HttpsSetting;
  /** The document as it was put, letter by letter. */
  policy: { document: string };
  publicAccessBlock: { block: boolean };
  pictures: PictureSetting;
}

export type SettingName = keyof BucketSettings;

/** What stands on one bucket: those settings that were set. */
export type SettingsOfBucket = Readonly<Partial<BucketSettings>>;

/** What a bucket may have many of, each under a name of its own, by kind. */
export interface BucketItems {
  style: { content: string; category: string };
  /** A domain name that leads to the bucket, which is named so that following it needs no second look. */
  cname: { bucket: string };
  /** What has to stand in the DNS of a domain name before it may lead here. */
  cnameToken: { token: string; expiresMs: number };
  inventory: InventoryRule;
  /** Of the inventory of that name: when the objects were listed last. */
  inventoryRun: { startedMs: number };
}

export type ItemKind = keyof BucketItems;

export interface BucketItem<K extends ItemKind> {
  bucketId: number;
  kind: K;
  name: string;
  value: BucketItems[K];
  createdMs: number;
  modifiedMs: number;
}

export interface Tag {
  key: string;
  value: string;
}

/** Where the log of a bucket's requests is stored. */
export interface LoggingSetting {
  bucket: string;
  prefix: string;
  role?: string;
}

/** Kept for those who ask: TLS ends before this server. */
export interface HttpsSetting {
  tls?: { enabled: boolean; versions: string[] };
  ciphers?: { enabled: boolean; strong?: boolean; suites: string[]; tls13Suites: string[] };
}
