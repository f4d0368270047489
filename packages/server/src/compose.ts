import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { AdminListener } from './admin/admin-listener.ts';
import { EventRoutes } from './admin/event-routes.ts';
import { LateMetrics } from './admin/late-metrics.ts';
import type { GaugeSource } from './admin/metrics.ts';
import { operatorOf } from './admin/operator.ts';
import { PolicyRoutes } from './admin/policy-routes.ts';
import { PushRoutes } from './admin/push-routes.ts';
import { checkReadiness } from './admin/readiness.ts';
import { TaskRoutes } from './admin/task-routes.ts';
import { type Config, ConfigError } from './config.ts';
import { AccessService } from './domain/access/access-service.ts';
import { IdentityDirectory } from './domain/access/identity-directory.ts';
import { IdentityService } from './domain/access/identity-service.ts';
import { type AccessKey, rootKey } from './domain/access/principal.ts';
import { SessionService } from './domain/access/session-service.ts';
import { AccessLog } from './domain/access-log/access-log.ts';
import { CallbackService, type Delivery } from './domain/callbacks/callback-service.ts';
import { DatasetService } from './domain/datasets/dataset-service.ts';
import { FileIndexer } from './domain/datasets/file-indexer.ts';
import { EventDispatcher } from './domain/events/event-dispatcher.ts';
import { Identities } from './domain/identities.ts';
import { createIngest } from './domain/ingestion/ingest.ts';
import { IngestionKeeper } from './domain/ingestion/ingestion-keeper.ts';
import { IngestionService } from './domain/ingestion/ingestion-service.ts';
import { InventoryKeeper } from './domain/inventory/inventory-keeper.ts';
import { blindWatermarkTaskKind } from './domain/media/blind-watermark-task.ts';
import { DocumentText } from './domain/media/document-text.ts';
import { LivePlaylists } from './domain/media/live-playlist.ts';
import { MediaService } from './domain/media/media-service.ts';
import { mediaTaskKinds } from './domain/media/media-task.ts';
import { ResultCache } from './domain/media/result-cache.ts';
import { mediaDefaults } from './domain/media/settings.ts';
import { AccessTimes } from './domain/objects/access-times.ts';
import { BlobCiphers } from './domain/objects/blob-cipher.ts';
import { BucketService } from './domain/objects/bucket-service.ts';
import { Collector } from './domain/objects/collector.ts';
import { LifecycleKeeper } from './domain/objects/lifecycle-keeper.ts';
import { ObjectService } from './domain/objects/object-service.ts';
import { RetentionService } from './domain/objects/retention-service.ts';
import { Scrubber } from './domain/objects/scrubber.ts';
import { UploadService } from './domain/objects/upload-service.ts';
import { PictureService } from './domain/pictures/picture-service.ts';
import { type Clock, systemClock } from './domain/ports/clock.ts';
import { type Random, systemRandom } from './domain/ports/random.ts';
import type { RecordStore } from './domain/ports/record-store.ts';
import { ProjectService } from './domain/projects/project-service.ts';
import { ProjectTaskService } from './domain/projects/project-task-service.ts';
import { projectTaskKind } from './domain/projects/project-work.ts';
import { projectTaskKinds } from './domain/projects/project-works.ts';
import { DeadLetterKeeper } from './domain/queues/dead-letter-keeper.ts';
import { MessagingAccounts } from './domain/queues/messaging-accounts.ts';
import { type PushAttempt, PushService } from './domain/queues/push-service.ts';
import { QueueService } from './domain/queues/queue-service.ts';
import { TopicService } from './domain/queues/topic-service.ts';
import { SelectService } from './domain/select/select-service.ts';
import { DomainService } from './domain/settings/domain-service.ts';
import { SettingsService } from './domain/settings/settings-service.ts';
import { type TaskObserver, TaskRunner } from './domain/tasks/task-runner.ts';
import { TaskService } from './domain/tasks/task-service.ts';
import { type Engines, openEngines } from './engines/engines.ts';
import { HttpCallbackSender } from './http/callback-sender.ts';
import { PUSH_CERTIFICATE_PATH } from './http/choose-protocol.ts';
import type { FrontEnd, Protocol } from './http/exchange.ts';
import { Listener } from './http/listener.ts';
import { reachable } from './http/networks.ts';
import { publicDomainNames } from './http/public-domain-names.ts';
import { HttpPushSender } from './http/push-sender.ts';
import { HttpWebhookSender } from './http/webhook-sender.ts';
import { imm2017Product } from './imm/2017/product.ts';
import { imm2020Product } from './imm/2020/product.ts';
import { MnsFrontEnd } from './mns/front-end.ts';
import { mnsOpenProduct } from './mns-open/product.ts';
import { CALLBACK_KEY_PATH, OssFrontEnd } from './oss/front-end.ts';
import { ramProduct } from './ram/product.ts';
import { RpcFrontEnd } from './rpc/front-end.ts';
import { openCallbackKey } from './stores/files/callback-key.ts';
import { openFileLogSpool } from './stores/files/file-log-spool.ts';
import { openMasterKeys } from './stores/files/master-keys.ts';
import { openPushIdentity, type PushIdentity } from './stores/files/push-identity.ts';
import { openRootKey } from './stores/files/root-key.ts';
import { openSecretBox } from './stores/files/secret-box.ts';
import type { Stores } from './stores/open-stores.ts';
import { DigestThreads } from './stores/threads/digest-threads.ts';
import { ResultWriter } from './stores/threads/result-writer.ts';
import { stsProduct } from './sts/product.ts';
import { startUpkeep } from './upkeep.ts';

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

