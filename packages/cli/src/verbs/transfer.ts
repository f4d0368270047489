import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Bandwidth, Copier, crc64OfFile, Downloader, eachObject, type Oss, Uploader } from 'millrace';
import { ahead, atOnce } from '../at-once.ts';
import { below, type Found } from '../below.ts';
import { sizeOf } from '../flags.ts';
import { isOssUrl, type OssUrl, parseOssUrl, shown } from '../oss-url.ts';
import { humanSize, ProgressBar } from '../progress.ts';
import { Remover } from '../remover.ts';
import { type Call, exitCodes, type Flag, PartialFailure, UsageError, type Verb } from '../verb.ts';

const transferFlags: readonly Flag[] = [
  {
    name: 'include',
    value: 'PATTERN',
    repeated: true,
    summary: 'Only names that match, with * and ?.',
  },
  { name: 'exclude', value: 'PATTERN', repeated: true, summary: 'No names that match.' },
  { name: 'update', short: 'u', summary: 'Only what differs, by size and CRC-64.' },
  { name: 'force', short: 'f', summary: 'Taken for scripts written for ossutil; nothing is asked here.' },
  { name: 'part-size', value: 'SIZE', summary: 'Of parts, such as 8M; chosen by the size of each file.' },
  { name: 'parallel', value: 'N', summary: 'Parts of one file at once; adapts without it.' },
  { name: 'job', short: 'j', value: 'N', summary: 'Files at once; 6 by default.' },
  { name: 'bigfile-threshold', value: 'SIZE', summary: 'From this size on a file goes in parts.' },
  { name: 'checkpoint-dir', value: 'FOLDER', summary: 'Where what is under way is kept; ~/.millrace/transfers.' },
  { name: 'no-resume', summary: 'Begins anew and keeps nothing.' },
  { name: 'bandwidth-limit', value: 'SIZE', summary: 'Bytes a second for all files together, such as 10M.' },
  { name: 'content-type', value: 'TYPE', summary: 'The type of what is uploaded; by its name without.' },
  { name: 'acl', value: 'ACL', summary: 'private, public-read or public-read-write.' },
  { name: 'storage-class', value: 'CLASS', summary: 'Standard, IA, Archive, …' },
  { name: 'enable-symlink-dir', summary: 'Goes into folders that links lead to.' },
  { name: 'disable-all-symlink', summary: 'Passes over links; those to files are followed otherwise.' },
  {
    name: 'disable-dir-object',
    summary: 'Passes over empty folders; each is an object whose name ends in / otherwise.',
  },
  { name: 'dry-run', short: 'n', summary: 'Says what would be done.' },
];

/** One file, object or empty folder to move. */
interface Job {
  /** Below source and target, with `/`; at the end of it for a folder. */
  name: string;
  size: number;
  from: Place;
  to: Place;
}
type Place = { file: string } | OssUrl;

/** What a run found on its way. */
interface Findings {
  /** Cannot be moved: the run fails in part. */
  refused(told: string): void;
  /** There in the source, moved or not: stays in the target. */
  seen(name: string): void;
}

const isFile = (place: Place): place is { file: string } => 'file' in place;
const textOf = (place: Place): string => (isFile(place) ? place.file : `oss://${place.bucket}/${place.key}`);

export const cp: Verb = {
  name: 'cp',
  operands: 'SOURCE TARGET',
  count: [2, 2],
  summary: 'Upload, download or copy; with -r all below. Goes on where an earlier run ended.',
  flags: [{ name: 'recursive', short: 'r', summary: 'All below the source.' }, ...transferFlags],
  run: (call) =>
    transfer(call, { recursive: call.on('recursive'), update: call.on('update'), remove: false, folder: false }),
};

export const sync: Verb = {
  name: 'sync',
  operands: 'SOURCE TARGET',
  count: [2, 2],
  summary: 'Make the target the same as the source, moving only what differs.',
  flags: [{ name: 'delete', summary: 'Removes from the target what the source does not have.' }, ...transferFlags],
  run: (call) => transfer(call, { recursive: true, update: true, remove: call.on('delete'), folder: true }),
};

