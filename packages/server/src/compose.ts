import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { AdminListener, type Readiness } from './admin/admin-listener.ts';
import { type GaugeSource, Metrics } from './admin/metrics.ts';
import type { Config } from './config.ts';
import { AccessService } from './domain/access/access-service.ts';
import type { AccessKey, KeyRing } from './domain/access/principal.ts';
import { Identities } from './domain/identities.ts';
import { MediaService } from './domain/media/media-service.ts';
import { mediaTaskKinds } from './domain/media/media-task.ts';
import { ResultCache } from './domain/media/result-cache.ts';
import { BucketService } from './domain/objects/bucket-service.ts';
import { Collector } from './domain/objects/collector.ts';
import { ObjectService } from './domain/objects/object-service.ts';
import { type Damage, Scrubber } from './domain/objects/scrubber.ts';
import { UploadService } from './domain/objects/upload-service.ts';
import type { BlobStore } from './domain/ports/blob-store.ts';
import { type Clock, systemClock } from './domain/ports/clock.ts';
import { type Random, systemRandom } from './domain/ports/random.ts';
import type { RecordStore } from './domain/ports/record-store.ts';
import { QueueService } from './domain/queues/queue-service.ts';
import { TopicService } from './domain/queues/topic-service.ts';
import { TaskRunner } from './domain/tasks/task-runner.ts';
import { type Engines, openEngines } from './engines/engines.ts';
import type { Protocol } from './http/exchange.ts';
import { Listener } from './http/listener.ts';
import { RpcNotImplemented } from './http/rpc-not-implemented.ts';
import { MnsFrontEnd } from './mns/dispatch.ts';
import { OssFrontEnd } from './oss/serve.ts';
import { openFileBlobStore } from './stores/files/file-blob-store.ts';
import { openRootKey } from './stores/files/root-key.ts';
import { openSqliteStore } from './stores/sqlite/sqlite-record-store.ts';

/** A server that serves. */
export interface Millrace {
  readonly log: Logger;
  /** `http://HOST:PORT` as bound. */
  readonly endpoint: string;
  readonly console: string;
  /** Lets requests under way end, up to a limit, gives tasks under way back, and closes everything. */
  close(): Promise<void>;
}

/** Requests under way get this long after SIGTERM; with what follows, the process is gone within the promised 10 s. */
const DRAIN_MS = 6_000;

const COLLECT_GARBAGE_MS = 60_000;
const COLLECT_ORPHANS_MS = 6 * 3_600_000;
const SCRUB_MS = 24 * 3_600_000;
const CACHE_BYTES = 2 * 1024 ** 3;

/** Leases of an embedded server go by one name: the lock on the data folder makes sure that only one has it. */
const EMBEDDED_OWNER = 'embedded';

