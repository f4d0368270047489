import { Crc64 } from '@millrace/crc64';
import { type Operation, type Served, served } from '@millrace/protocol/oss';
import { type Body, byteSource, collect, crc64Of, seen } from '../core/byte-source.ts';
import { InconsistentError, InvalidRequestError, ServiceError } from '../core/errors.ts';
import { type CallOptions, type ClientOptions, endpointOf, type Settings, settingsOf } from '../core/options.ts';
import { type Clock, type Exchange, send } from '../core/send.ts';
import type { Platform, WireAnswer } from '../core/transport.ts';
import { type AddressStyle, addressStyleOf, checkBucket, checkKey, urlOf } from './address.ts';
import { addDefaults, buildRequest, type OssRequest } from './build-request.ts';
import { type PostForm, type PostPolicyRequest, postForm } from './post-policy.ts';
import { readAnswer } from './read-answer.ts';
import { queryText, type SignatureVersion, type Signing, signHeaders, signQuery } from './sign.ts';
import type { AnswerFacts, RequestOf, ResultOf } from './types.ts';

/** What `new Oss` takes: `endpoint`, or `region` alone for the vendor, and keys. */
export interface OssOptions extends ClientOptions {
  /** V4 by default, which needs a region. */
  signatureVersion?: SignatureVersion;
  /** `oss`, or the product of a private cloud. */
  product?: string;
  /** Headers that V4 signs besides those that it always does. */
  additionalHeaders?: readonly string[];
  addressStyle?: AddressStyle;
  /** Uses the vendor's hosts inside its network when only a region is given. */
  internal?: boolean;
  /** Checks CRC-64 of what is put and got; on by default. */
  checkCrc?: boolean;
}

/** Forms are sent by browsers: see `postPolicy`. */
type Names = Exclude<keyof Served, 'PostObject'>;
type Method<Op, I = RequestOf<Op>> = object extends I
  ? (request?: I, options?: CallOptions) => Promise<ResultOf<Op>>
  : (request: I, options?: CallOptions) => Promise<ResultOf<Op>>;

/** Every declared operation, as the official SDKs name them: `putObject`, `listObjectsV2`, … */
export type OssOperations = { [N in Names as Uncapitalize<N>]: Method<Served[N]> };

/** A URL that anybody may use until it expires, and the headers that have to be sent with it. */
export interface Presigned {
  method: string;
  url: string;
  signedHeaders: Record<string, string>;
  expiresAt: number;
}

/** A request that no declaration knows: for the vendor's other operations. */
export interface RawRequest {
  name?: string;
  method: string;
  bucket?: string;
  key?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Body;
}

/** What came back to a `RawRequest`, its body in memory. */
export interface RawResult extends AnswerFacts {
  bytes: Uint8Array;
}

const methodName = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Gives a class one method for each declaration: their types and their behaviour come from the same list. */
function withOperations(): new () => OssOperations {
  class Operations {}
  for (const operation of Object.values(served) as Operation[]) {
    Object.defineProperty(Operations.prototype, methodName(operation.name), {
      value(this: OssBase, request: Record<string, unknown> = {}, options: CallOptions = {}) {
        return this.call(operation, request, options);
      },
      writable: true,
      configurable: true,
    });
  }
  return Operations as new () => OssOperations;
}

const WITH_CRC = new Set(['PutObject', 'UploadPart']);

/** A client for OSS, whatever it runs on. */
export class OssBase extends withOperations() {
  readonly endpoint: URL;
  readonly region: string;
  readonly settings: Settings;
  readonly #style: AddressStyle;
  readonly #signing: Signing;
  readonly #clock: Clock = { offset: 0 };
  readonly #checkCrc: boolean;

