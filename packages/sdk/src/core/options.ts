import { anonymousCredentials, type CredentialsProvider, staticCredentials } from './credentials.ts';
import { InvalidRequestError } from './errors.ts';
import { type RetryPolicy, standardRetry } from './retry.ts';
import type { Platform } from './transport.ts';

/** What all clients can be told. */
export interface ClientOptions {
  /** `https://oss-cn-hangzhou.aliyuncs.com`, `http://127.0.0.1:9000`; without a scheme it is https. */
  endpoint?: string;
  /** `cn-hangzhou` */
  region?: string;
  credentials?: CredentialsProvider;
  /** Short for `staticCredentials`. */
  accessKeyId?: string;
  accessKeySecret?: string;
  securityToken?: string;
  /** How often a request is tried, or a whole policy. 3 by default. */
  retry?: number | RetryPolicy;
  /** Milliseconds until a connection must stand; 5 s by default. */
  connectTimeout?: number;
  /** Milliseconds in which something must come or go; 20 s by default. */
  idleTimeout?: number;
  /** Added before that of this SDK. */
  userAgent?: string;
  /** Another way to send, another clock: for tests and proxies. */
  platform?: Partial<Platform>;
}

/** What a single call can be told. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  retry?: number | RetryPolicy;
  connectTimeout?: number;
  idleTimeout?: number;
  /** More headers; signed where the protocol signs them. */
  headers?: Readonly<Record<string, string>>;
}

export interface Settings {
  platform: Platform;
  credentials: CredentialsProvider;
  retry: RetryPolicy;
  connectTimeout: number;
  idleTimeout: number;
  userAgent: string;
}

export const VERSION = '0.1.0';

export function settingsOf(options: ClientOptions, platform: Platform): Settings {
  return {
    platform: { ...platform, ...options.platform },
    credentials: credentialsOf(options),
    retry: retryOf(options.retry) ?? standardRetry(),
    connectTimeout: options.connectTimeout ?? 5_000,
    idleTimeout: options.idleTimeout ?? 20_000,
    userAgent: [options.userAgent, `millrace-sdk-js/${VERSION}`].filter(Boolean).join(' '),
  };
}

function credentialsOf({
  credentials,
  accessKeyId,
  accessKeySecret,
  securityToken,
}: ClientOptions): CredentialsProvider {
  if (credentials) return credentials;
  if (accessKeyId === undefined && accessKeySecret === undefined) return anonymousCredentials;
  return staticCredentials(accessKeyId ?? '', accessKeySecret ?? '', securityToken);
}

export const retryOf = (retry: number | RetryPolicy | undefined): RetryPolicy | undefined =>
  typeof retry === 'number' ? standardRetry(retry) : retry;

/** @param inRegion the vendor's host for a region. */
export function endpointOf(options: ClientOptions, inRegion: (region: string) => string): URL {
  const text = options.endpoint ?? (options.region === undefined ? undefined : inRegion(options.region));
  if (text === undefined) throw new InvalidRequestError('Give an endpoint, or the region of the vendor to use.');
  try {
    return new URL(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  } catch {
    throw new InvalidRequestError(`The endpoint must be a host or a URL, not ${text}.`);
  }
}
