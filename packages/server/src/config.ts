import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isNetwork } from './http/networks.ts';

/** How one setting is read, and what it means to whoever reads `--help`. */
interface Setting<T> {
  summary: string;
  /** What stands for the default in `--help`, where the value itself would not tell. */
  defaultText?: string;
  default: T;
  /** Throws an `Error` that says what the value should be. */
  parse(text: string): T;
}

const text = (summary: string, fallback = '', defaultText?: string): Setting<string> => ({
  summary,
  default: fallback,
  ...(defaultText === undefined ? {} : { defaultText }),
  parse: (value) => value,
});

const matching = (summary: string, fallback: string, pattern: RegExp, rule: string): Setting<string> => ({
  summary,
  default: fallback,
  parse(value) {
    if (!pattern.test(value)) throw new Error(rule);
    return value;
  },
});

const integer = (summary: string, fallback: number, min: number, max: number): Setting<number> => ({
  summary,
  default: fallback,
  parse(value) {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  },
});

const oneOf = <const W extends string>(summary: string, fallback: W, words: readonly W[]): Setting<W> => ({
  summary,
  default: fallback,
  parse(value) {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new Error(`must be one of ${words.join(', ')}`);
    return word;
  },
});

const list = (summary: string): Setting<string[]> => ({
  summary,
  default: [],
  defaultText: 'none',
  parse: (value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
});

const networks = (summary: string, defaultText: string): Setting<string[]> => {
  const items = list(summary);
  return {
    ...items,
    defaultText,
    parse(value) {
      const parsed = items.parse(value);
      const wrong = parsed.find((item) => !isNetwork(item));
      if (wrong !== undefined) throw new Error(`must be addresses such as 10.0.0.0/8 or ::1, not ${wrong}`);
      return parsed;
    },
  };
};

const httpUrl = (summary: string, defaultText: string): Setting<string> => ({
  summary,
  default: '',
  defaultText,
  parse(value) {
    if (!/^https?:\/\/[^/]+\/?$/.test(value)) throw new Error('must be http(s)://HOST[:PORT] without a path');
    return value.replace(/\/$/, '');
  },
});

/** Every setting: the name in the environment and in the settings file, and how it is read. */
export const settings = {
  MILLRACE_HOST: text('Address to listen on.', '127.0.0.1'),
  MILLRACE_PORT: integer('Port of OSS and MNS; 0 picks a free one.', 9000, 0, 65535),
  MILLRACE_CONSOLE_PORT: integer('Port of health and metrics; 0 picks a free one.', 9001, 0, 65535),
  MILLRACE_DATA: text('Folder that holds everything.', './data'),
  MILLRACE_ACCESS_KEY_ID: matching(
    'Root access key id.',
    '',
    /^[A-Za-z0-9.@_-]{3,128}$/,
    'must be 3 to 128 letters, digits or . @ _ -',
  ),
  MILLRACE_ACCESS_KEY_SECRET: matching(
    'Root access key secret.',
    '',
    /^\S{8,256}$/,
    'must be 8 to 256 characters without spaces',
  ),
  MILLRACE_REGION: matching(
    'Region id that clients sign with.',
    'cn-hangzhou',
    /^[a-z0-9-]+$/,
    'must be letters, digits and -, such as cn-hangzhou',
  ),
  MILLRACE_ACCOUNT_ID: matching(
    'Account id that owns everything.',
    '1000000000000001',
    /^\d{4,20}$/,
    'must be 4 to 20 digits',
  ),
  MILLRACE_MODE: oneOf('Where records and bytes live; cluster is not in this version.', 'embedded', [
    'embedded',
    'cluster',
  ]),
  MILLRACE_DATABASE_URL: {
    ...text(
      'PostgreSQL database for the records, such as postgres://USER:PASSWORD@HOST/NAME; bytes stay in the folder.',
    ),
    defaultText: 'none: SQLite in the folder',
    parse(value: string) {
      if (!/^postgres(ql)?:\/\/./.test(value)) throw new Error('must begin with postgres://');
      return value;
    },
  },
  MILLRACE_BLOB_URL: text('S3-compatible store of cluster mode; not in this version.', '', 'none'),
  MILLRACE_PUBLIC_URL: httpUrl('What endpoints and locations in answers begin with.', 'http://HOST:PORT'),
  MILLRACE_DOMAINS: list(
    'Comma-separated host suffixes below which a first label names a bucket, besides localhost and the vendor’s own.',
  ),
  MILLRACE_CALLBACK_NETWORKS: networks(
    'Comma-separated networks that callbacks and pushes may go to, and no others.',
    'public ones; loopback when MILLRACE_HOST is loopback and MILLRACE_PUBLIC_URL too',
  ),
  MILLRACE_PUSH_CERTIFICATE_URL: text(
    'Where receivers of pushes are told to find the certificate that verifies them.',
    '',
    'this server’s own',
  ),
  MILLRACE_WEBHOOK_URL: {
    ...text('Where the ends of tasks are posted as signed CloudEvents.', '', 'none'),
    parse(value: string) {
      if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) throw new Error('must be an http(s) URL');
      return value;
    },
  },
  MILLRACE_WEBHOOK_SECRET: {
    ...matching(
      'What they are signed with, as https://www.standardwebhooks.com says; base64 after whsec_, or any text.',
      '',
      /^\S{16,256}$/,
      'must be 16 to 256 characters without spaces',
    ),
    defaultText: 'none',
  },
  MILLRACE_SANDBOX: oneOf('Run engines inside bubblewrap; off only where the kernel refuses it.', 'on', ['on', 'off']),
  MILLRACE_OFFICE_DEADLINE: integer('Seconds that converting one document may take.', 300, 1, 86_400),
  MILLRACE_MEDIA_DEADLINE: integer('Seconds that converting one video or sound may take.', 21_600, 1, 604_800),
  MILLRACE_ACCESS_LOG_INTERVAL: integer(
    'Seconds of requests that go into one log object of a bucket with logging.',
    3600,
    1,
    86_400,
  ),
  MILLRACE_LIFECYCLE_INTERVAL: integer(
    'Seconds from one look at what is due by the lifecycle rules of buckets to the next.',
    3600,
    1,
    86_400,
  ),
  MILLRACE_BODY_WINDOW: integer(
    'Seconds of waiting for more of a body after which its client is given up, if less than 512 bytes a second came.',
    30,
    1,
    86_400,
  ),
  MILLRACE_SEND_STALL: integer(
    'Seconds after which a client is cut off that takes nothing of its answer.',
    120,
    1,
    900,
  ),
  MILLRACE_VERIFY_DOMAINS: oneOf(
    'Whether a domain name is bound to a bucket only once its token stands in the DNS; off takes everybody’s word.',
    'on',
    ['on', 'off'],
  ),
  MILLRACE_BINDING: oneOf(
    'Whether a bucket has to be attached to an IMM project before its objects are processed by IMM; automatic takes the others into default.',
    'automatic',
    ['automatic', 'strict'],
  ),
  MILLRACE_LOG_LEVEL: oneOf('Least severe log lines to print.', 'info', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'fatal',
  ]),
} as const;

