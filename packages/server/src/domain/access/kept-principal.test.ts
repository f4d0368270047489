import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepPrincipal, principalOf } from './kept-principal.ts';
import { parsePolicy } from './policy/document.ts';

const text = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: 'oss:GetObject', Resource: '*' }] });

test('a session with a policy is the same after it was written down and read again', () => {
  const asked = {
    ...({ kind: 'role', accountId: '1', accessKeyId: 'STS.k', roleId: 7, uid: '70', name: 'r', session: 's' } as const),
    sessionPolicy: parsePolicy('session policy', 'session', text),
    facts: (key: string) => (key === 'acs:sourceip' ? ['10.1.2.3'] : undefined),
  };
  const again = principalOf(JSON.parse(JSON.stringify(keepPrincipal(asked))));
  assert.ok(again.kind === 'role');
  assert.equal(again.sessionPolicy?.text, text);
  assert.deepEqual([again.name, again.session, again.roleId], ['r', 's', 7]);
  assert.deepEqual(again.facts?.('acs:sourceip'), ['10.1.2.3']);
  assert.equal(again.facts?.('acs:referer'), undefined);
});

test('a session without a policy gets none', () => {
  const asked = {
    kind: 'role',
    accountId: '1',
    accessKeyId: 'k',
    roleId: 7,
    uid: '70',
    name: 'r',
    session: 's',
  } as const;
  const again = principalOf(JSON.parse(JSON.stringify(keepPrincipal(asked))));
  assert.ok(again.kind === 'role' && again.sessionPolicy === undefined);
});
