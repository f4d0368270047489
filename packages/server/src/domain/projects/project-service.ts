import { DomainError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { BucketRow } from '../ports/object-records.ts';
import type { BindingRow, ProjectAbout, ProjectRow } from '../ports/project-records.ts';
import type { RecordStore } from '../ports/record-store.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/;

/** Projects, and which buckets belong to them. */
export class ProjectService {
  #records: RecordStore;
  #clock: Clock;
  constructor(dependencies: { records: RecordStore; clock: Clock }) {
    this.#records = dependencies.records;
    this.#clock = dependencies.clock;
  }

  /** Throws `InvalidArgument`, `ProjectExists` (unless `orKeep`: then the one that is there is given back) and `TooManyProjects`. */
  create(accountId: string, name: string, about: ProjectAbout, rule: { orKeep: boolean }): Promise<ProjectRow> {
    if (!NAME.test(name)) {
      const reason =
        'It has 1 to 128 letters, digits, hyphens and underscores, and begins with a letter or an underscore.';
      throw new DomainError('InvalidArgument', { name: 'Project', value: name, reason });
    }
    const nowMs = this.#clock.now();
    return this.#records.transact('createProject', {
      ...{ accountId, name, about, createdMs: nowMs, modifiedMs: nowMs },
      ...rule,
    });
  }

  /** Throws `ProjectMissing`. */
  async get(accountId: string, name: string): Promise<ProjectRow> {
    const row = await this.#records.reads.projects.get(accountId, name);
    if (row === undefined) throw new DomainError('ProjectMissing', { project: name });
    return row;
  }

  async list(query: { accountId: string; prefix: string; after: string; limit: number }): Promise<ProjectRow[]> {
    return this.#records.reads.projects.page(query);
  }

  /** What `about` names is changed, the rest stays. Throws `ProjectMissing`. */
  update(accountId: string, name: string, about: ProjectAbout): Promise<ProjectRow> {
    return this.#records.transact('updateProject', { accountId, name, about, nowMs: this.#clock.now() });
  }

  /** Throws `ProjectMissing` and `ProjectInUse`. */
  delete(accountId: string, name: string): Promise<void> {
    return this.#records.transact('deleteProject', { accountId, name });
  }

  /** Throws `ProjectMissing`, `BucketMissing` and `BucketBound`. */
  bind(accountId: string, project: string, bucket: BucketRow, description: string): Promise<void> {
    const nowMs = this.#clock.now();
    return this.#records.transact('bindBucket', { accountId, project, bucketId: bucket.id, description, nowMs });
  }

  /** Throws `BindingMissing`. */
  unbind({ id: bucketId, name: bucket }: BucketRow): Promise<void> {
    return this.#records.transact('unbindBucket', { bucketId, bucket });
  }

  /** Throws `BindingMissing`. */
  async binding(bucket: BucketRow): Promise<BindingRow> {
    const row = await this.#records.reads.bindings.get(bucket.id);
    if (row === undefined) throw new DomainError('BindingMissing', { bucket: bucket.name });
    return row;
  }

  async bindings(query: { accountId: string; project: string; after: string; limit: number }): Promise<BindingRow[]> {
    return this.#records.reads.bindings.page(query);
  }
}
