import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { DomainError } from '../../domain/errors.ts';
import type { EngineHealth, MediaEngine, MediaRun, MediaSummary } from '../../domain/ports/media-engine.ts';
import type { ToolHost } from '../host/tool-host.ts';
import { decodeHeic, encodeHeic } from './heic.ts';
import { ImageWorkers, type ProcessRequest } from './image-workers.ts';
import { describeJpeg } from './info.ts';
import type { PictureLimits } from './picture-limits.ts';
import type { PictureResult } from './picture-result.ts';

export interface ImageEngineSettings {
  host: ToolHost;
  /** Workers; shared with the document engine when given. Closed by whoever made them. */
  workers?: ImageWorkers;
  /** Bytes a source may have. */
  sourceBytes?: number;
  /** Milliseconds one picture may take, waiting for a worker not counted. */
  wallMs?: number;
  limits?: Partial<PictureLimits>;
}

/** Counted up when the same operations on the same bytes come to give other bytes. */
const REVISION = 3;

const SOURCE_BYTES = 20 * 1024 * 1024;
const WALL_MS = 30_000;
/** Of a picture that is only described: of most photos, that is all that is read. */
const FIRST_BYTES = 64 * 1024;
/** Markers, EXIF and a profile fit in, unless somebody put much in front of them. */
const HEAD_BYTES = 128 * 1024;
const LIMITS: PictureLimits = { side: 30_000, pixels: 250_000_000 };
/** Whoever would have to wait for longer is told to come again: a queue that grows serves nobody in time. */
const PATIENCE_MS = 500;
const WORKER_MEMORY_BYTES = 1536 * 1024 * 1024;

/** One worker a core, and two at least, so that one picture is sent while another is worked on. */
export function createImageWorkers(host: ToolHost): ImageWorkers {
  return new ImageWorkers({
    host,
    size: Math.max(2, availableParallelism()),
    memoryBytes: WORKER_MEMORY_BYTES,
    queueLimit: 1024,
    patienceMs: PATIENCE_MS,
  });
}

export interface ImageEngine extends MediaEngine {
  /** Starts the workers ahead of the first picture. Rejects when none can be started. */
  prewarm(): Promise<void>;
}

/** `image/…`: pictures in, one picture or one JSON document out. */
export function createImageEngine(settings: ImageEngineSettings): ImageEngine {
  const workers = settings.workers ?? createImageWorkers(settings.host);
  const sourceBytes = settings.sourceBytes ?? SOURCE_BYTES;
  const wallMs = settings.wallMs ?? WALL_MS;
  const limits = { ...LIMITS, ...settings.limits };

  /** What is asked about a picture, where its beginning tells. */
  async function described({ source, operations, signal }: MediaRun): Promise<PictureResult | undefined> {
    if (operations[0]?.name !== 'image/info' || source.head === undefined) return undefined;
    const beginning = await source.head(FIRST_BYTES);
    const { buffer, byteOffset, byteLength } = beginning;
    const known = describeJpeg(Buffer.from(buffer, byteOffset, byteLength), source.size, limits);
    if (known !== undefined || source.size <= HEAD_BYTES) return known;
    const head = await source.head(HEAD_BYTES);
    // Of the other formats, only the whole file tells how many frames there are, or where its directory is.
    if (head[0] !== 0xff && head[0] !== 0x89) return undefined;
    return workers.describe({ type: 'describe', fileSize: source.size, limits }, head, signal, wallMs);
  }

  async function worked({ source, operations, inputs, signal }: MediaRun): Promise<PictureResult> {
    const request: ProcessRequest = { type: 'process', operations, limits };
    if (inputs && inputs.size > 0) {
      const pictures = new Map<string, Uint8Array>();
      for (const [key, input] of inputs) pictures.set(key, await input.bytes(sourceBytes));
      request.inputs = pictures;
    }
    const result = await workers.process(request, source, sourceBytes, signal, wallMs);
    if (!('foreign' in result)) return result;
    const bytes = await decodeHeic(settings.host, source, signal);
    const decoded = { name: source.name, size: bytes.byteLength, bytes: async () => bytes, file: () => source.file() };
    const again = await workers.process({ ...request, as: result.foreign }, decoded, bytes.byteLength, signal, wallMs);
    if ('foreign' in again) throw new DomainError('EngineFailed', { reason: 'The image engine lost its input.' });
    return again;
  }

  return {
    version: `image-${REVISION}-${sharpVersion()}`,
    prewarm: () => workers.prewarm(),
    async run(run: MediaRun): Promise<MediaSummary> {
      if (run.source.size > sourceBytes) {
        throw new DomainError('MediaTooLarge', {
          limit: 'source-bytes',
          reason: `The picture has ${run.source.size} bytes; ${sourceBytes} are allowed.`,
        });
      }
      const { signal } = run;
      const result = (await described(run)) ?? (await worked(run));
      if (result.pendingQuality !== undefined) {
        result.bytes = await encodeHeic(settings.host, result.bytes, result.pendingQuality, signal);
      }
      if (run.operations[0]?.name === 'image/deblindwatermark') return { text: hiddenText(result) };
      await run.emit({
        contentType: result.contentType,
        extension: result.extension,
        body: { bytes: result.bytes },
        variables: { index: '1' },
      });
      return {};
    },
    async close() {
      if (!settings.workers) await workers.close();
    },
  };
}

/** A worker reads foreign bytes, so its word is checked. */
function hiddenText({ bytes }: PictureResult): string {
  const said: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  const text = typeof said === 'object' && said !== null && 'text' in said ? said.text : '';
  return typeof text === 'string' ? text : '';
}

/** Read as text, so that no decoder is loaded into this process. */
function sharpVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.resolve('sharp')), 'utf8'));
  return typeof manifest === 'object' && manifest && 'version' in manifest ? String(manifest.version) : 'unknown';
}

/** What `doctor` says of pictures: one small picture goes through a worker. */
export async function imageHealth(engine: ImageEngine): Promise<EngineHealth[]> {
  const line = { engine: 'image', version: `sharp ${sharpVersion()}` };
  // One white pixel.
  const bytes = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
  try {
    await engine.run({
      source: {
        name: 'probe.gif',
        size: bytes.length,
        bytes: () => Promise.resolve(bytes),
        file: () => Promise.reject(new Error('A picture is read from memory')),
      },
      operations: [{ name: 'image/info', params: {} }],
      emit: () => Promise.resolve(),
      signal: AbortSignal.timeout(20_000),
    });
    return [{ ...line, missing: [] }];
  } catch (error) {
    return [{ ...line, missing: [`pictures cannot be read: ${error instanceof Error ? error.message : error}`] }];
  }
}
