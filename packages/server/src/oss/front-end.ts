import { type ByteStream, contentFields, decodeParameters, type Operation, served } from '@millrace/protocol/oss';
import type { Resource } from '../domain/access/access-service.ts';
import { anonymous, type KeyRing, type Principal } from '../domain/access/principal.ts';
import type { Clock } from '../domain/ports/clock.ts';
import type { BucketRow } from '../domain/ports/object-records.ts';
import type { Awaitable } from '../domain/ports/record-store.ts';
import type { LoggingSetting, SettingsOfBucket } from '../domain/settings/bucket-settings.ts';
import type { WebsiteSetting } from '../domain/settings/website.ts';
import type { Exchange, FrontEnd } from '../http/exchange.ts';
import { paced } from '../http/pace.ts';
import { accessLogLine } from './access-log-line.ts';
import { readQuery } from './address.ts';
import { Answer } from './answer.ts';
import { readPictureAddress } from './bucket-process-configuration.ts';
import { checkReferer } from './bucket-referer.ts';
import { chargesRequester } from './bucket-request-payment.ts';
import type { BucketCall, Handler, OssServices } from './call.ts';
import { handlers } from './handlers.ts';
import { readHeaders } from './header-text.ts';
import { Identification } from './identify.ts';
import { OssError } from './oss-error.ts';
import { decodeBody } from './request-body.ts';
import type { Visit } from './visit.ts';
import { pathNames, type Shown, showPage, siteFor } from './website.ts';
import { toOssError } from './wire-errors.ts';

export interface OssOptions extends OssServices {
  keys: KeyRing;
  clock: Clock;
  /** Such as `cn-hangzhou`; V4 signatures must name it. */
  region: string;
  /** Host names, without port, under which `BUCKET.` may stand in front. */
  hosts: readonly string[];
  /** Asked for each request, because the port may be known only once the listener is open. */
  publicUrl: () => string;
  /** PEM of the key that receivers of callbacks verify signatures with. */
  callbackKey: () => Promise<string>;
  /** Takes the lines of buckets that log their requests. */
  accessLog?: { record(bucket: BucketRow, setting: LoggingSetting, line: string): void };
  /** Hears of each object that a client has stored, before the client does. */
  arrived?: (bucket: BucketRow, key: string) => Promise<void> | undefined;
}

/** What stores an object under the key that the request is for. A form names its key inside. */
const STORING = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload', 'AppendObject', 'PutSymlink']);

const NOTHING_SET: SettingsOfBucket = {};
const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Where receivers of callbacks read that key. No bucket can be called `-`, so that the path never stands for an object. */
const CALLBACK_KEY = { bucket: '-', key: 'callback-key.pem' };
export const CALLBACK_KEY_PATH = `/${CALLBACK_KEY.bucket}/${CALLBACK_KEY.key}`;

/** OSS on the main port: find the reading that was signed, find the operation, decode, authorise, run, encode. */
export class OssFrontEnd implements FrontEnd {
  #options: OssOptions;
  #identification: Identification;
  #answer: Answer;
  #handlers: ReadonlyMap<string, Handler>;

  constructor(options: OssOptions) {
    this.#options = options;
    this.#identification = new Identification(options);
    this.#answer = new Answer(options.clock);
    this.#handlers = new Map(Object.values(handlers).map((handler) => [handler.operation.name, handler]));
  }

  async handle(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const visit: Visit = {
      method: request.method ?? 'GET',
      query: NO_PARAMETERS,
      headers: readHeaders(request.headers),
      byDomain: false,
      ambiguous: false,
      principal: anonymous,
      settings: NOTHING_SET,
      charged: false,
      writtenBefore: 0,
      sentBytes: 0,
    };
    try {
      await this.#serve(exchange, visit);
    } catch (error) {
      await this.#learnBucket(visit);
      this.#answer.error(exchange, visit, await this.#identification.orMissingBucket(exchange, visit, error));
    }
    if (visit.settings.logging) this.#log(exchange, visit);
  }

  async #serve(exchange: Exchange, visit: Visit): Promise<void> {
    const { request } = exchange;
    const { method, headers } = visit;
    const target = request.url ?? '/';
    visit.query = readQuery(target);
    const addresses = await this.#identification.addressesOf(target, visit);
    if (method === 'GET' && visit.address?.bucket === CALLBACK_KEY.bucket && visit.address.key === CALLBACK_KEY.key) {
      await this.#sendCallbackKey(exchange, visit);
      return;
    }
    const { principal, operation, ...identified } = await this.#identification.identify(exchange, visit, addresses);
    let { address } = identified;
    visit.principal = principal;
    visit.address = address;
    exchange.operation = operation.name;
    const handler = this.#handlers.get(operation.name);
    if (!operation.implemented || !handler) {
      throw new OssError('NotImplemented', {
        message: `The operation ${operation.name} is not implemented by this server.`,
        elements: { Operation: operation.name },
      });
    }

