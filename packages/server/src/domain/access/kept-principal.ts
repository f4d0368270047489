import { parsePolicy } from './policy/document.ts';
import type { KnownPrincipal, Principal } from './principal.ts';

/** Facts of a request that conditions of policies may look at, whatever its protocol. */
const KEPT_FACTS = ['acs:sourceip', 'acs:useragent', 'acs:referer', 'acs:securetransport'];

type Plain<P> = P extends { sessionPolicy?: unknown }
  ? Omit<P, 'sessionPolicy'> & { sessionPolicy?: string | undefined }
  : P;

/** Who asked for work, as plain data: what is done later is allowed or denied as it was when it was asked for. */
export interface KeptPrincipal {
  who: Plain<KnownPrincipal>;
  facts: Record<string, readonly string[]>;
}

export function keepPrincipal({ facts, ...who }: Principal & KnownPrincipal): KeptPrincipal {
  const kept = KEPT_FACTS.flatMap((key) => {
    const values = facts?.(key);
    return values === undefined ? [] : [[key, values] as const];
  });
  const plain = who.kind === 'role' ? { ...who, sessionPolicy: who.sessionPolicy?.text } : who;
  return { who: plain, facts: Object.fromEntries(kept) };
}

/** The same principal again, also after a restart. */
export function principalOf({ who, facts }: KeptPrincipal): Principal & KnownPrincipal {
  const known = { facts: (key: string) => facts[key] };
  if (who.kind !== 'role') return { ...who, ...known };
  const { sessionPolicy: text } = who;
  const sessionPolicy = text === undefined ? undefined : parsePolicy('session policy', 'session', text);
  return { ...who, sessionPolicy, ...known };
}