/** Builds the whole server, in order, and starts it. */
export async function compose(config: Config): Promise<Millrace> {
  const log = pino({ level: config.logLevel, base: null });
  const clock = systemClock;
  const random = systemRandom();
  const identities = new Identities(clock, random);

  // The records come first: their lock keeps a second server off everything else in the folder.
  const folder = (name: string): string => join(config.dataFolder, name);
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  const records = await openSqliteStore({ folder: folder('records') });
  const blobs = await openFileBlobStore({ folder: folder('blobs') });
  const keys = openKeys(config, random, log);
  rmSync(folder('temporary'), { recursive: true, force: true });
  mkdirSync(folder('temporary/sources'), { recursive: true });
  const engines = await openEngines({ folder: folder('temporary/engines'), sandbox: config.sandbox, log });

  const access = new AccessService(records.reads);
  const buckets = new BucketService({ records, clock });
  const objects = new ObjectService({ records, blobs, clock, identities });
  const uploads = new UploadService({ records, blobs, clock, identities });
  const queues = new QueueService({
    records,
    clock,
    identities,
    onFault: (err) => log.error({ err }, 'queue upkeep failed'),
  });
  const topics = new TopicService({ records, clock, identities });

  const { region, officeDeadlineMs, mediaDeadlineMs } = config;
  const mediaSettings = { region, officeDeadlineMs, mediaDeadlineMs, temporaryFolder: folder('temporary/sources') };
  const cache = new ResultCache({
    folder: folder('cache'),
    maxBytes: CACHE_BYTES,
    trouble: (err) => log.warn({ err }, 'the result cache failed'),
  });
  const media = new MediaService({
    records,
    objects,
    access,
    engines: engines.media,
    cache,
    clock,
    identities,
    settings: mediaSettings,
  });
  const tasks = new TaskRunner({
    records,
    clock,
    identities,
    kinds: mediaTaskKinds({ reads: records.reads, objects, engines: engines.media, settings: mediaSettings }),
    owner: EMBEDDED_OWNER,
    exclusive: true,
    observer: taskLog(log),
  });
  const collector = new Collector({ records, blobs, clock });
  const scrubber = new Scrubber({ reads: records.reads, blobs, clock });

  const metrics = new Metrics([taskGauge(records), cacheGauge(cache), damageGauge(scrubber)]);
  let endpoint = '';
  const publicUrl = (): string => config.publicUrl ?? endpoint;
  const frontEnds: Record<Protocol, OssFrontEnd | MnsFrontEnd | RpcNotImplemented> = {
    oss: new OssFrontEnd({
      buckets,
      objects,
      uploads,
      access,
      process: media,
      keys,
      clock,
      region: config.region,
      hosts: ['localhost', ...config.domains],
      publicUrl,
    }),
    mns: new MnsFrontEnd({
      queues,
      topics,
      keys,
      clock,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    }),
    rpc: new RpcNotImplemented(),
  };

  await tasks.start();
  queues.start();
  const upkeep = startUpkeep({ collector, scrubber, clock, log });
  const { host } = config;
  const listener = await Listener.open({
    host,
    port: config.port,
    frontEnds,
    identities,
    clock,
    log,
    observer: metrics,
  });
  endpoint = urlOf(host, listener.port);
  const admin = await AdminListener.open({
    host,
    port: config.consolePort,
    metrics,
    ready: () => readiness({ records, blobs, identities, engines }),
    log,
  });

  return {
    log,
    endpoint,
    console: urlOf(host, admin.port),
    async close() {
      upkeep.stop();
      // Long polls would otherwise hold the drain up for as long as they may wait.
      queues.close();
      await Promise.all([listener.close(DRAIN_MS), tasks.stop()]);
      await admin.close();
      await engines.close();
      await upkeep.stopped();
      await records.close();
    },
  };
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function openKeys(config: Config, random: Random, log: Logger): KeyRing {
  const pair = config.rootKey ?? openRootKey(config.dataFolder, random);
  if ('generated' in pair && pair.generated) {
    const where = join(config.dataFolder, 'root-key.json');
    log.warn({ accessKeyId: pair.id, accessKeySecret: pair.secret, where }, 'root access key generated');
  }
  const root: AccessKey = { id: pair.id, secret: pair.secret, accountId: config.accountId };
  return { find: (accessKeyId) => (accessKeyId === root.id ? root : undefined) };
}

function taskLog(log: Logger): ConstructorParameters<typeof TaskRunner>[0]['observer'] & object {
  return {
    started: ({ id, kind, attempts }) => log.debug({ task: id, kind, attempts }, 'task started'),
    ended: ({ id, kind }, end, notified) => {
      const failure = end.state === 'Failed' ? { code: end.code, reason: end.message } : {};
      log.info({ task: id, kind, state: end.state, notified, ...failure }, 'task ended');
    },
    retried: ({ id, kind }, failure, err) => log.warn({ task: id, kind, ...failure, err }, 'task will be retried'),
    trouble: (err) => log.error({ err }, 'task upkeep failed'),
  };
}

function taskGauge(
  records: RecordStore,
): ConstructorParameters<typeof Metrics>[0] extends readonly (infer G)[] | undefined ? G : never {
  return {
    name: 'millrace_tasks',
    help: 'Tasks on record, by kind and state.',
    labels: ['kind', 'state'],
    async read() {
      const counts = await records.reads.tasks.counts();
      return counts.flatMap(({ kind, ...states }) =>
        Object.entries(states).map(([state, value]) => ({ labels: { kind, state }, value })),
      );
    },
  };
}

function cacheGauge(cache: ResultCache): GaugeSource {
  return {
    name: 'millrace_result_cache_bytes',
    help: 'Disk bytes held by the cache of processed reads.',
    read: () => [{ value: cache.bytes }],
  };
}

function damageGauge(scrubber: Scrubber): GaugeSource {
  return {
    name: 'millrace_damaged_blobs',
    help: 'Blobs whose bytes the background scrub found damaged.',
    read: () => [{ value: scrubber.damaged.size }],
  };
}

/** Removes unreferenced bytes and reads the others again, from time to time. */
function startUpkeep(parts: { collector: Collector; scrubber: Scrubber; clock: Clock; log: Logger }): {
  stop(): void;
  stopped(): Promise<void>;
} {
  const { collector, scrubber, clock, log } = parts;
  const stopping = new AbortController();
  const under = new Set<Promise<void>>();
  const cancels = new Set<() => void>();
  const every = (intervalMs: number, firstMs: number, what: string, pass: () => Promise<number>): void => {
    const later = (delayMs: number): void => {
      const cancel = clock.schedule(delayMs, () => {
        cancels.delete(cancel);
        const running = pass()
          .then((count) => {
            if (count > 0) log.info({ count }, what);
          })
          .catch((err: unknown) => log.error({ err }, `${what}: failed`))
          .then(() => {
            under.delete(running);
            if (!stopping.signal.aborted) later(intervalMs);
          });
        under.add(running);
      });
      cancels.add(cancel);
    };
    later(firstMs);
  };
  const { signal } = stopping;
  every(COLLECT_GARBAGE_MS, COLLECT_GARBAGE_MS, 'released blobs removed', () => collector.collectGarbage(signal));
  every(COLLECT_ORPHANS_MS, COLLECT_GARBAGE_MS, 'orphaned blobs removed', () => collector.collectOrphans(signal));
  const report = (damage: Damage): void => log.error(damage, 'stored bytes are damaged');
  every(SCRUB_MS, SCRUB_MS, 'damaged blobs found', () => scrubber.pass(report, signal));
  return {
    stop() {
      stopping.abort();
      for (const cancel of cancels) cancel();
    },
    stopped: async () => {
      await Promise.all(under);
    },
  };
}

/** Really commits, writes, reads and removes; says what engines there are. Engines that are missing do not make it fail. */
async function readiness(parts: {
  records: RecordStore;
  blobs: BlobStore;
  identities: Identities;
  engines: Engines;
}): Promise<Readiness> {
  const { records, blobs, identities, engines } = parts;
  const attempt = async (work: () => Promise<void>): Promise<string> => {
    try {
      await work();
      return 'ok';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const [recordCheck, blobCheck, health] = await Promise.all([
    attempt(() => records.probe()),
    attempt(async () => {
      const id = identities.blob();
      const written = Buffer.from(id);
      try {
        await blobs.write(
          id,
          (async function* () {
            yield written;
          })(),
        );
        const read: Uint8Array[] = [];
        for await (const chunk of blobs.read(id, { offset: 0, length: written.length })) read.push(chunk);
        if (!Buffer.concat(read).equals(written)) throw new Error('What was read is not what was written.');
      } finally {
        await blobs.remove(id);
      }
    }),
    engines.health(),
  ]);
  return {
    ok: recordCheck === 'ok' && blobCheck === 'ok',
    checks: {
      records: recordCheck,
      blobs: blobCheck,
      engines: health.map(({ engine, version, missing }) => ({ engine, version, missing })),
    },
  };
}
