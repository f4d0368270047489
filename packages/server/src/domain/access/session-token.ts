import type { SecretBox } from '../ports/secret-box.ts';

/** What a temporary key pair stands for. Nothing of it is recorded: the token carries it, sealed. */
export interface RoleSession {
  accessKeyId: string;
  secret: string;
  accountId: string;
  /** Of the role: a role made again under the same name is another one. */
  roleUid: string;
  session: string;
  expiresMs: number;
  /** The document that limits the session. */
  policy?: string | undefined;
}

/** How people and tools tell temporary keys from lasting ones. */
export const TEMPORARY_KEY_PREFIX = 'STS.';

const PURPOSE = 'session token';

export const sealSession = (box: SecretBox, session: RoleSession): string => box.seal(JSON.stringify(session), PURPOSE);

export function openSession(box: SecretBox, token: string): RoleSession | undefined {
  const text = box.open(token, PURPOSE);
  // What the box opens is what it was given to seal.
  return text === undefined ? undefined : (JSON.parse(text) as RoleSession);
}
