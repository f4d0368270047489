import type { AccessService, Resource } from '../domain/access/access-service.ts';
import { anonymous, type Principal } from '../domain/access/principal.ts';
import { isDomainError } from '../domain/errors.ts';
import type { Reads } from '../domain/ports/record-store.ts';
import { type AdminAnswer, refusal } from './admin-answer.ts';

/** `/-/policies/simulate`: what would become of a request, and which statement would decide it. Nothing is done. */
export class PolicyRoutes {
  #reads: Pick<Reads, 'buckets' | 'identities'>;
  #access: Pick<AccessService, 'simulate'>;
  #accountId: string;
  constructor(dependencies: {
    reads: Pick<Reads, 'buckets' | 'identities'>;
    access: Pick<AccessService, 'simulate'>;
    accountId: string;
  }) {
    this.#reads = dependencies.reads;
    this.#access = dependencies.access;
    this.#accountId = dependencies.accountId;
  }

  async answer(method: string, path: string, query: URLSearchParams): Promise<AdminAnswer> {
    if (path !== '/-/policies/simulate') return refusal(404, 'There is /-/policies/simulate.');
    if (method !== 'GET') return refusal(405, 'Use GET.');
    const action = query.get('action') ?? '';
    if (!/^[a-z]+:[A-Za-z*]+$/.test(action)) return refusal(400, 'action is such as oss:GetObject.');
    const principal = await this.#principal(query);
    if (!principal) return refusal(404, `There is no ${query.has('role') ? 'role' : 'user'} of that name.`);
    const resource = await this.#resource(query);
    if (!resource) return refusal(404, `There is no bucket ${query.get('bucket')}.`);
    const facts = new Map<string, string[]>();
    for (const text of query.getAll('context')) {
      const [name = '', ...value] = text.split('=');
      if (value.length === 0) return refusal(400, 'context is such as acs:SourceIp=10.0.0.1.');
      facts.set(name.toLowerCase(), [...(facts.get(name.toLowerCase()) ?? []), value.join('=')]);
    }
    try {
      return { status: 200, body: await this.#access.simulate(principal, action, resource, (key) => facts.get(key)) };
    } catch (error) {
      if (isDomainError(error, 'AccessDenied'))
        return refusal(400, 'Nobody known may only ask for buckets and objects.');
      throw error;
    }
  }

  async #principal(query: URLSearchParams): Promise<Principal | undefined> {
    const accountId = this.#accountId;
    const [user, role] = [query.get('user'), query.get('role')];
    // Whoever has not got a key may be asked about as well.
    const accessKeyId = '';
    if (user !== null) {
      const row = await this.#reads.identities.byName('user', accountId, user);
      return row && { kind: 'user', accountId, accessKeyId, userId: row.id, uid: row.uid, name: row.name };
    }
    if (role !== null) {
      const row = await this.#reads.identities.byName('role', accountId, role);
      const session = query.get('session') ?? 'simulated';
      return row && { kind: 'role', accountId, accessKeyId, roleId: row.id, uid: row.uid, name: row.name, session };
    }
    return query.has('anonymous') ? anonymous : { kind: 'account', accountId, accessKeyId };
  }

  async #resource(query: URLSearchParams): Promise<Resource | undefined> {
    const name = query.get('bucket');
    if (name === null) return { name: query.get('name') ?? undefined };
    const bucket = await this.#reads.buckets.byName(name);
    return bucket && { bucket, key: query.get('key') ?? undefined };
  }
}