/** The slowest that a client may send a body. */
const BODY_BYTES_PER_SECOND = 512;

const CACHE_BYTES = 2 * 1024 ** 3;

/** Leases of an embedded server go by one name: the lock on the data folder makes sure that only one has it. */
const EMBEDDED_OWNER = 'embedded';

/** Builds the whole server over its stores, in order, and starts it. Closing it closes them. */
export async function compose(config: Config, { records, blobs }: Stores): Promise<Millrace> {
  const log = pino({ level: config.logLevel, base: null });
  const clock = systemClock;
  const random = systemRandom();
  const identities = new Identities(clock, random);

  const folder = (name: string): string => join(config.dataFolder, name);
  const box = openSecretBox(config.dataFolder, random);
  const keys = new IdentityDirectory({ records, box, clock, root: openKey(config, random, log) });
  rmSync(folder('temporary'), { recursive: true, force: true });
  mkdirSync(folder('temporary/sources'), { recursive: true });
  const { region, sandbox, officeDeadlineMs, mediaDeadlineMs } = config;
  const deadlines = { officeDeadlineMs, mediaDeadlineMs };
  const engines = openEngines({ folder: folder('temporary/engines'), sandbox, ...deadlines, log });

  const digests = new DigestThreads();
  const ciphers = new BlobCiphers({ keys: openMasterKeys(config.dataFolder, random), random });
  const access = new AccessService(records.reads, { policies: keys, region, box, now: () => clock.now() });
  const accounts = new IdentityService({ records, box, clock, identities });
  const sessions = new SessionService({ reads: records.reads, access, box, clock, identities });
  const buckets = new BucketService({ records, clock });
  const retentions = new RetentionService({ records, clock, identities });
  const settings = new SettingsService({ records, clock });
  const names = config.verifyDomains ? publicDomainNames() : undefined;
  const domains = new DomainService({ settings, records, names, clock, identities });
  const objects = new ObjectService({ records, blobs, ciphers, digests, clock, identities });
  const uploads = new UploadService({ records, blobs, ciphers, digests, clock, identities });
  const accessLog = new AccessLog({
    records,
    objects,
    spool: await openFileLogSpool(folder('access-logs')),
    clock,
    identities,
    intervalMs: config.accessLogIntervalMs,
    onFault: (err, batch) => log.warn({ err, bucket: batch?.bucket, object: batch?.key }, 'a request log is held up'),
  });
  const queues = new QueueService({
    records,
    clock,
    identities,
    onFault: (err) => log.error({ err }, 'queue upkeep failed'),
  });
  const reachedAt = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname.replace(/^\[|\]$/g, '')];
  const mayReach = reachable({ networks: config.callbackNetworks, hosts: [config.host, ...reachedAt] });
  let madeIdentity: Promise<PushIdentity> | undefined;
  const pushIdentity = (): Promise<PushIdentity> => {
    madeIdentity ??= openPushIdentity(config.dataFolder, clock.now());
    return madeIdentity;
  };
  const pushes = new PushService({
    records,
    sender: new HttpPushSender({
      privateKey: async () => (await pushIdentity()).privateKey,
      certificateUrl: () => config.pushCertificateUrl ?? publicUrl() + PUSH_CERTIFICATE_PATH,
      mayReach,
    }),
    clock,
    identities,
    region,
    chance: Math.random,
    attempted: pushLog(log),
    onFault: (err) => log.error({ err }, 'pushing failed'),
  });
  const deadLetters = new DeadLetterKeeper({
    records,
    clock,
    region,
    onFault: (err) => log.error({ err }, 'moving dead letters failed'),
  });
  const topics = new TopicService({
    records,
    clock,
    identities,
    checkEndpoint: (endpoint) => pushes.checkEndpoint(endpoint),
  });
  const messaging = new MessagingAccounts({ records, clock });

  const select = new SelectService({ objects, engine: engines.select });

  const temporaryFolder = folder('temporary/sources');
  // The shortest tasks keep one core busy each.
  const mediaConcurrency = Math.max(2, availableParallelism());
  const mediaSettings = { region, ...deadlines, mediaConcurrency, binding: config.binding, temporaryFolder };
  const cache = new ResultCache({
    folder: folder('cache'),
    files: new ResultWriter(),
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
    playlists: new LivePlaylists({
      records,
      objects,
      engine: engines.media.video,
      box,
      clock,
      identities,
      temporaryFolder: mediaSettings.temporaryFolder,
    }),
    settings: mediaSettings,
  });
  const scrubber = new Scrubber({ reads: records.reads, blobs, ciphers, clock });
  const metrics = new LateMetrics([
    taskGauge(records),
    taskAgeGauge(records, clock),
    engineGauge(engines),
    cacheGauge(cache),
    damageGauge(scrubber),
  ]);
  const files = { reads: records.reads, objects, access, clock, temporaryFolder: mediaSettings.temporaryFolder, box };
  const works = new ProjectTaskService({ ...files, records, identities });
  const datasets = new DatasetService({ records, clock });
  const indexer = new FileIndexer({ datasets, engines: engines.media });
  const workServices = { ...files, region, board: engines.board };
  const ingestionKeeper = new IngestionKeeper({
    ...{ records, objects, clock, identities, region },
    ingest: createIngest({ media, works, indexer, identities }),
    onFault: (err) => log.error({ err }, 'a batch or trigger is held up'),
  });
  const mediaTasks = { reads: records.reads, objects, engines: engines.media, settings: mediaSettings, box };
  const tasks = new TaskRunner({
    records,
    clock,
    identities,
    kinds: [
      ...mediaTaskKinds(mediaTasks),
      blindWatermarkTaskKind(mediaTasks),
      ...projectTaskKinds(workServices),
      projectTaskKind(indexer.work, workServices),
    ],
    owner: EMBEDDED_OWNER,
    exclusive: true,
    observer: taskLog(log, metrics, clock),
    recordsEvents: config.webhook !== undefined,
  });
  const collector = new Collector({ records, blobs, clock });

  const callbackSender = new HttpCallbackSender({
    privateKey: () => openCallbackKey(config.dataFolder),
    publicKeyUrl: () => publicUrl() + CALLBACK_KEY_PATH,
    mayReach,
  });
  const callbacks = new CallbackService({ sender: callbackSender, clock, delivered: callbackLog(log) });
  const webhook =
    config.webhook &&
    new EventDispatcher({
      records,
      sender: new HttpWebhookSender({ ...config.webhook, mayReach }),
      clock,
      settled: ({ id, type, attempts }, outcome, state) =>
        log[state === 'Delivered' ? 'info' : 'warn'](
          { event: id, type, attempts, outcome },
          `event ${state.toLowerCase()}`,
        ),
      trouble: (err) => log.error({ err }, 'telling the webhook failed'),
    });
  const accessTimes = new AccessTimes({ records, clock });
  const lifecycle = new LifecycleKeeper({ records, clock, identities });
  const inventory = new InventoryKeeper({
    records,
    blobs,
    ciphers,
    digests,
    clock,
    identities,
    onFault: (err, where) => log.warn({ err, ...where }, 'an inventory is held up'),
  });

  let endpoint = '';
  const publicUrl = (): string => config.publicUrl ?? endpoint;
  // Never a domain name that some bucket could be bound to.
  const publicHost = config.publicUrl === undefined ? [] : [new URL(config.publicUrl).hostname];
  const imm = {
    projects: new ProjectService({ records, clock }),
    media,
    works,
    datasets,
    indexer,
    ingestions: new IngestionService({ records, access, clock, identities }),
    pictures: new PictureService({ board: engines.board, works }),
    documentText: new DocumentText({ engine: engines.media.doc, works, documentBytes: mediaDefaults.documentBytes }),
    tasks: new TaskService({ records, runner: tasks, clock }),
    buckets,
    access,
    region,
    endpoint: () => new URL(publicUrl()).host,
  };
  const immProducts = [imm2017Product(imm), imm2020Product(imm)];
  const frontEnds: Record<Protocol, FrontEnd> = {
    oss: new OssFrontEnd({
      buckets,
      settings,
      domains,
      objects,
      accessTimes,
      uploads,
      retentions,
      access,
      accounts,
      process: media,
      select,
      callbacks,
      callbackKey: () => callbackSender.publicKey(),
      keys,
      clock,
      region,
      hosts: ['localhost', ...config.domains, ...publicHost],
      publicUrl,
      accessLog,
      arrived: (bucket, key) => ingestionKeeper.arrived(bucket, key),
    }),
    mns: new MnsFrontEnd({
      queues,
      topics,
      account: messaging,
      pushCertificate: async () => (await pushIdentity()).certificate,
      keys,
      access,
      clock,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    }),
    rpc: new RpcFrontEnd({
      products: [
        stsProduct(sessions),
        ramProduct({ identities: accounts, access }),
        mnsOpenProduct({ queues, topics, account: messaging, access, region, publicUrl }),
        ...immProducts,
      ],
      keys,
      access,
      clock,
    }),
  };

  await tasks.start();
  await ingestionKeeper.start();
  webhook?.start();
  queues.start();
  deadLetters.start();
  await accessLog.start();
  const upkeep = startUpkeep({
    collector,
    scrubber,
    lifecycle,
    lifecycleMs: config.lifecycleIntervalMs,
    inventory,
    clock,
    log,
  });
  const { host } = config;
  const bodyFloor = { bytesPerSecond: BODY_BYTES_PER_SECOND, windowMs: config.bodyWindowMs };
  const patience = { bodyFloor, sendStallMs: config.sendStallMs };
  const listener = await bound(
    'MILLRACE_PORT',
    Listener.open({ host, port: config.port, frontEnds, identities, clock, log, observer: metrics, patience }),
  );
  endpoint = urlOf(host, listener.port);
  // What an earlier process has left tells receivers where the certificate is.
  await pushes.start();
  const ready = () => checkReadiness({ records, blobs, identities, health: () => engines.health() });
  const admin = await bound(
    'MILLRACE_CONSOLE_PORT',
    AdminListener.open({
      host,
      port: config.consolePort,
      metrics,
      ready,
      callbacks: () => callbacks.deliveries,
      operator: (authorization) => operatorOf(authorization, { keys, access }),
      routes: {
        '/-/tasks': new TaskRoutes({ records, tasks }),
        '/-/events': new EventRoutes({ records, clock }),
        '/-/pushes': new PushRoutes(pushes),
        '/-/policies': new PolicyRoutes({ reads: records.reads, access, accountId: config.accountId }),
      },
      log,
    }),
  );
  // Not before the server is ready, which it would hold up: programs are started that take the processor for themselves.
  setImmediate(() => engines.prewarm());

  return {
    log,
    endpoint,
    console: urlOf(host, admin.port),
    async close() {
      upkeep.stop();
      // Long polls would otherwise hold the drain up for as long as they may wait.
      queues.close();
      deadLetters.close();
      pushes.close();
      await Promise.all([listener.close(DRAIN_MS), tasks.stop(), ingestionKeeper.stop()]);
      await admin.close();
      await webhook?.stop();
      await engines.close();
      await upkeep.stopped();
      await accessLog.close();
      await accessTimes.flush();
      await records.close();
      await digests.close();
    },
  };
}

