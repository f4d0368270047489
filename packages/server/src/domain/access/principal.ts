import type { Awaitable } from '../ports/record-store.ts';
import type { ConditionContext } from './policy/condition.ts';
import type { Policy } from './policy/document.ts';

/** Whoever has an access key: the account itself, one of its users, or somebody in one of its roles for a while. */
export type KnownPrincipal = { accountId: string; accessKeyId: string } & (
  | { kind: 'account' }
  | { kind: 'user'; userId: number; uid: string; name: string }
  | { kind: 'role'; roleId: number; uid: string; name: string; session: string; sessionPolicy?: Policy | undefined }
);

/** Who is asking. `facts` are what conditions of policies may look at, by key: each request has its own. */
export type Principal = (KnownPrincipal | { kind: 'anonymous' }) & { facts?: ConditionContext | undefined };

export const anonymous: Principal = { kind: 'anonymous' };

/** A key pair and whom it speaks for. */
export interface AccessKey {
  id: string;
  secret: string;
  accountId: string;
  principal: KnownPrincipal;
  /** Of a temporary pair: it takes the token it was issued with. */
  temporary: boolean;
}

/** Why there is no key pair to verify with. */
export type KeyFault = 'unknown' | 'inactive' | 'token-missing' | 'token-invalid' | 'token-mismatch' | 'token-expired';

export type KeyFinding = { key: AccessKey; fault?: undefined } | { fault: KeyFault; key?: undefined };

/** Finds key pairs; what every front end's verifier asks. */
export interface KeyRing {
  /** A token that comes with a lasting pair is for the verifier to refuse, once the signature is known to be good. */
  find(accessKeyId: string, token: string | undefined): Awaitable<KeyFinding>;
}

/** The account's own key pair. */
export const rootKey = (id: string, secret: string, accountId: string): AccessKey => ({
  id,
  secret,
  accountId,
  principal: { kind: 'account', accountId, accessKeyId: id },
  temporary: false,
});
