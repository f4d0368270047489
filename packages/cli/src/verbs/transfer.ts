import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Copier, crc64OfFile, Downloader, eachObject, fileSource, type Oss, Uploader } from 'millrace';
import { ahead, atOnce } from '../at-once.ts';
import { sizeOf } from '../flags.ts';
import { isOssUrl, type OssUrl, parseOssUrl, shown } from '../oss-url.ts';
import { humanSize, ProgressBar } from '../progress.ts';
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
  { name: 'bandwidth-limit', value: 'SIZE', summary: 'Bytes a second for each file, such as 10M.' },
  { name: 'content-type', value: 'TYPE', summary: 'The type of what is uploaded; by its name without.' },
  { name: 'acl', value: 'ACL', summary: 'private, public-read or public-read-write.' },
  { name: 'storage-class', value: 'CLASS', summary: 'Standard, IA, Archive, …' },
  { name: 'dry-run', short: 'n', summary: 'Says what would be done.' },
];

/** One file or object to move. */
interface Job {
  /** Below source and target, with `/`. */
  name: string;
  size: number;
  from: Place;
  to: Place;
  /** Of the source, where it is an object. */
  etag?: string;
}
type Place = { file: string } | OssUrl;

const isFile = (place: Place): place is { file: string } => 'file' in place;
const textOf = (place: Place): string => (isFile(place) ? place.file : `oss://${place.bucket}/${place.key}`);

export const cp: Verb = {
  name: 'cp',
  operands: 'SOURCE TARGET',
  count: [2, 2],
  summary: 'Upload, download or copy; with -r all below. Goes on where an earlier run ended.',
  flags: [{ name: 'recursive', short: 'r', summary: 'All below the source.' }, ...transferFlags],
  run: (call) => transfer(call, { recursive: call.on('recursive'), update: call.on('update'), remove: false }),
};

export const sync: Verb = {
  name: 'sync',
  operands: 'SOURCE TARGET',
  count: [2, 2],
  summary: 'Make the target the same as the source, moving only what differs.',
  flags: [{ name: 'delete', summary: 'Removes from the target what the source does not have.' }, ...transferFlags],
  run: (call) => transfer(call, { recursive: true, update: true, remove: call.on('delete') }),
};

const JOBS = 6;
/** Names that are read before their turn comes: a bar can only show a share of what is known. */
const MOST_AHEAD = 100_000;

