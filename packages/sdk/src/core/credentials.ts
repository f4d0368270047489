import { CredentialsError } from './errors.ts';

/** An access key; with a token, one that is good for a while. */
export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken?: string | undefined;
  /** Milliseconds since the epoch from which they are no good; undefined for those that stay. */
  expiresAt?: number | undefined;
}

/** Gives the keys to sign with; asked before every request, so it should remember. */
export interface CredentialsProvider {
  credentials(): Promise<Credentials>;
}

/** Always the same keys. Throws `CredentialsError` when one is empty. */
export const staticCredentials = (
  accessKeyId: string,
  accessKeySecret: string,
  securityToken?: string,
): CredentialsProvider => {
  if (!accessKeyId || !accessKeySecret) {
    throw new CredentialsError('accessKeyId and accessKeySecret must not be empty.');
  }
  const credentials: Credentials = { accessKeyId, accessKeySecret };
  if (securityToken) credentials.securityToken = securityToken;
  return { credentials: async () => credentials };
};

/** For buckets that anybody may read: requests are not signed. */
export const anonymousCredentials: CredentialsProvider = {
  credentials: async () => ({ accessKeyId: '', accessKeySecret: '' }),
};

/** Keys are fetched again this long before they expire, so that a request under way does not outlive them. */
const REFRESH_BEFORE_MS = 5 * 60_000;

/**
 * Keys from a function of yours, kept until shortly before they expire. However many requests ask at once, it is called
 * once; when a refresh fails while the old keys are still good, those are used.
 */
export function refreshingCredentials(
  fetchCredentials: () => Promise<Credentials>,
  now: () => number = Date.now,
): CredentialsProvider {
  let held: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;
  const fresh = (): boolean => held !== undefined && (held.expiresAt ?? Infinity) - now() > REFRESH_BEFORE_MS;
  const fetchOnce = (): Promise<Credentials> => {
    fetching ??= fetchCredentials()
      .then((credentials) => {
        held = credentials;
        return credentials;
      })
      .finally(() => {
        fetching = undefined;
      });
    return fetching;
  };
  return {
    async credentials() {
      if (held && fresh()) return held;
      try {
        return await fetchOnce();
      } catch (error) {
        if (held && (held.expiresAt ?? Infinity) > now()) return held;
        throw error instanceof CredentialsError
          ? error
          : new CredentialsError('The keys could not be fetched.', { cause: error });
      }
    },
  };
}

/** The first provider that has keys. */
export function firstCredentials(...providers: readonly CredentialsProvider[]): CredentialsProvider {
  let found: CredentialsProvider | undefined;
  return {
    async credentials() {
      if (found) return await found.credentials();
      const reasons: string[] = [];
      for (const provider of providers) {
        try {
          const credentials = await provider.credentials();
          found = provider;
          return credentials;
        } catch (error) {
          reasons.push(error instanceof Error ? error.message : String(error));
        }
      }
      throw new CredentialsError(`No keys were found. ${reasons.join(' ')}`);
    },
  };
}
