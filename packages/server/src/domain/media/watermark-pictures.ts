import type { Operation } from '@millrace/process';
import type { AccessService } from '../access/access-service.ts';
import type { Principal } from '../access/principal.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import { readableObject } from '../objects/open-object.ts';
import type { SettingRecords } from '../ports/bucket-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';

interface Services {
  objects: ObjectService;
  access: AccessService;
  clock: Clock;
  settings: Pick<SettingRecords, 'of'>;
}

/** The keys of the pictures that operations put over another, each once. */
export function watermarkKeys(stages: readonly (readonly Operation[])[]): string[] {
  const keys = stages.flat().flatMap((operation) => {
    const image = operation.name === 'image/watermark' ? operation.params.image : undefined;
    return image ? [image.key] : [];
  });
  return [...new Set(keys)];
}

/**
 * The objects of those pictures, by key. "They are in the bucket of the picture", and whoever asks must be able to read
 * them. Throws `AccessDenied`, and `WatermarkUnusable` for one that is not there, cannot be read, or has more bytes than
 * `limit`.
 */
export async function watermarkPictures(
  services: Services,
  principal: Principal,
  bucket: BucketRow,
  keys: readonly string[],
  limit: number,
): Promise<Map<string, ObjectRow>> {
  const pictures = new Map<string, ObjectRow>();
  for (const key of keys) {
    await services.access.require(principal, 'oss:GetObject', { bucket, key });
    const row = await open(services, principal, bucket, key);
    if (row.size > limit) {
      throw new DomainError('WatermarkUnusable', {
        key,
        reason: `It has ${row.size} bytes; at most ${limit} are taken.`,
      });
    }
    pictures.set(key, row);
  }
  return pictures;
}

async function open(services: Services, principal: Principal, bucket: BucketRow, key: string): Promise<ObjectRow> {
  try {
    return await readableObject(services, principal, { bucket, key });
  } catch (error) {
    if (isDomainError(error, 'ObjectMissing') || isDomainError(error, 'LinkTargetMissing')) {
      throw new DomainError(
        'WatermarkUnusable',
        { key, reason: 'There is no such object in the bucket.' },
        { cause: error },
      );
    }
    throw error;
  }
}