async function transfer(
  call: Call,
  { recursive, update, remove }: { recursive: boolean; update: boolean; remove: boolean },
): Promise<number> {
  const [source = '', target = ''] = call.operands;
  if (!isOssUrl(source) && !isOssUrl(target)) throw new UsageError('One of the two must be oss://BUCKET/….');
  const oss = await call.oss();
  const bar = new ProgressBar(call.out);
  const wanted = filterOf(call);
  const failures: string[] = [];
  const names = new Set<string>();
  let moved = 0;
  let bytes = 0;
  const refused = (told: string): void => {
    failures.push(told);
    call.out.error(told);
  };
  const one = async (job: Job): Promise<void> => {
    names.add(job.name);
    const told = `${shown(textOf(job.from))} -> ${shown(textOf(job.to))}`;
    try {
      if (update && (await sameContent(oss, job, call))) {
        bar.moved(job.name, job.size);
        return;
      }
      if (!call.on('dry-run')) await move(oss, job, call, (done) => bar.moved(job.name, done));
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
    const jobs = jobsOf(oss, source, target, recursive, wanted, call, refused);
    const known = ahead(jobs, MOST_AHEAD, ({ size }) => bar.expect(size));
    await atOnce(known, call.number('job') ?? JOBS, one);
  } finally {
    bar.close();
  }
  if (remove && failures.length === 0) await removeOthers(oss, target, names, wanted, call);
  if (recursive) {
    const summary = { moved, bytes, failed: failures.length };
    call.out.result(summary, `${moved} moved (${humanSize(bytes)}), ${failures.length} failed`);
  }
  if (failures.length > 0) throw new PartialFailure(`${failures.length} failed`);
  return exitCodes.ok;
}

async function* jobsOf(
  oss: Oss,
  source: string,
  target: string,
  recursive: boolean,
  wanted: (name: string) => boolean,
  call: Call,
  refused: (told: string) => void,
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
    for await (const file of filesBelow(source)) {
      const name = relative(source, file.path).split(sep).join('/');
      if (wanted(name)) yield { name, size: file.size, from: { file: file.path }, to: place(name, false) };
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
    yield { name, size: head.size, from: { bucket, key }, to: place(name, single), etag: head.etag ?? '' };
    return;
  }
  const base = key === '' || key.endsWith('/') ? key.length : key.lastIndexOf('/') + 1;
  for await (const { Key, Size, ETag } of eachObject(oss, { bucket, prefix: key }, { signal: call.signal })) {
    const name = Key.slice(base);
    // The marker of a folder is no file.
    if (name === '' || (name.endsWith('/') && Size === 0) || !wanted(name)) continue;
    let to: Place;
    try {
      to = place(name, false);
    } catch (error) {
      refused(`${shown(Key)}: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    yield { name, size: Size, from: { bucket, key: Key }, to, etag: ETag };
  }
}

function placeUnder(target: string, name: string, single: boolean): Place {
  if (isOssUrl(target)) {
    const { bucket, key } = parseOssUrl(target);
    if (single) return { bucket, key };
    return { bucket, key: key === '' || key.endsWith('/') ? key + name : `${key}/${name}` };
  }
  if (single) return { file: target };
  const file = resolve(target, ...name.split('/'));
  // A key may be `../../etc/passwd`: what is downloaded stays below the folder that was named.
  if (!file.startsWith(resolve(target) + sep))
    throw new UsageError(`${shown(name)} would be written outside ${target}.`);
  return { file };
}

async function* filesBelow(folder: string): AsyncGenerator<{ path: string; size: number }> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield { path, size: (await stat(path)).size };
  }
}

async function move(oss: Oss, job: Job, call: Call, moved: (bytes: number) => void): Promise<void> {
  const { from, to } = job;
  const text = (name: string): number | undefined => {
    const value = call.text(name);
    return value === undefined ? undefined : sizeOf(value, name);
  };
  const partSize = text('part-size');
  const threshold = text('bigfile-threshold');
  const bandwidth = text('bandwidth-limit');
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
    const upload = await fileSource(from.file);
    await orGiveUp(uploader.upload(request, upload), resumes, () => uploader.abort(request, upload));
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

/** Whether the target has these bytes already: the size tells most, the checksum the rest. */
async function sameContent(oss: Oss, { from, to, size }: Job, call: Call): Promise<boolean> {
  const sizeThere = async (place: Place): Promise<number | undefined> =>
    isFile(place)
      ? (await stat(place.file).catch(() => undefined))?.size
      : (await oss.getObjectMeta(place, { signal: call.signal }).catch(() => undefined))?.size;
  if ((await sizeThere(to)) !== size) return false;
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
  if (isOssUrl(target)) {
    const { bucket, key } = parseOssUrl(target);
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    for await (const { Key } of eachObject(oss, { bucket, prefix }, { signal: call.signal })) {
      const name = Key.slice(prefix.length);
      if (names.has(name) || !wanted(name)) continue;
      if (!call.on('dry-run')) await oss.deleteObject({ bucket, key: Key });
      call.out.result({ removed: `oss://${bucket}/${Key}` }, `removed oss://${bucket}/${shown(Key)}`);
    }
    return;
  }
  for await (const { path } of filesBelow(target)) {
    const name = relative(target, path).split(sep).join('/');
    if (names.has(name) || !wanted(name)) continue;
    if (!call.on('dry-run')) await rm(path);
    call.out.result({ removed: path }, `removed ${shown(path)}`);
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
