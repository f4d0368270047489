import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Credentials, type CredentialsProvider, firstCredentials } from '../core/credentials.ts';
import { CredentialsError } from '../core/errors.ts';
import { environmentCredentials } from './environment.ts';

/** What a file of another tool says about where to go and with which keys. */
export interface Profile {
  endpoint?: string;
  region?: string;
  keys?: Credentials;
}

/** Reads `~/.ossutilconfig`, as ossutil 1 and 2 write it. @param name the section; `default` or `Credentials` without. */
export async function readOssutilConfig(file = join(homedir(), '.ossutilconfig'), name?: string): Promise<Profile> {
  const sections = readSections(await textOf(file));
  const wanted =
    name === undefined ? ['default', 'credentials'] : [name.toLowerCase(), `profile ${name.toLowerCase()}`];
  const section = wanted.map((title) => sections.get(title)).find((found) => found !== undefined);
  if (!section) throw new CredentialsError(`${file} has no section ${name ?? 'default'}.`);
  const profile: Profile = {};
  const [endpoint, region] = [section.get('endpoint'), section.get('region')];
  if (endpoint) profile.endpoint = endpoint;
  if (region) profile.region = region;
  const [accessKeyId, accessKeySecret] = [section.get('accesskeyid'), section.get('accesskeysecret')];
  if (accessKeyId && accessKeySecret) {
    profile.keys = { accessKeyId, accessKeySecret, securityToken: section.get('ststoken') };
  }
  return profile;
}

/** Reads `~/.aliyun/config.json`, as the `aliyun` tool writes it. @param name the profile; the current one without. */
export async function readAliyunConfig(
  file = join(homedir(), '.aliyun', 'config.json'),
  name?: string,
): Promise<Profile> {
  const text = await textOf(file);
  let whole: { current?: string; profiles?: Record<string, string | undefined>[] };
  try {
    whole = JSON.parse(text);
  } catch (error) {
    throw new CredentialsError(`${file} is not JSON.`, { cause: error });
  }
  const wanted = name ?? whole.current ?? 'default';
  const found = whole.profiles?.find((profile) => profile.name === wanted);
  if (!found) throw new CredentialsError(`${file} has no profile ${wanted}.`);
  const profile: Profile = {};
  if (found.region_id) profile.region = found.region_id;
  const [accessKeyId, accessKeySecret] = [found.access_key_id, found.access_key_secret];
  if (accessKeyId && accessKeySecret) {
    profile.keys = { accessKeyId, accessKeySecret, securityToken: found.sts_token || undefined };
  }
  return profile;
}

const keysOf = (read: () => Promise<Profile>, what: string): CredentialsProvider => ({
  async credentials() {
    const { keys } = await read();
    if (!keys) throw new CredentialsError(`${what} has no keys.`);
    return keys;
  },
});

/** Keys from the configuration file of ossutil. `name`: its section. */
export const ossutilCredentials = (file?: string, name?: string): CredentialsProvider =>
  keysOf(() => readOssutilConfig(file, name), file ?? '~/.ossutilconfig');

/** Keys from the configuration file of the `aliyun` tool. `name`: its profile. */
export const aliyunCredentials = (file?: string, name?: string): CredentialsProvider =>
  keysOf(() => readAliyunConfig(file, name), file ?? '~/.aliyun/config.json');

/** The environment, then the files of ossutil and of the `aliyun` tool. */
export const defaultCredentials = (): CredentialsProvider =>
  firstCredentials(environmentCredentials(), ossutilCredentials(), aliyunCredentials());

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CredentialsError(`${file} cannot be read.`, { cause: error });
  }
}

/** `[name]` and `key = value`; names in lower case without `_`, as the two versions of ossutil differ in them. */
function readSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const title = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    const pair = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (title !== undefined) {
      section = new Map();
      sections.set(title.trim().toLowerCase(), section);
    } else if (pair?.[1] !== undefined) {
      section.set(pair[1].toLowerCase().replaceAll('_', ''), pair[2] ?? '');
    }
  }
  return sections;
}
