import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessagingAccounts } from '../domain/queues/messaging-accounts.ts';
import { requireReach } from './public-reach.ts';

type Publicly = { open: boolean; networks: string[] } | undefined;

function lets(publicly: Publicly, address: string | undefined): Promise<boolean> {
  const networks = publicly?.networks.map((network) => ({ network, addedMs: 0 })) ?? [];
  const account = {
    describe: async () => (publicly === undefined ? {} : { publicly: { open: publicly.open, networks } }),
  } as Pick<MessagingAccounts, 'describe'> as MessagingAccounts;
  return requireReach(account, '1', address).then(
    () => true,
    (error: { code: string }) => {
      assert.equal(error.code, 'AccessDenied');
      return false;
    },
  );
}

const home = [
  '127.0.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '10.1.2.3',
  '::ffff:192.168.0.9',
  'fd00::1',
  'fe80::1',
  undefined,
];
const internet = ['203.0.113.9', '::ffff:203.0.113.9', '2001:db8::1'];

test('private networks always reach queues, and the internet does unless something is said', async () => {
  for (const address of home) {
    assert.ok(await lets({ open: false, networks: [] }, address), String(address));
    assert.ok(await lets({ open: true, networks: ['198.51.100.0/24'] }, address), String(address));
  }
  for (const address of internet) assert.ok(await lets(undefined, address), address);
});

test('a closed endpoint lets nobody in from the internet, an open one whom its networks name', async () => {
  for (const address of internet) {
    assert.equal(await lets({ open: false, networks: ['203.0.113.0/24', '2001:db8::/32'] }, address), false, address);
    assert.equal(await lets({ open: true, networks: [] }, address), true, address);
    assert.equal(await lets({ open: true, networks: ['203.0.113.0/24', '2001:db8::/32'] }, address), true, address);
    assert.equal(await lets({ open: true, networks: ['203.0.113.8'] }, address), false, address);
  }
});
