import {
  ACS3,
  canonicalRequestAcs3,
  percentEncode,
  type RpcInputOf,
  type RpcOperation,
  type RpcResultOf,
  stringToSignAcs3,
} from '@millrace/protocol/rpc';
import { collect } from '../core/byte-source.ts';
import { MalformedAnswerError, ServiceError } from '../core/errors.ts';
import { type CallOptions, type ClientOptions, endpointOf, type Settings, settingsOf } from '../core/options.ts';
import { type Clock, send } from '../core/send.ts';
import type { Platform, WireAnswer } from '../core/transport.ts';

type Named = Readonly<Record<string, unknown>>;
type OperationNames<D> = { [N in keyof D]: D[N] extends RpcOperation<infer _I, infer _R> ? N : never }[keyof D];
type Method<Op, I = RpcInputOf<Op>> = object extends I
  ? (request?: I, options?: CallOptions) => Promise<RpcResultOf<Op> & { RequestId: string }>
  : (request: I, options?: CallOptions) => Promise<RpcResultOf<Op> & { RequestId: string }>;

/** The actions among some declarations, as methods. */
export type RpcOperations<D> = { [N in OperationNames<D>]: Method<D[N]> };

export interface RpcService {
  version: string;
  /** The vendor's host for a region. */
  host(region: string): string;
}

/** A client for one service of the vendor's RPC family; `call` sends any action by name. */
export class RpcClient {
  readonly endpoint: URL;
  readonly settings: Settings;
  readonly #service: RpcService;
  readonly #clock: Clock = { offset: 0 };

  constructor(service: RpcService, options: ClientOptions, platform: Platform) {
    this.#service = service;
    this.settings = settingsOf(options, platform);
    this.endpoint = endpointOf({ region: '', ...options }, (region) => `https://${service.host(region)}`);
  }

  /** Sends an action. Values that are not text are sent as JSON. */
  async call(action: string, parameters: Named = {}, options: CallOptions = {}): Promise<Named> {
    const { platform, credentials, userAgent } = this.settings;
    const query = Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)] as const],
    );
    return await send(
      this.settings,
      this.#clock,
      {
        once: false,
        make: async (clockOffset) => {
          const { accessKeyId, accessKeySecret, securityToken } = await credentials.credentials();
          const bodySha256 = platform.hashes.sha256Hex('');
          const headers: Record<string, string> = {
            accept: 'application/json',
            host: this.endpoint.host,
            'x-acs-action': action,
            'x-acs-version': this.#service.version,
            'x-acs-date': new Date(platform.now() + clockOffset).toISOString().replace(/\.\d+Z$/, 'Z'),
            'x-acs-signature-nonce': platform.unique(),
            'x-acs-content-sha256': bodySha256,
          };
          if (securityToken) {
            headers['x-acs-accesskey-id'] = accessKeyId;
            headers['x-acs-security-token'] = securityToken;
          }
          const signed = Object.keys(headers).filter((name) => name.startsWith('x-acs-') || name === 'host');
          const canonical = canonicalRequestAcs3({ method: 'POST', path: '/', query, headers, bodySha256 }, signed);
          const key = new TextEncoder().encode(accessKeySecret);
          const text = stringToSignAcs3(platform.hashes.sha256Hex(canonical));
          const signature = platform.hashes.hmacSha256Hex(key, text);
          if (accessKeyId !== '') {
            headers.authorization = `${ACS3} Credential=${accessKeyId},SignedHeaders=${signed.sort().join(';')},Signature=${signature}`;
          }
          if (platform.ownHeaders) headers['user-agent'] = userAgent;
          const written = query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
          return {
            method: 'POST',
            url: `${this.endpoint.origin}/${written && `?${written}`}`,
            headers,
            body: undefined,
          };
        },
        read: (answer) => read(action, answer),
      },
      options,
    );
  }
}

/** A class of clients with a method for each action among some declarations. */
export type ClientClass<D> = new (
  service: RpcService,
  options: ClientOptions,
  platform: Platform,
) => RpcClient & RpcOperations<D>;

/** Gives a client one method for each declaration. */
export function withActions<D extends object>(declarations: D): ClientClass<D> {
  class Actions extends RpcClient {}
  for (const [method, declaration] of Object.entries(declarations)) {
    if (typeof declaration !== 'object' || declaration === null || !('input' in declaration)) continue;
    Object.defineProperty(Actions.prototype, method, {
      value(this: RpcClient, request: Named = {}, options: CallOptions = {}) {
        return this.call((declaration as RpcOperation).name, request, options);
      },
      writable: true,
      configurable: true,
    });
  }
  return Actions as unknown as ClientClass<D>;
}

async function read(operation: string, answer: WireAnswer): Promise<Named> {
  const { status, headers } = answer;
  const text = new TextDecoder().decode(await collect(answer.body));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (status < 400) throw new MalformedAnswerError(`${operation}: the answer cannot be read.`, { cause: error });
  }
  const members = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  if (status >= 200 && status < 300) return members;
  const textOf = (name: string): string => (typeof members[name] === 'string' ? members[name] : '');
  throw new ServiceError({
    operation,
    status,
    code: textOf('Code') || 'BadErrorResponse',
    message: textOf('Message') || 'The service gave no reason.',
    requestId: textOf('RequestId'),
    headers,
  });
}
