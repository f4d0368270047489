import { DomainError } from '../errors.ts';
import type { Identities } from '../identities.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdentityRow } from '../ports/identity-records.ts';
import type { Reads } from '../ports/record-store.ts';
import type { SecretBox } from '../ports/secret-box.ts';
import { type AccessService, arnOf, namesOf } from './access-service.ts';
import { roleArn, rootArn } from './identity.ts';
import { checkDocument } from './identity-service.ts';
import { decide } from './policy/decide.ts';
import { parsePolicy } from './policy/document.ts';
import type { Principal } from './principal.ts';
import { type RoleSession, sealSession, TEMPORARY_KEY_PREFIX } from './session-token.ts';

const SHORTEST_SECONDS = 900;
const DEFAULT_SECONDS = 3600;

/** What asks for a while in a role. */
export interface AssumeRequest {
  roleArn: string;
  session: string;
  seconds?: number | undefined;
  /** Limits the session further. */
  policy?: string | undefined;
  externalId?: string | undefined;
}

/** Lets those in a role for a while who may assume it. */
export class SessionService {
  #reads: Reads;
  #access: AccessService;
  #box: SecretBox;
  #clock: Clock;
  #identities: Identities;
  constructor(dependencies: {
    reads: Reads;
    access: AccessService;
    box: SecretBox;
    clock: Clock;
    identities: Identities;
  }) {
    this.#reads = dependencies.reads;
    this.#access = dependencies.access;
    this.#box = dependencies.box;
    this.#clock = dependencies.clock;
    this.#identities = dependencies.identities;
  }

  /**
   * "Both an identity-side allow of sts:AssumeRole on the role and a trust policy that allows the caller." Throws
   * `AccessDenied`, `EntityMissing`, `InvalidArgument` and, for the session's policy, `PolicyMalformed`.
   */
  async assumeRole(
    principal: Principal,
    request: AssumeRequest,
  ): Promise<{ role: IdentityRow<'role'>; session: RoleSession; token: string }> {
    const [, accountId, roleName] = /^acs:ram::(\d+):role\/([^/]+)$/.exec(request.roleArn) ?? [];
    if (accountId === undefined || roleName === undefined) {
      throw invalid('RoleArn', request.roleArn, 'It must have the form acs:ram::ACCOUNT:role/NAME.');
    }
    if (!/^[A-Za-z0-9.@_-]{2,64}$/.test(request.session)) {
      throw invalid('RoleSessionName', request.session, 'It has 2 to 64 characters: letters, digits and . @ _ -.');
    }
    await this.#access.require(principal, 'sts:AssumeRole', { service: 'ram', name: `role/${roleName}` });
    const role = await this.#reads.identities.byName('role', accountId, roleName);
    if (role === undefined) throw new DomainError('EntityMissing', { entity: 'role', name: roleName });
    this.#requireTrust(principal, role, request.externalId);
    const { seconds = DEFAULT_SECONDS } = request;
    const longest = role.about.maxSessionSeconds;
    if (seconds < SHORTEST_SECONDS || seconds > longest) {
      const reason = `It must be from ${SHORTEST_SECONDS} to ${longest}, the MaxSessionDuration of the role.`;
      throw invalid('DurationSeconds', String(seconds), reason);
    }
    if (request.policy !== undefined) checkDocument('session', request.policy);
    const key = this.#identities.temporaryKey(TEMPORARY_KEY_PREFIX);
    const session: RoleSession = {
      accessKeyId: key.id,
      secret: key.secret,
      accountId,
      roleUid: role.uid,
      session: request.session,
      // In whole seconds, as they are told.
      expiresMs: (Math.floor(this.#clock.now() / 1000) + seconds) * 1000,
      policy: request.policy,
    };
    return { role, session, token: sealSession(this.#box, session) };
  }

  #requireTrust(principal: Principal, role: IdentityRow<'role'>, externalId: string | undefined): void {
    const { accountId, name } = role;
    const known = principal.kind === 'anonymous' ? undefined : principal;
    // "acs:ram::ACCOUNT:root in a Principal means every identity of that account."
    const caller = known ? [...namesOf(known), rootArn(known.accountId), known.accountId] : [];
    const decision = decide(
      { identity: [], resource: [parsePolicy(`trust policy of ${name}`, 'trust', role.about.trustPolicy)] },
      {
        action: 'sts:AssumeRole',
        resource: { service: 'ram', region: '', accountId, relative: `role/${name}` },
        caller,
        context: (key) => {
          if (key === 'sts:externalid') return externalId === undefined ? undefined : [externalId];
          if (key === 'acs:currenttime') return [new Date(this.#clock.now()).toISOString()];
          if (key === 'acs:principalarn') return known && [arnOf(known)];
          return principal.facts?.(key);
        },
      },
    );
    if (decision.outcome === 'allow') return;
    const { by } = decision;
    throw new DomainError('AccessDenied', {
      reason: 'You are not authorized to do this action. The trust policy of the role does not allow you to assume it.',
      denial: {
        action: 'sts:AssumeRole',
        resource: roleArn(accountId, name),
        principalType: known?.kind === 'role' ? 'Role' : known?.kind === 'user' ? 'User' : 'Account',
        principalId: known?.accountId ?? '',
        accountId,
        policyType: 'trust',
        explicit: decision.outcome === 'deny',
        by: by && { policy: by.policy.name, statement: by.statement.number },
      },
    });
  }
}

const invalid = (name: string, value: string, reason: string): DomainError =>
  new DomainError('InvalidArgument', { name, value, reason });
