import { DomainError } from '../errors.ts';
import type { DatasetAbout, DatasetName, DatasetRow, FileMetaName, FileMetaRow } from '../ports/dataset-records.ts';
import type { Transaction } from '../ports/record-store.ts';

/** Throws `ProjectMissing` and `DatasetExists`. */
async function createDataset(tx: Transaction, row: DatasetRow): Promise<DatasetRow> {
  const { accountId, project, name } = row;
  if ((await tx.projects.get(accountId, project)) === undefined) throw new DomainError('ProjectMissing', { project });
  if ((await tx.datasets.get(row)) !== undefined) throw new DomainError('DatasetExists', { dataset: name });
  await tx.datasets.put(row);
  return row;
}

/** What `about` names is changed, the rest stays. Throws `DatasetMissing`. */
async function updateDataset(
  tx: Transaction,
  { name, about, nowMs }: { name: DatasetName; about: DatasetAbout; nowMs: number },
): Promise<DatasetRow> {
  const known = await dataset(tx, name);
  const limits = { ...known.about.limits, ...about.limits };
  const row = { ...known, modifiedMs: nowMs, about: { ...known.about, ...about, limits } };
  await tx.datasets.put(row);
  return row;
}

/** Throws `DatasetMissing`, and `DatasetInUse` while files or bindings belong to it. */
async function deleteDataset(tx: Transaction, name: DatasetName): Promise<void> {
  await dataset(tx, name);
  const { accountId, project } = name;
  const bound = (await tx.ingestions.active()).some(
    (row) => row.accountId === accountId && row.project === project && row.about.dataset === name.name,
  );
  if (bound || (await tx.datasets.totals(name)).files > 0)
    throw new DomainError('DatasetInUse', { dataset: name.name });
  await tx.datasets.remove(name);
}

/**
 * Records what is known of a file. `found` replaces what was found before and leaves what somebody said of it; `said`
 * replaces that by its members. Throws `DatasetMissing`, `TooManyFiles`, and `FileMetaMissing` where it `must` be there already.
 */
async function putFileMeta(
  tx: Transaction,
  input: {
    name: FileMetaName;
    size?: number;
    found?: Record<string, unknown>;
    said: Record<string, unknown>;
    must: boolean;
    nowMs: number;
  },
): Promise<FileMetaRow> {
  const { name, found, said, must, nowMs } = input;
  const { accountId, project, dataset: of, uri } = name;
  const about = await dataset(tx, { accountId, project, name: of });
  const known = await tx.fileMetas.get(name);
  if (known === undefined) {
    if (must) throw new DomainError('FileMetaMissing', { uri });
    const limit = about.about.limits?.DatasetMaxFileCount ?? Number.POSITIVE_INFINITY;
    if (Number.isFinite(limit) && (await tx.datasets.totals(about)).files >= limit) {
      throw new DomainError('TooManyFiles', { dataset: of, limit });
    }
  }
  const before = (known?.file.said ?? {}) as Record<string, unknown>;
  const row: FileMetaRow = {
    ...{ accountId, project, dataset: of, uri },
    size: input.size ?? known?.size ?? 0,
    createdMs: known?.createdMs ?? nowMs,
    modifiedMs: nowMs,
    file: { found: found ?? known?.file.found ?? {}, said: { ...before, ...said } },
  };
  await tx.fileMetas.put(row);
  return row;
}

/** One that is not there is gone already. Throws `DatasetMissing`. */
async function deleteFileMetas(
  tx: Transaction,
  { dataset: of, uris }: { dataset: DatasetName; uris: string[] },
): Promise<void> {
  const { accountId, project, name } = await dataset(tx, of);
  for (const uri of uris) await tx.fileMetas.remove({ accountId, project, dataset: name, uri });
}

async function dataset(tx: Transaction, name: DatasetName): Promise<DatasetRow> {
  const row = await tx.datasets.get(name);
  if (row === undefined) throw new DomainError('DatasetMissing', { dataset: name.name });
  return row;
}

export const datasetCommands = { createDataset, updateDataset, deleteDataset, putFileMeta, deleteFileMetas };
