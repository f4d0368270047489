import { canonical, type Operation, type Process } from '@millrace/process';
import type { AccessService } from '../access/access-service.ts';
import { DomainError } from '../errors.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaEngines, MediaFamily } from '../ports/media-engine.ts';
import type { ObjectRow } from '../ports/object-records.ts';
import type { MediaObjects } from './media-objects.ts';
import { runStages } from './pipeline.ts';
import type { ProcessRequest } from './process-service.ts';
import { familyOfStage } from './process-text.ts';
import type { Result, ResultCache } from './result-cache.ts';
import type { MediaSettings } from './settings.ts';
import { extensionOf, ObjectSource, versionOf } from './source.ts';
import { watermarkKeys, watermarkPictures } from './watermark-pictures.ts';

/** What process strings give at once: kept from the last time, or made now within a deadline. */
export class ProcessResults {
  #objects: ObjectService;
  #access: AccessService;
  #touched: MediaObjects;
  #engines: MediaEngines;
  #cache: ResultCache;
  #clock: Clock;
  #settings: MediaSettings;

  constructor(dependencies: {
    objects: ObjectService;
    access: AccessService;
    touched: MediaObjects;
    engines: MediaEngines;
    cache: ResultCache;
    clock: Clock;
    settings: MediaSettings;
  }) {
    this.#objects = dependencies.objects;
    this.#access = dependencies.access;
    this.#touched = dependencies.touched;
    this.#engines = dependencies.engines;
    this.#cache = dependencies.cache;
    this.#clock = dependencies.clock;
    this.#settings = dependencies.settings;
  }

  /** Throws what engines refuse, and `AccessDenied` for what the string names beside its source. */
  async produce(
    request: ProcessRequest,
    process: Process,
    signal: AbortSignal,
  ): Promise<{ source: ObjectRow; result: Result; hit: boolean }> {
    const { principal, bucket, key } = request;
    const { stages } = process;
    const families = stages.map(familyOfStage);
    // A frame is a feature of the storage itself; reading out a container is one of IMM.
    if (stages.some(isOfImm)) await this.#access.require(principal, 'oss:ProcessImm', { bucket, key });
    const source = await this.#touched.source(principal, request);
    const { imageBytes } = this.#settings;
    if (families[0] === 'image') this.#touched.checkPicture(source);
    const keys = watermarkKeys(stages);
    const pictures = await watermarkPictures(this.#touched.readers, principal, bucket, keys, imageBytes);
    const rows = { source, pictures };
    const cacheKey = this.#cacheKey(rows, stages, families);
    const kept = await this.#cache.find(cacheKey);
    if (kept !== undefined) return { source, result: kept, hit: true };
    // The cache is on disk, and holds plaintext: what is made of sealed bytes is never in it.
    const sealed = await Promise.all([source, ...pictures.values()].map((row) => this.#objects.isSealed(row)));
    if (sealed.includes(true)) {
      return { source, result: await this.#run(rows, process, signal, true), hit: false };
    }
    const { result, hit } = await this.#cache.use(
      cacheKey,
      (shared) => this.#run(rows, process, shared, false),
      signal,
    );
    return { source, result, hit };
  }

  /** Everything the bytes depend on: nothing else may decide about them. */
  #cacheKey({ source, pictures }: Rows, stages: readonly Operation[][], families: readonly MediaFamily[]): string {
    const { key } = source;
    const engines = [...new Set(families)].map((family) => `${family} ${this.#engines[family].version}`);
    // Digests alone could be made to agree for different bytes.
    const facts: unknown[] = [versionOf(source), extensionOf(key), canonical(stages), engines];
    if (pictures.size > 0) facts.push([...pictures.values()].map(versionOf));
    return JSON.stringify(facts);
  }

  async #run(rows: Rows, process: Process, signal: AbortSignal, encrypted: boolean): Promise<Result> {
    const { syncDeadlineMs, resultBytes, temporaryFolder } = this.#settings;
    const deadline = new AbortController();
    const cancel = this.#clock.schedule(syncDeadlineMs, () => {
      const reason = `The work was stopped after ${Math.round(syncDeadlineMs / 1000)} seconds.`;
      deadline.abort(new DomainError('MediaTooLarge', { limit: 'time', reason }));
    });
    const both = AbortSignal.any([signal, deadline.signal]);
    try {
      await using opened = new AsyncDisposableStack();
      const open = (row: ObjectRow): ObjectSource =>
        opened.use(new ObjectSource(this.#objects, row, { temporaryFolder, signal: both, verify: false, encrypted }));
      const inputs = new Map([...rows.pictures].map(([name, row]) => [name, open(row)]));
      const options = { resultBytes, temporaryFolder, signal: both, ...(inputs.size > 0 && { inputs }) };
      return await runStages(this.#engines, open(rows.source), process.stages, options);
    } catch (error) {
      // Engines reject with what they noticed first; the caller is told why they were stopped.
      both.throwIfAborted();
      throw error;
    } finally {
      cancel();
    }
  }
}

/** What a bucket has to be bound to a project for, and whoever asks has to be allowed. */
const IMM_OPERATIONS: ReadonlySet<Operation['name']> = new Set(['video/info', 'audio/info', 'image/blindwatermark']);

export const isOfImm = (operations: readonly Operation[]): boolean =>
  operations.some(({ name }) => IMM_OPERATIONS.has(name));

/** The objects that a process string works on: the one that was named, and those that it names, by key. */
interface Rows {
  source: ObjectRow;
  pictures: ReadonlyMap<string, ObjectRow>;
}