    const {
      buckets,
      settings,
      domains,
      objects,
      accessTimes,
      uploads,
      retentions,
      access,
      accounts,
      process,
      select,
      callbacks,
    } = this.#options;
    const call: Omit<BucketCall, 'bucket'> & { bucket?: BucketCall['bucket'] } = {
      buckets,
      settings,
      domains,
      objects,
      accessTimes,
      uploads,
      retentions,
      access,
      accounts,
      process,
      select,
      callbacks,
      exchange,
      principal,
      authenticator: this.#identification.authenticator,
      pace: (bytes, trafficLimit) =>
        trafficLimit === undefined ? bytes : paced(bytes, trafficLimit / 8, this.#options.clock, exchange.signal),
      // Made on first use: most handlers never ask.
      get signal() {
        return exchange.signal;
      },
      region: this.#options.region,
      publicUrl: this.#options.publicUrl(),
      arrived: this.#options.arrived,
    };
    const bucket = await this.#bucketFor(operation, address.bucket);
    if (!bucket) {
      await access.require(principal, operation.action, { name: address.bucket });
    } else {
      call.bucket = bucket;
      await this.#enter(visit, bucket, operation);
      if (visit.settings.logging) visit.writtenBefore = request.socket.bytesWritten;
      if (visit.settings.pictures && operation.level === 'object') {
        address = { ...address, key: await readPictureAddress(visit, address.key, settings) };
        visit.address = address;
      }
      const site = siteFor(operation.name, visit);
      if (site) return this.#showPage(exchange, visit, site, call as BucketCall);
    }
    const { query } = visit;
    // Of what names objects in its body, the handler asks for the right to each.
    if (call.bucket && !operation.open && !operation.perObject) {
      const resource: Resource = { bucket: call.bucket, versionId: readVersionId(operation, query) };
      if (address.key !== '') resource.key = address.key;
      await this.#authorize(principal, operation, resource);
    }
    for (const acl of [headers['x-oss-acl'], headers['x-oss-object-acl']]) {
      if (acl?.startsWith('public')) await access.requireNotBlocked(principal, call.bucket);
    }
    // Only now: who may not ask is not told what is wrong with the question.
    const input: Record<string, unknown> = {};
    decodeParameters(operation.input, { query, headers: withQueryForms(headers, query) }, input);
    if (address.bucket !== undefined) {
      input.bucket = address.bucket;
      input.key = address.key;
    }
    if (contentFields(operation.input).length > 0) await decodeBody(operation, exchange, headers, input);
    limited(input, input, call.pace);
    // Handlers of operations on existing buckets get one, by the branch above; the others' types do not offer it.
    const output = await handler.run(input, call as BucketCall);
    if (call.bucket && STORING.has(operation.name)) await this.#options.arrived?.(call.bucket, address.key);
    await this.#answer.output(exchange, visit, operation, limited(input, output, call.pace));
  }