type SettingName = keyof typeof settings;
type Values = { [N in SettingName]: (typeof settings)[N]['default'] };

/** The settings of one process: complete, checked and frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly consolePort: number;
  /** Absolute. */
  readonly dataFolder: string;
  /** Undefined: the records are in the folder. */
  readonly databaseUrl: string | undefined;
  /** Absent: generated at first start and kept in the data folder. */
  readonly rootKey: { id: string; secret: string } | undefined;
  readonly region: string;
  readonly accountId: string;
  readonly publicUrl: string | undefined;
  readonly domains: readonly string[];
  /** Empty: all that are not refused by default. */
  readonly callbackNetworks: readonly string[];
  /** Undefined: where this server has it. */
  readonly pushCertificateUrl: string | undefined;
  /** What is told of the ends of tasks besides their topics. */
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  readonly sandbox: 'on' | 'off';
  readonly officeDeadlineMs: number;
  readonly mediaDeadlineMs: number;
  readonly accessLogIntervalMs: number;
  readonly lifecycleIntervalMs: number;
  readonly bodyWindowMs: number;
  readonly sendStallMs: number;
  readonly verifyDomains: boolean;
  readonly binding: 'automatic' | 'strict';
  readonly logLevel: Values['MILLRACE_LOG_LEVEL'];
}

