import { encodeBase64, type OperationNamed } from '@millrace/process';
import { DomainError, isDomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { ObjectService } from '../objects/object-service.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaEngine } from '../ports/media-engine.ts';
import type { BucketRow, ObjectRow } from '../ports/object-records.ts';
import type { RecordStore } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { outputBody } from './output-body.ts';
import { ObjectSource } from './source.ts';

type PlaylistParams = OperationNamed<'hls/m3u8'>['params'];

/** What a playlist says, sealed, of how its segments are made: whoever can write an object could write a playlist. */
interface SegmentPlan {
  source: { bucket: string; key: string; versionId: string };
  target: string;
  /** What segment keys begin with; a number and `.ts` follow. */
  stem: string;
  segments: number;
  params: PlaylistParams;
}

const MARK = '#MILLRACE:';
const PURPOSE = 'live playlist';

/** A playlist of a day in segments of five seconds has less than 2 MiB. */
const MOST_PLAYLIST_BYTES = 16 * 1024 * 1024;
const MOST_SEGMENTS = 50_000;

/** What is made before the answer must not make the client give up waiting for it. */
const MADE_FIRST_WITHIN_MS = 40_000;
const SEGMENT_DEADLINE_MS = 60_000;

/** Playlists whose plans are remembered: a player asks for a segment every few seconds. */
const PLANS_KEPT = 200;

/**
 * Playlists whose segments come to be when a player asks for them. The plan travels in the playlist itself, sealed, so that
 * it lives and dies with it; there is nothing to clean up, and a restart changes nothing.
 */
export class LivePlaylists {
  #records: RecordStore;
  #objects: ObjectService;
  #engine: MediaEngine;
  #box: SecretBox;
  #clock: Clock;
  #identities: Identities;
  #temporaryFolder: string;
  /** Segments being made, by bucket and key: whoever asks meanwhile waits for the same. */
  #making = new Map<string, Promise<void>>();
  /** How far ahead of its players a playlist is to be made. */
  #ahead = new Map<string, number>();
  #plans = new Map<string, SegmentPlan>();
  constructor(dependencies: {
    records: RecordStore;
    objects: ObjectService;
    engine: MediaEngine;
    box: SecretBox;
    clock: Clock;
    identities: Identities;
    temporaryFolder: string;
  }) {
    this.#records = dependencies.records;
    this.#objects = dependencies.objects;
    this.#engine = dependencies.engine;
    this.#box = dependencies.box;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
    this.#temporaryFolder = dependencies.temporaryFolder;
  }

  /** Where a playlist asked for under this name stands: `.m3u8` is added unless it is there. */
  keyOf(name: string): string {
    return name.endsWith('.m3u8') ? name : `${name}.m3u8`;
  }

  /** Makes the first segments, then stores the playlist. The rights to do so were checked. */
  async store(request: {
    source: { bucket: BucketRow; row: ObjectRow };
    target: BucketRow;
    key: string;
    forbidOverwrite: boolean;
    params: PlaylistParams;
    signal: AbortSignal;
  }): Promise<{ size: number; token: string; lengthMs: number }> {
    const { source, target, key, params, forbidOverwrite, signal } = request;
    const lengthMs = await this.#length(source.row, params, signal);
    const segments = Math.ceil(lengthMs / params.st);
    if (segments > MOST_SEGMENTS) {
      const reason = `The playlist would have ${segments} segments; at most ${MOST_SEGMENTS} are taken. Give a larger st.`;
      throw new DomainError('MediaTooLarge', { limit: 'segments', reason });
    }
    const { key: sourceKey, versionId } = source.row;
    const token = this.#identities.token();
    const plan: SegmentPlan = {
      source: { bucket: source.bucket.name, key: sourceKey, versionId },
      target: target.name,
      stem: `${key.slice(0, -'.m3u8'.length)}-${token}-`,
      segments,
      params,
    };
    const whole = params.initd < 0 || params.initd >= lengthMs;
    const first = whole ? segments : Math.ceil(params.initd / params.st);
    const untilMs = this.#clock.now() + MADE_FIRST_WITHIN_MS;
    for (let number = 0; number < first && this.#clock.now() < untilMs; number++) await this.#segment(plan, number);
    signal.throwIfAborted();
    const text = Buffer.from(this.#write(plan, key, lengthMs));
    const { size } = await this.#objects.put({
      bucket: target,
      key,
      forbidOverwrite,
      body: await outputBody({ body: { bytes: text } }),
      headers: { contentType: 'application/vnd.apple.mpegurl' },
      signal,
    });
    return { size, token, lengthMs };
  }

  /**
   * Makes the segment of a playlist that is asked for, unless it is there, and begins to make those that will be asked for
   * next. Throws `ObjectMissing` for a key that is none of the playlist's segments.
   */
  async fill(bucket: BucketRow, key: string, playlist: string): Promise<void> {
    const plan = await this.#plan(bucket, playlist);
    const [, digits = ''] =
      /^(\d{1,6})\.ts$/.exec(plan && key.startsWith(plan.stem) ? key.slice(plan.stem.length) : '') ?? [];
    const number = Number(digits);
    if (plan === undefined || digits === '' || plan.target !== bucket.name || number >= plan.segments) {
      throw new DomainError('ObjectMissing', { key });
    }
    await this.#segment(plan, number);
    this.#goAhead(plan, number);
  }

  /** How long the result will be, by what the engine says of the source. */
  async #length(row: ObjectRow, { ss, t }: PlaylistParams, signal: AbortSignal): Promise<number> {
    await using source = await this.#open(row, signal);
    const { durationMs } = await this.#engine.run({
      source,
      operations: [{ name: 'video/info', params: {} }],
      signal,
      emit: async () => undefined,
    });
    if (durationMs === undefined) {
      throw new DomainError('MediaUnreadable', { reason: 'The source does not say how long it is.' });
    }
    const rest = durationMs - ss;
    if (rest <= 0) {
      const reason = `The source lasts ${durationMs} ms; begin earlier.`;
      throw new DomainError('ProcessInvalid', { operation: 'hls/m3u8', parameter: 'ss', value: String(ss), reason });
    }
    return t === 0 ? rest : Math.min(rest, t);
  }

  #write(plan: SegmentPlan, key: string, lengthMs: number): string {
    const { st } = plan.params;
    const folder = key.lastIndexOf('/') + 1;
    const process = encodeURIComponent(`if_status_eq_404{hls/ts,from_${encodeBase64(key)}}`);
    const entries = Array.from({ length: plan.segments }, (_, number) => {
      const seconds = (Math.min(st, lengthMs - number * st) / 1000).toFixed(6);
      const name = encodeURIComponent(`${plan.stem.slice(folder)}${number}.ts`);
      return `#EXTINF:${seconds},\n${name}?x-oss-process=${process}\n`;
    });
    return [
      '#EXTM3U\n#EXT-X-VERSION:3\n',
      `#EXT-X-TARGETDURATION:${Math.ceil(st / 1000)}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n`,
      `${MARK}${this.#box.seal(JSON.stringify(plan), PURPOSE)}\n`,
      ...entries,
      '#EXT-X-ENDLIST\n',
    ].join('');
  }

  /** Undefined for what is no playlist of ours. */
  async #plan(bucket: BucketRow, playlist: string): Promise<SegmentPlan | undefined> {
    const row = await this.#objects.get(bucket, playlist).catch((error: unknown) => {
      if (isDomainError(error, 'ObjectMissing')) return undefined;
      throw error;
    });
    if (row === undefined || row.type === 'Symlink' || row.size > MOST_PLAYLIST_BYTES) return undefined;
    const name = `${bucket.id} ${row.etag} ${row.lastModifiedMs} ${playlist}`;
    const known = this.#plans.get(name);
    if (known !== undefined) return known;
    const chunks: Uint8Array[] = [];
    for await (const chunk of await this.#objects.read(row)) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const sealed = text
      .split('\n')
      .find((line) => line.startsWith(MARK))
      ?.slice(MARK.length);
    const opened = sealed === undefined ? undefined : this.#box.open(sealed.trim(), PURPOSE);
    if (opened === undefined) return undefined;
    const plan = JSON.parse(opened) as SegmentPlan;
    if (this.#plans.size >= PLANS_KEPT) this.#plans.clear();
    this.#plans.set(name, plan);
    return plan;
  }

  async #segment(plan: SegmentPlan, number: number): Promise<void> {
    const key = `${plan.stem}${number}.ts`;
    const name = `${plan.target}/${key}`;
    const under = this.#making.get(name);
    if (under !== undefined) return under;
    const making = this.#make(plan, number, key).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  async #make(plan: SegmentPlan, number: number, key: string): Promise<void> {
    const target = await this.#bucket(plan.target);
    if ((await this.#records.reads.objects.get(target.id, key)) !== undefined) return;
    const { bucket, key: sourceKey, versionId } = plan.source;
    const row = await this.#objects.get(await this.#bucket(bucket), sourceKey, versionId);
    const signal = AbortSignal.timeout(SEGMENT_DEADLINE_MS);
    await using source = await this.#open(row, signal);
    await this.#engine.run({
      source,
      operations: [{ name: 'hls/m3u8', params: plan.params }],
      segment: number,
      signal,
      emit: async (output) => {
        const body = await outputBody(output);
        await this.#objects.put({ bucket: target, key, body, headers: { contentType: output.contentType }, signal });
      },
    });
  }

  /** One at a time for each playlist: the player's own request must not wait for them. */
  #goAhead(plan: SegmentPlan, number: number): void {
    const until = Math.min(plan.segments, number + 1 + plan.params.ta);
    const running = this.#ahead.get(plan.stem);
    this.#ahead.set(plan.stem, Math.max(running ?? 0, until));
    if (running !== undefined) return;
    void (async () => {
      try {
        for (let next = number + 1; next < (this.#ahead.get(plan.stem) ?? 0); next++) await this.#segment(plan, next);
      } catch {
        // Whoever asks for it is told what is wrong.
      } finally {
        this.#ahead.delete(plan.stem);
      }
    })();
  }

  async #open(row: ObjectRow, signal: AbortSignal): Promise<ObjectSource> {
    const encrypted = await this.#objects.isSealed(row);
    const temporaryFolder = this.#temporaryFolder;
    return new ObjectSource(this.#objects, row, { temporaryFolder, signal, verify: false, encrypted });
  }

  async #bucket(name: string): Promise<BucketRow> {
    const bucket = await this.#records.reads.buckets.byName(name);
    if (bucket === undefined) throw new DomainError('BucketMissing', { bucket: name });
    return bucket;
  }
}
