import type { AccessService } from '../access/access-service.ts';
import { keepPrincipal } from '../access/kept-principal.ts';
import type { KnownPrincipal, Principal } from '../access/principal.ts';
import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { TaskAbout } from '../media/media-task.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import type { TaskRow } from '../ports/task-records.ts';
import { TASK_SECRET } from '../tasks/task-secret.ts';
import type { ProjectTaskPayload, ProjectWork } from './project-work.ts';
import { type Place, TaskFiles, type TaskFilesServices } from './task-files.ts';

export interface ProjectTaskRequest<W> {
  principal: Principal & KnownPrincipal;
  /** Of the request that asks for it. */
  requestId: string;
  project: string;
  topic: string;
  about: TaskAbout;
  extended?: Place | undefined;
  kind: ProjectWork<W>;
  work: W;
  /** Objects that must be there and may be read. */
  reads: readonly Place[];
  /** Prefixes under which all may be read. */
  readsUnder?: readonly Place[];
  /** Objects that it may write; `*` in a key stands for what is not known yet. */
  writes: readonly Place[];
}

/** Accepts work of projects: what can be checked is checked before, and the rest while it runs. */
export class ProjectTaskService {
  #records: RecordStore;
  #services: TaskFilesServices;
  #identities: Identities;
  #box: SecretBox;
  constructor(dependencies: TaskFilesServices & { records: RecordStore; identities: Identities; box: SecretBox }) {
    this.#box = dependencies.box;
    this.#records = dependencies.records;
    this.#services = dependencies;
    this.#identities = dependencies.identities;
  }

  /** What somebody may read and write while they wait. */
  files(principal: Principal & KnownPrincipal, signal: AbortSignal): TaskFiles {
    return new TaskFiles(this.#services, { principal, signal });
  }

  /** A password as it may stand in a record. */
  seal(secret: string): string {
    return this.#box.seal(secret, TASK_SECRET);
  }

  /** Throws `ProjectMissing`, `AccessDenied`, `BucketMissing` and `ObjectMissing`. */
  async accept<W>(request: ProjectTaskRequest<W>): Promise<TaskRow> {
    const { principal, requestId, project, topic, about, extended, kind, work } = request;
    const { access, reads, clock }: { access: AccessService } & TaskFilesServices = this.#services;
    const { accountId } = principal;
    if ((await reads.projects.get(accountId, project)) === undefined) {
      throw new DomainError('ProjectMissing', { project });
    }
    if (topic !== '') await access.require(principal, 'mns:PublishMessage', { name: `/topics/${topic}/messages` });
    await using files = this.files(principal, new AbortController().signal);
    for (const place of request.readsUnder ?? []) await files.mayReadUnder(place);
    for (const place of request.reads) await files.find(place);
    for (const place of extended ? [...request.writes, extended] : request.writes) await files.mayWrite(place);
    const payload: ProjectTaskPayload = {
      ...{ work, asker: keepPrincipal(principal), project, about },
      ...(extended && { extended }),
    };
    const [place] = [...request.writes, ...request.reads];
    return this.#records.transact('submitTask', {
      id: this.#identities.task(kind.taskType),
      kind: kind.name,
      tenant: place?.bucket ?? '',
      payload,
      accountId,
      requestId,
      eventId: this.#identities.event(accountId),
      notifyTopic: topic,
      createdMs: clock.now(),
    });
  }
}