const urlOf = (host: string, port: number): string => `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** An address that cannot be had is a matter of settings, and is told like one. */
async function bound<T>(setting: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new ConfigError([
        `${setting}: ${message}. Stop the program that uses it, or set another port (0 picks one).`,
      ]);
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new ConfigError([`${setting} or MILLRACE_HOST: ${message}.`]);
    }
    throw error;
  }
}

function openKey(config: Config, random: Random, log: Logger): AccessKey {
  const pair = config.rootKey ?? openRootKey(config.dataFolder, random);
  if ('generated' in pair && pair.generated) {
    const where = join(config.dataFolder, 'root-key.json');
    log.warn({ accessKeyId: pair.id, accessKeySecret: pair.secret, where }, 'root access key generated');
  }
  return rootKey(pair.id, pair.secret, config.accountId);
}

function taskLog(log: Logger, metrics: LateMetrics, clock: Clock): TaskObserver {
  return {
    started: ({ id, kind, attempts, createdMs, startedMs }) => {
      if (attempts === 1) metrics.taskBegan(kind, (startedMs - createdMs) / 1000);
      log.debug({ task: id, kind, attempts }, 'task started');
    },
    ended: ({ id, kind, startedMs }, end, notified) => {
      if (startedMs > 0) metrics.taskEnded(kind, end.state, (clock.now() - startedMs) / 1000);
      const failure = end.state === 'Failed' ? { code: end.code, reason: end.message } : {};
      log.info({ task: id, kind, state: end.state, notified, ...failure }, 'task ended');
    },
    retried: ({ id, kind }, failure, err) => log.warn({ task: id, kind, ...failure, err }, 'task will be retried'),
    trouble: (err) => log.error({ err }, 'task upkeep failed'),
  };
}

function callbackLog(log: Logger): (delivery: Delivery) => void {
  return ({ requestId, bucket, key, attempts }) => {
    const failed = attempts.at(-1)?.failure !== undefined;
    log[failed ? 'warn' : 'info'](
      { requestId, bucket, key, attempts },
      failed ? 'callback failed' : 'callback delivered',
    );
  };
}

function pushLog(log: Logger): (attempt: PushAttempt) => void {
  return (attempt) => {
    const { failure, outcome } = attempt;
    if (failure === undefined) log.info(attempt, 'push delivered');
    else log.warn(attempt, typeof outcome === 'string' ? `push ${outcome}` : 'push will be retried');
  };
}

function taskGauge(records: RecordStore): GaugeSource {
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

function taskAgeGauge(records: RecordStore, clock: Clock): GaugeSource {
  return {
    name: 'millrace_task_oldest_wait_seconds',
    help: 'For how long the task that has waited longest has been waiting, by kind.',
    labels: ['kind'],
    async read() {
      const nowMs = clock.now();
      const waiting = await records.reads.tasks.waitingSince();
      return waiting.map(({ kind, createdMs }) => ({ labels: { kind }, value: Math.max(0, nowMs - createdMs) / 1000 }));
    },
  };
}

function engineGauge(engines: Engines): GaugeSource {
  return {
    name: 'millrace_engine_starts',
    help: 'Warm workers of an engine started so far; those past the size of its pool took the place of others.',
    labels: ['engine'],
    read: () => engines.starts().map(({ engine, count }) => ({ labels: { engine }, value: count })),
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
