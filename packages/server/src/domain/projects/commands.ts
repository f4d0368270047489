import { DomainError } from '../errors.ts';
import type { BindingRow, ProjectRow } from '../ports/project-records.ts';
import type { Transaction } from '../ports/record-store.ts';

/** "100 projects per region." */
const MOST_PROJECTS = 100;

/** Throws `ProjectExists` and `TooManyProjects`; with `orKeep`, one that is there already is kept and given back as it is. */
async function createProject(tx: Transaction, input: ProjectRow & { orKeep: boolean }): Promise<ProjectRow> {
  const { orKeep, ...row } = input;
  const known = await tx.projects.get(row.accountId, row.name);
  if (known !== undefined) {
    if (orKeep) return known;
    throw new DomainError('ProjectExists', { project: row.name });
  }
  if ((await tx.projects.count(row.accountId)) >= MOST_PROJECTS) {
    throw new DomainError('TooManyProjects', { limit: MOST_PROJECTS });
  }
  await tx.projects.put(row);
  return row;
}

/** What is named in `about` replaces what was there. Throws `ProjectMissing`. */
async function updateProject(
  tx: Transaction,
  input: Pick<ProjectRow, 'accountId' | 'name' | 'about'> & { nowMs: number },
): Promise<ProjectRow> {
  const { accountId, name, about, nowMs } = input;
  const known = await project(tx, accountId, name);
  const limits = about.limits || known.about.limits ? { limits: { ...known.about.limits, ...about.limits } } : {};
  const row = { ...known, modifiedMs: nowMs, about: { ...known.about, ...about, ...limits } };
  await tx.projects.put(row);
  return row;
}

/** Its tasks go on. Throws `ProjectMissing`, and `ProjectInUse` while buckets or datasets belong to it. */
async function deleteProject(tx: Transaction, input: { accountId: string; name: string }): Promise<void> {
  const { accountId, name } = input;
  await project(tx, accountId, name);
  const [bound] = await tx.bindings.page({ accountId, project: name, after: '', limit: 1 });
  if (bound !== undefined) throw new DomainError('ProjectInUse', { project: name, by: `the bucket ${bound.bucket}` });
  const [dataset] = await tx.datasets.page({ accountId, project: name, prefix: '', after: '', limit: 1 });
  if (dataset !== undefined)
    throw new DomainError('ProjectInUse', { project: name, by: `the dataset ${dataset.name}` });
  const atWork = (await tx.ingestions.active()).find((row) => row.accountId === accountId && row.project === name);
  if (atWork !== undefined)
    throw new DomainError('ProjectInUse', { project: name, by: `the ${atWork.kind} ${atWork.id}` });
  await tx.projects.remove(accountId, name);
}

/** Throws `ProjectMissing`, `BucketMissing`, and `BucketBound` when the bucket belongs to a project already. */
async function bindBucket(
  tx: Transaction,
  input: Pick<BindingRow, 'accountId' | 'project' | 'bucketId' | 'description'> & { nowMs: number },
): Promise<void> {
  const { accountId, nowMs, ...row } = input;
  await project(tx, accountId, row.project);
  const bucket = await tx.buckets.byId(row.bucketId);
  if (bucket === undefined) throw new DomainError('BucketMissing', { bucket: '' });
  const known = await tx.bindings.get(row.bucketId);
  if (known !== undefined) throw new DomainError('BucketBound', { bucket: bucket.name, project: known.project });
  await tx.bindings.put({ ...row, accountId, bucket: bucket.name, createdMs: nowMs, modifiedMs: nowMs });
}

/** Throws `BindingMissing`. */
async function unbindBucket(tx: Transaction, input: { bucketId: number; bucket: string }): Promise<void> {
  if ((await tx.bindings.get(input.bucketId)) === undefined) {
    throw new DomainError('BindingMissing', { bucket: input.bucket });
  }
  await tx.bindings.remove(input.bucketId);
}

async function project(tx: Transaction, accountId: string, name: string): Promise<ProjectRow> {
  const row = await tx.projects.get(accountId, name);
  if (row === undefined) throw new DomainError('ProjectMissing', { project: name });
  return row;
}

export const projectCommands = { createProject, updateProject, deleteProject, bindBucket, unbindBucket };
