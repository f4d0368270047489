import {
  aliyunCredentials,
  environmentCredentials,
  firstCredentials,
  httpTransport,
  Mns,
  Oss,
  ossutilCredentials,
  Ram,
  readOssutilConfig,
  staticCredentials,
} from 'millrace';
import type { Parsed } from './flags.ts';
import { UsageError } from './verb.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const LOCAL = 'http://127.0.0.1:9000';

/** Clients by what was said: options, then the environment, then the files of ossutil and `aliyun`. */
export class Connection {
  readonly #value: (name: string) => string | undefined;
  readonly #environment: Environment;
  constructor({ values }: Parsed, environment: Environment) {
    this.#value = (name) => values.get(name)?.at(-1);
    this.#environment = environment;
  }

  async #options() {
    const value = this.#value;
    const environment = this.#environment;
    const [file, name] = [value('config-file'), value('profile')];
    const profile = await readOssutilConfig(file, name).catch((error) => {
      // A file that was named must be there; the one that may be there need not.
      if (file !== undefined || name !== undefined) throw error;
      return undefined;
    });
    const region =
      value('region') ?? environment.MILLRACE_REGION ?? environment.OSS_REGION ?? profile?.region ?? 'cn-hangzhou';
    const endpoint =
      value('endpoint') ?? environment.MILLRACE_ENDPOINT ?? environment.OSS_ENDPOINT ?? profile?.endpoint;
    const [id, secret] = [value('access-key-id'), value('access-key-secret')];
    if ((id === undefined) !== (secret === undefined)) {
      throw new UsageError('--access-key-id and --access-key-secret go together.');
    }
    const credentials =
      id !== undefined && secret !== undefined
        ? staticCredentials(id, secret, value('sts-token'))
        : firstCredentials(environmentCredentials(environment), ossutilCredentials(file, name), aliyunCredentials());
    const signature = value('sign-version') ?? 'v4';
    if (signature !== 'v1' && signature !== 'v4')
      throw new UsageError(`--sign-version must be v1 or v4, not ${signature}.`);
    const proxy = value('proxy');
    const vendor = value('region') !== undefined && endpoint === undefined;
    return {
      region,
      credentials,
      signatureVersion: signature as 'v1' | 'v4',
      retry: Number(value('retry-times') ?? 10),
      ...(vendor ? {} : { endpoint: endpoint ?? LOCAL }),
      ...(proxy === undefined ? {} : { platform: { transport: httpTransport({ proxy }) } }),
    };
  }

  async oss(): Promise<Oss> {
    return new Oss(await this.#options());
  }

  async mns(): Promise<Mns> {
    return new Mns(await this.#options());
  }

  async ram(): Promise<Ram> {
    return new Ram(await this.#options());
  }

  async settings(): Promise<{ endpoint: string; accessKeyId: string; accessKeySecret: string; console: string }> {
    const { endpoint = LOCAL, credentials } = await this.#options();
    const { accessKeyId, accessKeySecret } = await credentials.credentials();
    const beside = new URL(endpoint);
    beside.port = '9001';
    const console = (this.#value('console') ?? this.#environment.MILLRACE_CONSOLE ?? beside.origin).replace(/\/$/, '');
    return { endpoint, accessKeyId, accessKeySecret, console };
  }
}
