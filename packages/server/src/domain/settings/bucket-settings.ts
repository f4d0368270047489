/**
 * What can be set on a bucket, by the name under which it is stored. Values are plain data and kept as JSON: a field
 * that is added later is optional, because what was stored before does not have it.
 */
export interface BucketSettings {
  tags: Tag[];
  resourceGroup: { id: string };
  requestPayment: { payer: 'BucketOwner' | 'Requester' };
  transferAcceleration: { enabled: boolean };
  accessMonitor: { enabled: boolean };
  archiveDirectRead: { enabled: boolean };
  /** The document as it was put, letter by letter. */
  policy: { document: string };
  publicAccessBlock: { block: boolean };
}

export type SettingName = keyof BucketSettings;

/** What stands on one bucket: those settings that were set. */
export type SettingsOfBucket = Readonly<Partial<BucketSettings>>;

/** What a bucket may have many of, each under a name of its own, by kind. */
export interface BucketItems {
  style: { content: string; category: string };
  cname: { status: 'Enabled'; verified: boolean };
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
