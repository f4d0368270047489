import { type CredentialsProvider, staticCredentials } from '../core/credentials.ts';
import { CredentialsError } from '../core/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Each way of the ecosystem to name the same three things; the first that is whole counts. */
const NAMES = [
  ['OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET', 'OSS_SESSION_TOKEN'],
  ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_CLOUD_SECURITY_TOKEN'],
  ['ALICLOUD_ACCESS_KEY', 'ALICLOUD_SECRET_KEY', 'ALICLOUD_SECURITY_TOKEN'],
  ['MILLRACE_ACCESS_KEY_ID', 'MILLRACE_ACCESS_KEY_SECRET', 'MILLRACE_SECURITY_TOKEN'],
] as const;

/** Keys from the environment, by the names of the official SDKs, of the `aliyun` tool, or of this server. */
export function environmentCredentials(environment: Environment = process.env): CredentialsProvider {
  return {
    async credentials() {
      for (const [id, secret, token] of NAMES) {
        const [accessKeyId, accessKeySecret] = [environment[id], environment[secret]];
        if (accessKeyId && accessKeySecret) {
          return await staticCredentials(accessKeyId, accessKeySecret, environment[token]).credentials();
        }
      }
      throw new CredentialsError(`The environment has no keys: set ${NAMES[0][0]} and ${NAMES[0][1]}.`);
    },
  };
}