const JOBS = 6;
/** Names that are read before their turn comes: a bar can only show a share of what is known. */
const MOST_AHEAD = 100_000;

async function transfer(
  call: Call,
  { recursive, update, remove, folder }: { recursive: boolean; update: boolean; remove: boolean; folder: boolean },
): Promise<number> {
  const [named = '', target = ''] = call.operands;
  const source = folder && isOssUrl(named) ? asFolder(named) : named;
  if (!isOssUrl(source) && !isOssUrl(target)) throw new UsageError('One of the two must be oss://BUCKET/….');
  // Were the rest of the target removed because a single file has none of it, that would be nobody's wish.
  if (remove && !isOssUrl(source) && !(await stat(source)).isDirectory()) {
    throw new UsageError(`${source} is no folder: --delete would remove all else from the target.`);
  }
  const oss = await call.oss();
  const limit = call.text('bandwidth-limit');
  const bandwidth = limit === undefined ? undefined : new Bandwidth(sizeOf(limit, 'bandwidth-limit'));
  const bar = new ProgressBar(call.out);
  const wanted = filterOf(call);
  const failures: string[] = [];
  const names = new Set<string>();
  let moved = 0;
  let bytes = 0;
  const findings: Findings = {
    refused(told) {
      failures.push(told);
      call.out.error(told);
    },
    seen: (name) => void names.add(name),
  };
  const one = async (job: Job): Promise<void> => {
    const told = `${shown(textOf(job.from))} -> ${shown(textOf(job.to))}`;
    try {
      if (update && (await sameContent(oss, job, call))) {
        bar.moved(job.name, job.size);
        return;
      }
      if (!call.on('dry-run')) await move(oss, job, call, bandwidth, (done) => bar.moved(job.name, done));
      moved++;
      bytes += job.size;
      call.out.result({ from: textOf(job.from), to: textOf(job.to), size: job.size }, told);
    } catch (error) {
      if (call.signal.aborted) throw error;
      if (!recursive) throw error;
      failures.push(told);
      call.out.error(`${told}: ${error instanceof Error ? error.message : error}`);
    } finally {
      bar.end(job.name);
    }
  };
  try {
    const jobs = jobsOf(oss, source, target, recursive, wanted, call, findings);
    const known = ahead(jobs, MOST_AHEAD, ({ size }) => bar.expect(size));
    await atOnce(known, call.number('job') ?? JOBS, one);
  } finally {
    bar.close();
  }
  if (remove && isOssUrl(source) && names.size === 0) {
    throw new Error(`${source} has nothing in it: nothing was removed from ${target}`);
  }
  if (remove && failures.length === 0) await removeOthers(oss, target, names, wanted, call);
  if (recursive) {
    const summary = { moved, bytes, failed: failures.length };
    call.out.result(summary, `${moved} moved (${humanSize(bytes)}), ${failures.length} failed`);
  }
  if (failures.length > 0) throw new PartialFailure(`${failures.length} failed`);
  return exitCodes.ok;
}

/** What is in `oss://bucket/a`, and not what is called `ab`. */
function asFolder(url: string): string {
  const { key } = parseOssUrl(url);
  return key === '' || url.endsWith('/') ? url : `${url}/`;
}

