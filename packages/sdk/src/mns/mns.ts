import type * as declarations from '@millrace/protocol/mns';
import {
  encodeDocument,
  type InputOf,
  operations as list,
  type Operation,
  type PartialOf,
  type ResultOf,
  stringToSign,
} from '@millrace/protocol/mns';
import { parseXml, XmlError, type XmlNode } from '@millrace/protocol/xml';
import { byteSource, collect } from '../core/byte-source.ts';
import { InvalidRequestError, MalformedAnswerError, ServiceError } from '../core/errors.ts';
import { type CallOptions, type ClientOptions, endpointOf, type Settings, settingsOf } from '../core/options.ts';
import { type Clock, send } from '../core/send.ts';
import type { Platform, WireAnswer } from '../core/transport.ts';
import type { AnswerFacts } from '../oss/types.ts';

/** What `new Mns` takes: `endpoint`, or `region` with `accountId` for the vendor. */
export interface MnsOptions extends ClientOptions {
  /** Part of the vendor's host, where no endpoint is given. */
  accountId?: string;
}

type Declarations = typeof declarations;
type OperationNames = {
  [N in keyof Declarations]: Declarations[N] extends Operation<infer _F, infer _B, infer _R, infer _P> ? N : never;
}[keyof Declarations];
/** A document whose every member may be left out may be left out itself. */
type Request<I> = I extends { body: infer B } ? (object extends B ? Omit<I, 'body'> & { body?: B } : I) : I;
type Result<O> = AnswerFacts & (unknown extends ResultOf<O> ? object : ResultOf<O>) & Failures<O>;
/** What of a batch failed stands in `failed`, and is no error: the rest was done. */
type Failures<O> = unknown extends PartialOf<O> ? unknown : { failed?: PartialOf<O> };

/** Every declared operation as a method: `sendMessage`, `receiveMessage`, `createQueue`, … */
export type MnsOperations = {
  [N in OperationNames]: (
    request: Request<InputOf<Declarations[N]>>,
    options?: CallOptions,
  ) => Promise<Result<Declarations[N]>>;
};

function withOperations(): new () => MnsOperations {
  class Operations {}
  for (const operation of list) {
    Object.defineProperty(Operations.prototype, operation.name.charAt(0).toLowerCase() + operation.name.slice(1), {
      value(this: MnsBase, request: Record<string, unknown> = {}, options: CallOptions = {}) {
        return this.call(operation, request, options);
      },
      writable: true,
      configurable: true,
    });
  }
  return Operations as new () => MnsOperations;
}

const VERSION = '2015-06-06';

/** A client for queues and topics, whatever it runs on. */
export class MnsBase extends withOperations() {
  readonly endpoint: URL;
  readonly settings: Settings;
  readonly #clock: Clock = { offset: 0 };

  constructor(options: MnsOptions, platform: Platform) {
    super();
    // A long poll is silent for up to half a minute.
    this.settings = settingsOf({ idleTimeout: 60_000, ...options }, platform);
    this.endpoint = endpointOf(options, (region) => {
      if (options.accountId === undefined) throw new InvalidRequestError('Give accountId besides the region.');
      return `https://${options.accountId}.mns.${region}.aliyuncs.com`;
    });
  }

  /** Sends an operation by its declaration. */
  async call(operation: Operation, request: Record<string, unknown>, options: CallOptions = {}): Promise<unknown> {
    const { platform, credentials, userAgent } = this.settings;
    const { target, headers: own } = encodeFields(operation, request);
    const document =
      operation.request && request.body !== undefined ? encodeDocument(operation.request, request.body) : undefined;
    const body = document === undefined ? undefined : byteSource(document);
    return await send(
      this.settings,
      this.#clock,
      {
        once: false,
        make: async (clockOffset) => {
          const headers: Record<string, string> = {
            ...own,
            ...options.headers,
            'x-mns-version': VERSION,
            // Browsers do not let a date be set: this one they do, and it counts as well.
            'x-mns-date': new Date(platform.now() + clockOffset).toUTCString(),
          };
          if (platform.ownHeaders) headers['user-agent'] = userAgent;
          if (body?.bytes) {
            headers['content-type'] = 'text/xml;charset=utf-8';
            headers['content-md5'] = btoa(platform.hashes.md5Hex(body.bytes));
          }
          const { accessKeyId, accessKeySecret, securityToken } = await credentials.credentials();
          if (securityToken) headers['security-token'] = securityToken;
          const text = stringToSign({ method: operation.method, target, headers });
          headers.authorization = `MNS ${accessKeyId}:${platform.hashes.hmacSha1Base64(accessKeySecret, text)}`;
          return { method: operation.method, url: new URL(this.endpoint.origin + target).href, headers, body };
        },
        read: (answer) => read(operation, answer),
      },
      options,
    );
  }
}

function encodeFields(operation: Operation, request: Record<string, unknown>) {
  let path = operation.path;
  const query = Object.entries(operation.select ?? {}).flatMap(([name, value]) =>
    value === '*' ? [] : [`${name}=${value}`],
  );
  const headers: Record<string, string> = {};
  for (const [name, field] of Object.entries(operation.fields)) {
    const value = request[name];
    if (value === undefined) {
      if (field.missing) throw new InvalidRequestError(`${operation.name} needs ${name}.`);
      continue;
    }
    const text = field.codec.format(value);
    if (field.place === 'path') path = path.replace(`{${field.name}}`, encodeURIComponent(text));
    else if (field.place === 'query') query.push(`${field.name}=${encodeURIComponent(text)}`);
    else headers[field.name.toLowerCase()] = text;
  }
  return { target: query.length === 0 ? path : `${path}?${query.join('&')}`, headers };
}

async function read(operation: Operation, answer: WireAnswer): Promise<Record<string, unknown>> {
  const { status, headers } = answer;
  const text = new TextDecoder().decode(await collect(answer.body));
  const requestId = headers['x-mns-request-id'] ?? '';
  const facts = { status, requestId, headers };
  const root = rootOf(text);
  const { partial } = operation;
  const good = status >= 200 && status < 300;
  if (!good) {
    if (partial && root?.name === partial.body.root) return { ...facts, failed: partial.body.shape.read(root) };
    const details = Object.fromEntries((root?.children ?? []).map(({ name, text: value }) => [name, value]));
    const { Code = 'BadErrorResponse', Message = 'The service gave no reason.', RequestId, ...more } = details;
    throw new ServiceError({
      operation: operation.name,
      status,
      code: Code,
      message: Message,
      requestId: RequestId ?? requestId,
      details: more,
      headers,
    });
  }
  const { body } = operation.success;
  if (!body || text.trim() === '') return facts;
  if (root?.name !== body.root) throw new MalformedAnswerError(`${operation.name}: the answer cannot be read.`);
  return { ...(body.shape.read(root) as object), ...facts };
}

function rootOf(text: string): XmlNode | undefined {
  try {
    return parseXml(text);
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}
