import { ask, consoleFlag } from '../console.ts';
import { isOssUrl, parseOssUrl, shown } from '../oss-url.ts';
import { exitCodes, UsageError, type Verb } from '../verb.ts';

interface Simulated {
  allowed: boolean;
  resource: string;
  outcome: 'allow' | 'deny' | 'limited' | 'none';
  statement?: { policyType: string; policy: string; number: number };
}

const UNDECIDED = {
  limited: "the session's policy allows nothing like it",
  none: 'no statement says anything: ownership and ACLs decide',
};

export const policy: Verb = {
  name: 'policy',
  operands: 'simulate USER ACTION oss://BUCKET[/KEY]|NAME',
  count: [4, 4],
  summary: 'Ask whether a user may do something, and which statement decides; nothing is done.',
  flags: [
    { name: 'role', summary: 'USER is the name of a role.' },
    {
      name: 'context',
      value: 'KEY=VALUE',
      repeated: true,
      summary: 'What conditions see, such as acs:SourceIp=10.0.0.1.',
    },
    consoleFlag,
  ],
  async run(call) {
    const [what, who = '', action = '', target = ''] = call.operands;
    if (what !== 'simulate') throw new UsageError(`policy knows simulate, not ${what}.`);
    const query = new URLSearchParams({ action });
    if (who === 'anonymous') query.set('anonymous', '');
    else if (who !== 'root') query.set(call.on('role') ? 'role' : 'user', who);
    if (isOssUrl(target)) {
      const { bucket, key } = parseOssUrl(target);
      query.set('bucket', bucket);
      if (key !== '') query.set('key', key);
    } else query.set('name', target);
    for (const fact of call.list('context')) query.append('context', fact);
    const told = (await ask(call, 'GET', `/-/policies/simulate?${query}`)) as unknown as Simulated;
    const { allowed, resource, outcome, statement } = told;
    const why = statement
      ? `statement ${statement.number} of ${statement.policyType === 'bucket' ? 'the bucket policy' : `policy ${statement.policy}`}`
      : UNDECIDED[outcome === 'limited' ? 'limited' : 'none'];
    call.out.result(told, `${allowed ? 'allowed' : 'denied'}: ${shown(why)}\n  ${action} on ${shown(resource)}`);
    return allowed ? exitCodes.ok : exitCodes.auth;
  },
};
