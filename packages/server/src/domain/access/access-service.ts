import { DomainError } from '../errors.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { Principal } from './principal.ts';

/** What an action is done to. No bucket means the account itself. */
export interface Resource {
  bucket?: BucketRow;
  key?: string;
  /** Which version of the object; the current one when none is named. */
  versionId?: string | undefined;
}

/** What a public ACL opens to everybody. Management actions and processing tasks are never among them. */
const PUBLIC_READS = new Set(['oss:GetObject', 'oss:GetObjectVersion', 'oss:ListObjects']);
const PUBLIC_WRITES = new Set(['oss:PutObject', 'oss:DeleteObject', 'oss:AbortMultipartUpload', 'oss:ListParts']);

/** Decides whether a principal may do something. The one place that does. */
export class AccessService {
  #reads: Reads;
  constructor(reads: Reads) {
    this.#reads = reads;
  }

  /**
   * Returns when `principal` may do `action` (spelt as in policies: `oss:GetObject`), throws `AccessDenied` otherwise.
   * The bucket's owner may do everything; everybody else what the ACLs open.
   */
  async require(principal: Principal, action: string, resource: Resource = {}): Promise<void> {
    const { bucket, key, versionId } = resource;
    if (principal.kind === 'account') {
      if (!bucket || bucket.ownerId === principal.accountId) return;
    } else if (!bucket) {
      throw new DomainError('AccessDenied', { reason: 'Anonymous access is forbidden for this operation.' });
    }
    if (await this.#openToAll(action, bucket, key, versionId)) return;
    throw new DomainError('AccessDenied', { reason: refusal(principal, key) });
  }

  async #openToAll(
    action: string,
    bucket: BucketRow,
    key: string | undefined,
    versionId: string | undefined,
  ): Promise<boolean> {
    const reads = PUBLIC_READS.has(action);
    if (!reads && !PUBLIC_WRITES.has(action)) return false;
    // Deleting and overwriting are matters of the bucket; reading one object is a matter of its own ACL first.
    const object = key !== undefined && reads ? await this.#find(bucket.id, key, versionId) : undefined;
    const acl = object && object.acl !== 'default' ? object.acl : bucket.acl;
    return acl === 'public-read-write' || (reads && acl === 'public-read');
  }

  /** Each version has an ACL of its own. What is not there has none, and is for the reader to miss. */
  async #find(bucketId: number, key: string, versionId: string | undefined): Promise<ObjectRow | undefined> {
    const current = await this.#reads.objects.get(bucketId, key);
    if (versionId === undefined || current?.versionId === versionId) return current;
    const version = await this.#reads.versions.get(bucketId, key, versionId);
    return version?.type === 'DeleteMarker' ? undefined : version;
  }
}

function refusal(principal: Principal, key: string | undefined): string {
  if (principal.kind === 'anonymous') {
    return key === undefined
      ? 'Anonymous user has no right to access this bucket.'
      : 'Anonymous user has no right to access this object.';
  }
  return 'You have no right to access this object because of bucket acl.';
}
