import { DomainError } from '../errors.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import type { ProjectWork } from '../projects/project-work.ts';
import type { Place, TaskFiles } from '../projects/task-files.ts';
import { ARCHIVE_DEADLINE_MS, ARCHIVES_AT_ONCE, MOST_BYTES, MOST_FILES } from './limits.ts';
import { type ZipEntry, zipBytes } from './write-zip.ts';

/** Which files go into an archive, and where in it. */
export interface ArchiveRule extends Place {
  /** One file, or all whose names begin so. */
  mode: 'fullname' | 'prefix';
  /** '' keeps names as they are; `/` leaves folders out, `/dir/` moves below another, and all else is a file's new name. */
  alias: string;
}

export interface CompressionWork {
  /** Rules, or an object that holds a JSON list of them. */
  from: { rules: ArchiveRule[] } | { manifest: Place };
  target: Place;
}

/** Rules of a manifest are at most as many as files, and each is a short line. */
const MANIFEST_BYTES = 64 * 1024 * 1024;

/** A file that is to be packed, before it was looked at. */
interface Chosen extends Place {
  name: string;
}

export const fileCompression: ProjectWork<CompressionWork> = {
  name: 'file-compression',
  taskType: 'FileCompression',
  concurrency: ARCHIVES_AT_ONCE,
  deadlineMs: ARCHIVE_DEADLINE_MS,
  async run({ from, target }, { files, progress }) {
    const rules = 'rules' in from ? from.rules : await rulesOf(from.manifest, files);
    const chosen: Chosen[] = [];
    for await (const file of choose(rules, files)) {
      chosen.push(file);
      if (chosen.length > MOST_FILES) throw tooMany();
    }
    const packed = { files: 0, bytes: 0 };
    const entries = async function* (): AsyncGenerator<ZipEntry, void, undefined> {
      for (const { name, ...place } of chosen) {
        const row: ObjectRow = await files.find(place);
        packed.bytes += row.size;
        if (packed.bytes > MOST_BYTES) {
          const reason = `The files have more than ${MOST_BYTES} bytes together, which is the most one archive may hold.`;
          throw new DomainError('MediaTooLarge', { limit: 'source size', reason });
        }
        yield { name, row };
        packed.files += 1;
        progress((100 * packed.files) / chosen.length);
      }
    };
    if (chosen.length === 0) throw new DomainError('ObjectMissing', { key: rules[0]?.key ?? '' });
    // Headers are small beside the files, but there is one more of them than files at the end.
    const limit = 2 * MOST_BYTES;
    await files.write(target, 'application/zip', { bytes: zipBytes(entries(), files), limit });
    return { facts: { FileCount: packed.files, FileSize: packed.bytes } };
  },
  told: (_, uris, { FileCount = 0, FileSize = 0 }) => ({ TargetURI: uris[0] ?? '', FileCount, FileSize }),
};

const tooMany = (): DomainError =>
  new DomainError('MediaTooLarge', { limit: 'files', reason: `An archive may hold ${MOST_FILES} files.` });

async function* choose(rules: readonly ArchiveRule[], files: TaskFiles): AsyncGenerator<Chosen, void, undefined> {
  const names = new Set<string>();
  for (const rule of rules) {
    for await (const key of keysOf(rule, files)) {
      const name = nameInArchive(rule, key);
      // Whoever unpacks it would write outside of the folder it is unpacked to.
      if (name.split(/[/\\]/).includes('..')) {
        throw refusal(`${name} would leave the folder into which the archive is unpacked: give it an alias.`);
      }
      if (names.has(name)) throw refusal(`Two files would be called ${name} in the archive: give one another alias.`);
      names.add(name);
      yield { bucket: rule.bucket, key, name };
    }
  }
}

async function* keysOf({ bucket, key, mode }: ArchiveRule, files: TaskFiles): AsyncGenerator<string, void, undefined> {
  if (mode === 'fullname') yield key;
  else for await (const object of files.under(bucket, key)) yield object.key;
}

/** What a file is called in the archive. */
export function nameInArchive({ key: prefix, mode, alias }: ArchiveRule, key: string): string {
  const basename = key.slice(key.lastIndexOf('/', key.length - 2) + 1);
  if (alias === '') return key;
  if (alias === '/') return basename;
  const folder = alias.replace(/^\/+/, '');
  if (!alias.endsWith('/')) return mode === 'fullname' ? folder : `${folder}/${key.slice(prefix.lastIndexOf('/') + 1)}`;
  return `${folder}${mode === 'fullname' ? basename : key.slice(prefix.lastIndexOf('/') + 1)}`;
}

async function rulesOf(manifest: Place, files: TaskFiles): Promise<ArchiveRule[]> {
  const text = (await files.bytes(await files.find(manifest), MANIFEST_BYTES)).toString('utf8');
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw refusal(`The manifest ${manifest.key} is no JSON.`);
  }
  if (!Array.isArray(list)) throw refusal(`The manifest ${manifest.key} is no JSON list.`);
  if (list.length > MOST_FILES) throw tooMany();
  return list.map((rule: unknown) => readRule(rule));
}

function readRule(rule: unknown): ArchiveRule {
  const members: Partial<Record<string, unknown>> = typeof rule === 'object' && rule !== null ? { ...rule } : {};
  const { URI, Mode = 'prefix', Alias = '' } = members;
  if (typeof URI !== 'string' || typeof Mode !== 'string' || typeof Alias !== 'string') {
    throw refusal('Each item of the manifest has a URI, and may have Mode and Alias, which are texts.');
  }
  return archiveRule(URI, Mode, Alias);
}

/** Throws `ProcessInvalid`. */
export function archiveRule(uri: string, mode: string, alias: string): ArchiveRule {
  const [, bucket, key] = /^oss:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) throw refusal(`${uri} is not written oss://BUCKET/KEY.`);
  if (mode !== 'prefix' && mode !== 'fullname') throw refusal(`The Mode ${mode} is neither prefix nor fullname.`);
  return { bucket, key, mode, alias };
}

const refusal = (reason: string): DomainError =>
  new DomainError('ProcessInvalid', { operation: 'FileCompression', parameter: 'Sources', value: '', reason });