  constructor(options: OssOptions, platform: Platform) {
    super();
    const suffix = options.internal ? '-internal' : '';
    this.settings = settingsOf(options, platform);
    this.endpoint = endpointOf(options, (region) => `https://oss-${region}${suffix}.aliyuncs.com`);
    this.region = options.region ?? regionInHost(this.endpoint);
    this.#style = options.addressStyle ?? addressStyleOf(this.endpoint);
    this.#checkCrc = options.checkCrc ?? true;
    this.#signing = {
      version: options.signatureVersion ?? 'v4',
      region: this.region,
      product: options.product ?? 'oss',
      additionalHeaders: options.additionalHeaders ?? [],
    };
  }

  /** Sends an operation by its declaration. The methods of this class are this, each with its own. */
  async call(operation: Operation, request: Record<string, unknown>, options: CallOptions = {}): Promise<unknown> {
    if (operation.signedIn === 'form') throw new InvalidRequestError('Forms are sent by browsers: use postPolicy.');
    const built = buildRequest(operation, request, options.headers);
    addDefaults(operation, built, this.settings.platform);
    const check = this.#checkCrc && WITH_CRC.has(operation.name);
    let sent = new Crc64();
    let unseen: Blob | undefined;
    return await send(
      this.settings,
      this.#clock,
      this.#exchange(
        built,
        async (answer) => {
          const callback =
            'callbackHeader' in operation.input && (Boolean(request.callbackHeader) || Boolean(request.callbackQuery));
          const wrap = (whole: WireAnswer) => this.#checked(operation, built, whole);
          const result = await readAnswer(operation, answer, { callback, wrap });
          const told = answer.headers['x-oss-hash-crc64ecma'];
          if (check && told !== undefined) {
            // A browser sends a blob by itself: it is read once more, and nothing goes by unchecked.
            const mine = unseen ? await crc64Of(unseen) : sent.digest();
            if (told !== mine) {
              throw new InconsistentError(`${operation.name}: the CRC-64 of what was stored differs`, mine, told);
            }
          }
          return result;
        },
        check
          ? (body) => {
              sent = new Crc64();
              if (body.bytes) {
                sent.update(body.bytes);
                return body;
              }
              const { blob, ...rest } = body;
              if (blob && !this.settings.platform.ownHeaders) {
                unseen = blob;
                return body;
              }
              const crc = sent;
              return { ...rest, open: () => seen(body.open(), (piece) => crc.update(piece)) };
            }
          : undefined,
      ),
      options,
    );
  }

  /** Sends any request, signed as all are. */
  async invokeOperation(raw: RawRequest, options: CallOptions = {}): Promise<RawResult> {
    const request = rawRequest(raw, options.headers);
    return await send(
      this.settings,
      this.#clock,
      this.#exchange(request, async (answer) => {
        const operation = { name: request.operation, output: {} } as Operation;
        if (answer.status < 200 || answer.status > 299) {
          await readAnswer(operation, answer, { callback: false, wrap: ({ body }) => body });
        }
        const { status, headers } = answer;
        return { status, headers, requestId: headers['x-oss-request-id'] ?? '', bytes: await collect(answer.body) };
      }),
      options,
    );
  }

  #exchange<T>(
    built: OssRequest,
    read: (answer: WireAnswer) => Promise<T>,
    watch?: (body: NonNullable<OssRequest['body']>) => NonNullable<OssRequest['body']>,
  ): Exchange<T> {
    const { platform, credentials, userAgent } = this.settings;
    return {
      once: built.body?.once ?? false,
      make: async (clockOffset) => {
        const request = { ...built, query: new Map(built.query), headers: { ...built.headers } };
        if (platform.ownHeaders) request.headers['user-agent'] = userAgent;
        signHeaders(
          request,
          await credentials.credentials(),
          this.#signing,
          platform.hashes,
          platform.now() + clockOffset,
        );
        return {
          method: request.method,
          url: this.#url(request),
          headers: request.headers,
          body: request.body && watch ? watch(request.body) : request.body,
        };
      },
      read,
    };
  }

  #url({ bucket, key, query }: Pick<OssRequest, 'bucket' | 'key' | 'query'>): string {
    return urlOf(this.endpoint, this.#style, bucket, key, queryText(query));
  }

  /** A whole object is checked as it is read; what was processed, or is a part, has no checksum to check by. */
  #checked(operation: Operation, { query }: OssRequest, answer: WireAnswer): AsyncIterable<Uint8Array> {
    const told = answer.headers['x-oss-hash-crc64ecma'];
    const decodedByBrowser = !this.settings.platform.ownHeaders && answer.headers['content-encoding'] !== undefined;
    const whole = operation.name === 'GetObject' && answer.status === 200 && !query.has('x-oss-process');
    if (!this.#checkCrc || told === undefined || !whole || decodedByBrowser) return answer.body;
    return verified(answer.body, told);
  }

  /**
   * Signs a URL for any operation. Headers that the request has (`contentType`, `meta`, …) become part of the signature
   * and must be sent by whoever uses the URL.
   * @param expires seconds from now, 15 minutes by default, at most 7 days for V4.
   */
  async presign<N extends Names>(
    operation: N,
    request: RequestOf<Served[N]>,
    { expires = 900, headers = {} }: { expires?: number; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Presigned> {
    if (this.#signing.version === 'v4' && !(expires >= 1 && expires <= 604_800)) {
      throw new InvalidRequestError('A URL signed with V4 is good for 1 to 604800 seconds.');
    }
    const built = buildRequest(served[operation] as Operation, request as Record<string, unknown>, headers);
    return await this.#presigned(built, expires);
  }

  /** The same for a request that no declaration knows. */
  async presignRaw(raw: RawRequest, expires = 900): Promise<Presigned> {
    return await this.#presigned(rawRequest(raw), expires);
  }

  async #presigned(built: OssRequest, expires: number): Promise<Presigned> {
    const { platform, credentials } = this.settings;
    const now = platform.now() + this.#clock.offset;
    const expiresAt = now + expires * 1000;
    signQuery(built, await credentials.credentials(), this.#signing, platform.hashes, now, expiresAt);
    return { method: built.method, url: this.#url(built), signedHeaders: built.headers, expiresAt };
  }

  /** Signs a form with which browsers may upload. */
  async postPolicy(request: PostPolicyRequest): Promise<PostForm> {
    checkBucket(request.bucket);
    const url = this.#url({ bucket: request.bucket, key: undefined, query: new Map() });
    const { platform, credentials } = this.settings;
    const now = platform.now() + this.#clock.offset;
    return postForm(request, url, await credentials.credentials(), this.#signing, platform.hashes, now);
  }

  /** The URL of an object, unsigned: for objects that anybody may read. */
  objectUrl(bucket: string, key: string): string {
    checkBucket(bucket);
    checkKey(key);
    return this.#url({ bucket, key, query: new Map() });
  }

  async isObjectExist(bucket: string, key: string, options?: CallOptions): Promise<boolean> {
    return await exists(this.getObjectMeta({ bucket, key }, options), 'NoSuchKey');
  }

  async isBucketExist(bucket: string, options?: CallOptions): Promise<boolean> {
    return await exists(this.getBucketAcl({ bucket }, options), 'NoSuchBucket');
  }
}

async function exists(question: Promise<unknown>, absent: string): Promise<boolean> {
  try {
    await question;
    return true;
  } catch (error) {
    if (error instanceof ServiceError && error.code === absent) return false;
    throw error;
  }
}

/** `cn-hangzhou` of `oss-cn-hangzhou-internal.aliyuncs.com`. */
const regionInHost = ({ hostname }: URL): string =>
  /(?:^|\.)oss-([a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/.exec(hostname)?.[1] ?? '';

async function* verified(pieces: AsyncIterable<Uint8Array>, expected: string): AsyncIterable<Uint8Array> {
  const crc = new Crc64();
  yield* seen(pieces, (piece) => crc.update(piece));
  const actual = crc.digest();
  if (actual !== expected)
    throw new InconsistentError('GetObject: the CRC-64 of what arrived differs', expected, actual);
}

function rawRequest(raw: RawRequest, more: Readonly<Record<string, string>> = {}): OssRequest {
  if (raw.bucket !== undefined) checkBucket(raw.bucket);
  if (raw.key !== undefined) checkKey(raw.key);
  const headers = Object.entries({ ...raw.headers, ...more }).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    operation: raw.name ?? raw.method,
    method: raw.method,
    bucket: raw.bucket,
    key: raw.key,
    query: new Map(Object.entries(raw.query ?? {})),
    headers: Object.fromEntries(headers),
    body: raw.body === undefined ? undefined : byteSource(raw.body),
  };
}