/** One wrong setting, or several: the message has a line for each. */
export class ConfigError extends Error {
  constructor(faults: readonly string[]) {
    super(`Millrace cannot start with these settings:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const FILE = 'millrace.config.json';

/** Reads `millrace.config.json` in `folder` and then `environment`, which wins. Throws `ConfigError` naming every fault at once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>, folder: string): Config {
  const faults: string[] = [];
  const file = readFile(join(folder, FILE), faults);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const fromEnvironment = environment[name];
    const [value, where] = fromEnvironment ? [fromEnvironment, 'environment'] : [file[name], FILE];
    values[name] = setting.default;
    if (value === undefined) continue;
    try {
      values[name] = setting.parse(value);
    } catch (error) {
      const shown = /SECRET|DATABASE_URL/.test(name) ? '' : `=${value}`;
      faults.push(`${name}${shown} (${where}) ${error instanceof Error ? error.message : error}`);
    }
  }
  const config = values as Values;
  checkTogether(config, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze({
    host: config.MILLRACE_HOST,
    port: config.MILLRACE_PORT,
    consolePort: config.MILLRACE_CONSOLE_PORT,
    dataFolder: resolve(folder, config.MILLRACE_DATA),
    databaseUrl: config.MILLRACE_DATABASE_URL || undefined,
    rootKey: config.MILLRACE_ACCESS_KEY_ID
      ? { id: config.MILLRACE_ACCESS_KEY_ID, secret: config.MILLRACE_ACCESS_KEY_SECRET }
      : undefined,
    region: config.MILLRACE_REGION,
    accountId: config.MILLRACE_ACCOUNT_ID,
    publicUrl: config.MILLRACE_PUBLIC_URL || undefined,
    domains: config.MILLRACE_DOMAINS,
    callbackNetworks: config.MILLRACE_CALLBACK_NETWORKS,
    pushCertificateUrl: config.MILLRACE_PUSH_CERTIFICATE_URL || undefined,
    webhook: config.MILLRACE_WEBHOOK_URL
      ? { url: config.MILLRACE_WEBHOOK_URL, secret: config.MILLRACE_WEBHOOK_SECRET }
      : undefined,
    sandbox: config.MILLRACE_SANDBOX,
    officeDeadlineMs: config.MILLRACE_OFFICE_DEADLINE * 1000,
    mediaDeadlineMs: config.MILLRACE_MEDIA_DEADLINE * 1000,
    accessLogIntervalMs: config.MILLRACE_ACCESS_LOG_INTERVAL * 1000,
    lifecycleIntervalMs: config.MILLRACE_LIFECYCLE_INTERVAL * 1000,
    bodyWindowMs: config.MILLRACE_BODY_WINDOW * 1000,
    sendStallMs: config.MILLRACE_SEND_STALL * 1000,
    verifyDomains: config.MILLRACE_VERIFY_DOMAINS === 'on',
    binding: config.MILLRACE_BINDING,
    logLevel: config.MILLRACE_LOG_LEVEL,
  });
}

function checkTogether(config: Values, faults: string[]): void {
  if (config.MILLRACE_MODE === 'cluster') {
    faults.push('MILLRACE_MODE=cluster is not available in this version; leave it out or set it to embedded');
  }
  if ((config.MILLRACE_ACCESS_KEY_ID === '') !== (config.MILLRACE_ACCESS_KEY_SECRET === '')) {
    faults.push('MILLRACE_ACCESS_KEY_ID and MILLRACE_ACCESS_KEY_SECRET must be set together or not at all');
  }
  if ((config.MILLRACE_WEBHOOK_URL === '') !== (config.MILLRACE_WEBHOOK_SECRET === '')) {
    faults.push('MILLRACE_WEBHOOK_URL and MILLRACE_WEBHOOK_SECRET must be set together or not at all');
  }
  if (config.MILLRACE_PORT !== 0 && config.MILLRACE_PORT === config.MILLRACE_CONSOLE_PORT) {
    faults.push('MILLRACE_PORT and MILLRACE_CONSOLE_PORT must differ');
  }
}

function readFile(path: string, faults: string[]): Record<string, string> {
  if (!existsSync(path)) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    faults.push(`${FILE} is not valid JSON: ${error instanceof Error ? error.message : error}`);
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    faults.push(`${FILE} must hold one JSON object`);
    return {};
  }
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (!Object.hasOwn(settings, name)) faults.push(`${name} (${FILE}) is not a setting`);
    else if (typeof value === 'string' || typeof value === 'number') values[name] = String(value);
    else faults.push(`${name} (${FILE}) must be a string or a number`);
  }
  return values;
}

/** The settings as text, for `millrace --help`. */
export function describeSettings(): string {
  const width = Math.max(...Object.keys(settings).map((name) => name.length));
  return Object.entries(settings)
    .map(([name, setting]) => {
      const fallback = setting.defaultText ?? (String(setting.default) || 'generated at first start');
      return `  ${name.padEnd(width)}  ${setting.summary} (default: ${fallback})`;
    })
    .join('\n');
}
