import { type AccessService, namesOf } from '../access/access-service.ts';
import type { Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import { checkBucketName, checkObjectKey } from '../objects/names.ts';
import type { ObjectReference, ObjectService } from '../objects/object-service.ts';
import { readableObject } from '../objects/open-object.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import { forbidsOverwrite } from '../settings/overwrite.ts';
import type { MediaSettings } from './settings.ts';

/** What media work reads and where it writes: finds buckets and objects by name, and asks for the right to each. */
export class MediaObjects {
  #records: RecordStore;
  #settings: MediaSettings;
  /** What `readableObject` follows links with. */
  readonly readers: {
    objects: ObjectService;
    access: AccessService;
    clock: Clock;
    settings: RecordStore['reads']['settings'];
  };

  constructor(dependencies: {
    records: RecordStore;
    objects: ObjectService;
    access: AccessService;
    clock: Clock;
    settings: MediaSettings;
  }) {
    const { records, objects, access, clock, settings } = dependencies;
    this.#records = records;
    this.#settings = settings;
    this.readers = { objects, access, clock, settings: records.reads.settings };
  }

  /** Throws `BucketMissing`, and for what can be no bucket's name. */
  async bucket(name: string): Promise<BucketRow> {
    checkBucketName(name);
    const found = await this.#records.reads.buckets.byName(name);
    if (found === undefined) throw new DomainError('BucketMissing', { bucket: name });
    return found;
  }

  /** The project that a bucket belongs to. Throws `BindingMissing` where it has to be attached to one first and is not. */
  async projectOf(bucket: BucketRow): Promise<string> {
    const bound = await this.#records.reads.bindings.get(bucket.id);
    if (bound !== undefined) return bound.project;
    if (this.#settings.binding === 'strict') throw new DomainError('BindingMissing', { bucket: bucket.name });
    return this.#settings.project;
  }

  /** The object whose bytes are worked on: what a symbolic link points at, if the key names one. */
  source(principal: Principal, reference: ObjectReference): Promise<ObjectRow> {
    return readableObject(this.readers, principal, reference);
  }

  /** The bucket to store in; its name, the key and the right to write there are checked. */
  async target(principal: Principal, source: BucketRow, name: string | undefined, key: string): Promise<BucketRow> {
    checkObjectKey(key);
    const target = name === undefined || name === source.name ? source : await this.bucket(name);
    await this.readers.access.require(principal, 'oss:PutObject', { bucket: target, key });
    return target;
  }

  async forbidsOverwrite(principal: Principal, bucket: BucketRow, key: string): Promise<boolean> {
    const { overwrite } = await this.#records.reads.settings.of(bucket.id);
    return forbidsOverwrite(overwrite, key, principal.kind === 'anonymous' ? [] : namesOf(principal));
  }

  checkPicture({ size }: ObjectRow): void {
    const { imageBytes } = this.#settings;
    if (size <= imageBytes) return;
    const reason = `The picture has ${size} bytes; at most ${imageBytes} are taken.`;
    throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
  }
}