async function* jobsOf(
  oss: Oss,
  source: string,
  target: string,
  recursive: boolean,
  wanted: (name: string) => boolean,
  call: Call,
  { refused, seen }: Findings,
): AsyncGenerator<Job> {
  const place = (name: string, single: boolean): Place => placeUnder(target, name, single);
  if (!isOssUrl(source)) {
    const facts = await stat(source);
    if (!facts.isDirectory()) {
      const single = !target.endsWith('/') && !(isOssUrl(target) && parseOssUrl(target).key === '');
      yield { name: basename(source), size: facts.size, from: { file: source }, to: place(basename(source), single) };
      return;
    }
    if (!recursive) throw new UsageError(`${source} is a folder: use -r.`);
    const links = call.on('disable-all-symlink') ? 'none' : call.on('enable-symlink-dir') ? 'all' : 'files';
    for await (const found of below(source, links, (told) => call.out.error(told), refused)) {
      const { name, path, size } = found;
      if (!wanted(name)) continue;
      seen(name);
      if (isMoved(found, call)) yield { name, size, from: { file: path }, to: place(name, false) };
    }
    return;
  }
  const { bucket, key } = parseOssUrl(source);
  if (!recursive) {
    if (key === '') throw new UsageError(`${source} is a bucket: use -r.`);
    const head = await oss.headObject({ bucket, key }, { signal: call.signal });
    const local = !isOssUrl(target) && (await stat(target).catch(() => undefined))?.isDirectory();
    const single = !local && !target.endsWith('/') && !(isOssUrl(target) && parseOssUrl(target).key === '');
    const name = key.split('/').at(-1) || key;
    yield { name, size: head.size, from: { bucket, key }, to: place(name, single) };
    return;
  }
  const base = key === '' || key.endsWith('/') ? key.length : key.lastIndexOf('/') + 1;
  for await (const { Key, Size } of eachObject(oss, { bucket, prefix: key }, { signal: call.signal })) {
    const name = Key.slice(base);
    if (name === '' || !wanted(name) || (name.endsWith('/') && call.on('disable-dir-object'))) continue;
    seen(name);
    let to: Place;
    try {
      to = place(name, false);
    } catch (error) {
      refused(`${shown(Key)}: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    yield { name, size: Size, from: { bucket, key: Key }, to };
  }
}

function placeUnder(target: string, name: string, single: boolean): Place {
  if (isOssUrl(target)) {
    const { bucket, key } = parseOssUrl(target);
    if (single) return { bucket, key };
    return { bucket, key: key === '' || key.endsWith('/') ? key + name : `${key}/${name}` };
  }
  if (single) return { file: target };
  const steps = name.split('/');
  // `a//b` and `a/./b` would be the file that `a/b` is.
  if (steps.slice(0, -1).includes('') || steps.includes('.')) {
    throw new UsageError(`${shown(name)} cannot be the name of a file: it would be that of another key.`);
  }
  const file = resolve(target, ...steps) + (name.endsWith('/') ? sep : '');
  // A key may be `../../etc/passwd`: what is downloaded stays below the folder that was named.
  if (!file.startsWith(resolve(target) + sep))
    throw new UsageError(`${shown(name)} would be written outside ${target}.`);
  return { file };
}

async function move(
  oss: Oss,
  job: Job,
  call: Call,
  bandwidth: Bandwidth | undefined,
  moved: (bytes: number) => void,
): Promise<void> {
  const { from, to } = job;
  if (!isFile(from) && isFile(to) && job.name.endsWith('/')) {
    if (job.size > 0) throw new Error('it has bytes, and a name that only a folder can have');
    await mkdir(to.file, { recursive: true });
    return;
  }
  const text = (name: string): number | undefined => {
    const value = call.text(name);
    return value === undefined ? undefined : sizeOf(value, name);
  };
  const partSize = text('part-size');
  const threshold = text('bigfile-threshold');
  const concurrency = call.number('parallel');
  const resumes = !call.on('no-resume');
  const options = {
    signal: call.signal,
    onProgress: ({ transferred }: { transferred: number }) => moved(transferred),
    ...(partSize === undefined ? {} : { partSize }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(resumes ? { checkpointDir: call.text('checkpoint-dir') ?? join(homedir(), '.millrace', 'transfers') } : {}),
  };
  const described = {
    contentType: call.text('content-type'),
    acl: call.text('acl') as 'private' | undefined,
    storageClass: call.text('storage-class') as 'Standard' | undefined,
  };
  if (isFile(from) && !isFile(to)) {
    const uploader = new Uploader(oss, options);
    const request = { ...to, ...described };
    if (job.name.endsWith('/')) {
      await oss.putObject({ ...request, body: '' }, { signal: call.signal });
      return;
    }
    await orGiveUp(uploader.uploadFile(request, from.file), resumes, () => uploader.abortFile(request, from.file));
  } else if (!isFile(from) && isFile(to)) {
    await mkdir(dirname(resolve(to.file)), { recursive: true });
    const downloader = new Downloader(oss, options);
    const done = downloader.downloadFile(from, to.file);
    const { lastModified } = await orGiveUp(done, resumes, () => downloader.abort(from, to.file));
    if (lastModified !== undefined) await utimes(to.file, new Date(), new Date(lastModified));
  } else if (!isFile(from) && !isFile(to)) {
    const { checkpointDir: _, ...rest } = options as typeof options & { checkpointDir?: string };
    await new Copier(oss).copy({ ...to, source: from, ...described }, rest);
  }
}

/** Where no run will go on with what this one leaves, it leaves nothing. */
async function orGiveUp<T>(transfer: Promise<T>, resumes: boolean, giveUp: () => Promise<void>): Promise<T> {
  try {
    return await transfer;
  } catch (error) {
    if (!resumes) await giveUp();
    throw error;
  }
}

/** Folders stand in the names of what is in them; only those with nothing in them are objects themselves. */
const isMoved = ({ name, empty }: Found, call: Call): boolean =>
  !name.endsWith('/') || (empty && !call.on('disable-dir-object'));

/** Whether the target has these bytes already: the size tells most, the checksum the rest. */
async function sameContent(oss: Oss, { name, from, to, size }: Job, call: Call): Promise<boolean> {
  const sizeThere = async (place: Place): Promise<number | undefined> =>
    isFile(place)
      ? (await stat(place.file).catch(() => undefined))?.size
      : (await oss.getObjectMeta(place, { signal: call.signal }).catch(() => undefined))?.size;
  if (isFile(to) && name.endsWith('/')) return (await stat(to.file).catch(() => undefined))?.isDirectory() ?? false;
  if ((await sizeThere(to)) !== size) return false;
  // An empty folder has nothing to compare.
  if (size === 0) return true;
  const crc = async (place: Place): Promise<string | undefined> =>
    isFile(place) ? await crc64OfFile(place.file) : (await oss.headObject(place)).crc64;
  const [mine, theirs] = await Promise.all([crc(from), crc(to)]);
  return mine !== undefined && mine === theirs;
}

async function removeOthers(
  oss: Oss,
  target: string,
  names: ReadonlySet<string>,
  wanted: (name: string) => boolean,
  call: Call,
): Promise<void> {
  const dry = call.on('dry-run');
  const tell = (place: string): void => call.out.result({ removed: place }, `removed ${shown(place)}`);
  if (isOssUrl(target)) {
    const { bucket, key } = parseOssUrl(target);
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    const remover = new Remover(oss, bucket, call.signal);
    for await (const { Key } of eachObject(oss, { bucket, prefix }, { signal: call.signal })) {
      const name = Key.slice(prefix.length);
      // The target's own marker is not below it.
      if (name === '' || names.has(name) || !wanted(name)) continue;
      if (!dry) await remover.remove({ Key });
      tell(`oss://${bucket}/${Key}`);
    }
    await remover.end();
    return;
  }
  for await (const { name, path } of below(
    target,
    'kept',
    () => undefined,
    () => undefined,
  )) {
    if (name.endsWith('/') || names.has(name) || !wanted(name)) continue;
    if (!dry) await rm(path);
    tell(path);
  }
}

/** ossutil's rules: without patterns all names; each name by the includes and excludes that match it. */
export function filterOf(call: Pick<Call, 'list'>): (name: string) => boolean {
  const compile = (pattern: string): RegExp => {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^(?:.*/)?${escaped}$`, 's');
  };
  const includes = call.list('include').map(compile);
  const excludes = call.list('exclude').map(compile);
  return (name) =>
    (includes.length === 0 || includes.some((pattern) => pattern.test(name))) &&
    !excludes.some((pattern) => pattern.test(name));
}
