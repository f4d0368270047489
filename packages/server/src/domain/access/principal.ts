/** Who is asking. */
export type Principal = { kind: 'account'; accountId: string; accessKeyId: string } | { kind: 'anonymous' };

export const anonymous: Principal = { kind: 'anonymous' };

/** A key pair and whom it speaks for. */
export interface AccessKey {
  id: string;
  secret: string;
  accountId: string;
}

/** Finds key pairs; what every front end's verifier asks. */
export interface KeyRing {
  find(accessKeyId: string): AccessKey | undefined;
}