  #authorize(principal: Principal, { action, versionAction }: Operation, resource: Resource): Awaitable<void> {
    const { access } = this.#options;
    return access.require(principal, resource.versionId === undefined ? action : versionAction, resource);
  }

  /** Public by its nature, and asked for by programs that have no access key. */
  async #sendCallbackKey(exchange: Exchange, visit: Visit): Promise<void> {
    exchange.operation = 'GetCallbackKey';
    const pem = await this.#options.callbackKey();
    this.#answer.bare(exchange, visit, 200, { 'Content-Type': 'application/x-pem-file' }, pem);
  }

  /** The bucket that is worked on; undefined where there is none, and where one is made without a look at what there is. */
  #bucketFor({ createsBucket }: Operation, name: string | undefined): Awaitable<BucketRow | undefined> {
    if (name === undefined || createsBucket === true) return undefined;
    const { buckets } = this.#options;
    return createsBucket ? buckets.find(name) : buckets.get(name);
  }

  /** Looks up what is set on the bucket, and refuses what that refuses before any right is looked at. */
  async #enter(visit: Visit, bucket: BucketRow, operation: Operation): Promise<void> {
    visit.bucket = bucket;
    visit.settings = await this.#options.settings.of(bucket);
    const { settings, method, headers } = visit;
    if (method === 'OPTIONS') return;
    checkReferer(settings, method, headers);
    if (settings.requestPayment && operation.signedIn === 'request') {
      visit.charged = chargesRequester(settings, { ...visit, bucket });
    }
  }

  /** For an error that came before its bucket was looked up: what is set there concerns its answer, too. */
  async #learnBucket(visit: Visit): Promise<void> {
    const name = visit.address?.bucket;
    if (visit.bucket || name === undefined) return;
    try {
      const bucket = await this.#options.buckets.get(name);
      visit.settings = await this.#options.settings.of(bucket);
      visit.bucket = bucket;
    } catch {
      // The first error is the one to be told.
    }
  }

  /** Answers a read by somebody who did not sign for it, of a bucket that is a website. */
  async #showPage(exchange: Exchange, visit: Visit, site: WebsiteSetting, call: BucketCall): Promise<void> {
    const { principal, bucket } = call;
    const { headers, query } = visit;
    const key = visit.address?.key ?? '';
    const operation = visit.method === 'HEAD' ? served.HeadObject : served.GetObject;
    const handler = this.#handlers.get(operation.name);
    const { access, objects, publicUrl } = this.#options;
    const target = exchange.request.url ?? '/';
    const shown: Shown = await showPage({
      site,
      key,
      headers,
      query: target.includes('?') ? target.slice(target.indexOf('?') + 1) : '',
      base: pathNames(target, bucket.name, key) ? `/${bucket.name}/` : '/',
      protocol: publicUrl().startsWith('https:') ? 'https' : 'http',
      host: headers.host ?? '',
      read: async (key, whole) => {
        const input: Record<string, unknown> = {};
        const source = whole ? { query: NO_PARAMETERS, headers: {} } : { query, headers };
        decodeParameters(operation.input, source, input);
        await this.#authorize(principal, operation, { bucket, key, versionId: readVersionId(operation, source.query) });
        return (await handler?.run({ ...input, bucket: bucket.name, key }, call)) ?? {};
      },
      exists: async (key) => {
        try {
          await access.require(principal, operation.action, { bucket, key });
          await objects.get(bucket, key);
          return true;
        } catch (error) {
          if (toOssError(error)) return false;
          throw error;
        }
      },
    });
    if ('output' in shown) return this.#answer.output(exchange, visit, operation, shown.output, shown.status);
    this.#answer.bare(exchange, visit, shown.status, { Location: shown.location });
  }

  #log(exchange: Exchange, visit: Visit): void {
    const { clock, accessLog } = this.#options;
    const { bucket, address } = visit;
    const { logging, logFields } = visit.settings;
    const { request, response, receivedMs } = exchange;
    if (!bucket || !logging || !accessLog) return;
    const record = (): void => {
      const totalMs = clock.now() - receivedMs;
      const line = accessLogLine({
        exchange,
        ...visit,
        bucket,
        key: address?.key ?? '',
        // A client that leaves has had as much of the answer as was written.
        sentBytes: response.writableFinished ? visit.sentBytes : request.socket.bytesWritten - visit.writtenBefore,
        objectSize: visit.objectSize,
        errorCode: visit.errorCode,
        totalMs,
        serverMs: (visit.answeredMs ?? clock.now()) - receivedMs,
        fields: logFields,
      });
      accessLog.record(bucket, logging, line);
    };
    if (response.closed) record();
    else response.once('close', record);
  }
}

/** As the operation is going to read it: a version that it does not look at must not lend its ACL to another. */
function readVersionId({ input }: Operation, query: ReadonlyMap<string, string>): string | undefined {
  return ('versionId' in input && query.get('versionId')) || undefined;
}

/** Slows the body among these values down to what the request asked for. */
function limited(
  input: Readonly<Record<string, unknown>>,
  values: Record<string, unknown>,
  pace: BucketCall['pace'],
): Record<string, unknown> {
  const { trafficLimit } = input;
  const body = values.body as ByteStream | undefined;
  if (typeof trafficLimit === 'number' && body) values.body = { ...body, bytes: pace(body.bytes, trafficLimit) };
  return values;
}

/** Headers that may come as query parameters of the same name instead. */
const QUERY_FORMS = ['x-oss-traffic-limit', 'x-oss-request-payer'];

function withQueryForms(headers: Headers, query: ReadonlyMap<string, string>): Headers {
  const found = query.size === 0 ? [] : QUERY_FORMS.filter((name) => headers[name] === undefined && query.has(name));
  return found.length === 0
    ? headers
    : { ...headers, ...Object.fromEntries(found.map((name) => [name, query.get(name)])) };
}

type Headers = Readonly<Record<string, string | undefined>>;
