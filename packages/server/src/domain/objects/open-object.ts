import type { AccessService } from '../access/access-service.ts';
import type { Principal } from '../access/principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { SettingRecords } from '../ports/bucket-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { ObjectReference, ObjectService } from './object-service.ts';
import { checkReadable } from './restoration.ts';

/** What a reader of a key meets: the object of that name, and the one whose bytes it stands for. */
export interface OpenedObject {
  object: ObjectRow;
  /** The same, unless the object is a symbolic link: then the current version of what that points at. */
  content: ObjectRow;
  /** Of both, the later. */
  lastModifiedMs: number;
}

interface Services {
  objects: ObjectService;
  access: AccessService;
}

/**
 * Finds an object that `principal` may read, following a symbolic link, whose target must be open to it as well. Throws
 * what `ObjectService.get` does, `AccessDenied`, `LinkTargetMissing`, and `LinkTargetInvalid` for a link to a link.
 */
export async function openObject(
  services: Services,
  principal: Principal,
  { bucket, key, versionId }: ObjectReference,
): Promise<OpenedObject> {
  const object = await services.objects.get(bucket, key, versionId);
  if (object.type !== 'Symlink') return { object, content: object, lastModifiedMs: object.lastModifiedMs };
  const content = await linkedObject(services, principal, bucket, object);
  return { object, content, lastModifiedMs: Math.max(object.lastModifiedMs, content.lastModifiedMs) };
}

async function linkedObject(
  { objects, access }: Services,
  principal: Principal,
  bucket: BucketRow,
  link: ObjectRow,
): Promise<ObjectRow> {
  const { key } = link;
  const target = link.traits.linkTarget ?? '';
  await access.require(principal, 'oss:GetObject', { bucket, key: target });
  const content = await objects.get(bucket, target).catch((error: unknown) => {
    if (isDomainError(error, 'ObjectMissing')) throw new DomainError('LinkTargetMissing', { key, target });
    throw error;
  });
  if (content.type === 'Symlink') throw new DomainError('LinkTargetInvalid', { key, target });
  return content;
}

/** The object whose bytes a read of a key gives. Throws what `openObject` does, and `ObjectArchived`. */
export async function readableObject(
  services: Services & { clock: Clock; settings: Pick<SettingRecords, 'of'> },
  principal: Principal,
  reference: ObjectReference,
): Promise<ObjectRow> {
  const { content } = await openObject(services, principal, reference);
  checkReadable(content, services.clock.now(), await services.settings.of(reference.bucket.id));
  return content;
}
