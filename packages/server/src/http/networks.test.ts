import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNetwork, reachable } from './networks.ts';

const never = ['169.254.169.254', '100.100.100.200', '0.0.0.0', '::', 'fe80::1', '224.0.0.1', '::ffff:169.254.169.254'];
const inHouse = ['10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', 'fd12::1', '::ffff:10.1.2.3'];
const loopback = ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'];

test('requests of a server that others can reach go to public networks, not to private ones nor to itself', () => {
  const may = reachable({ networks: [], hosts: ['0.0.0.0'] });
  for (const address of [...never, ...loopback, ...inHouse]) assert.equal(may(address), false, address);
  for (const address of ['203.0.113.9', '172.32.0.1', '2001:db8::1']) assert.equal(may(address), true, address);
});

test('a server on loopback may call what listens there', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    const may = reachable({ networks: [], hosts: [host] });
    for (const address of [...never, ...inHouse]) assert.equal(may(address), false, address);
    for (const address of loopback) assert.equal(may(address), true, address);
  }
});

test('a server on loopback that others reach through a proxy may not', () => {
  const may = reachable({ networks: [], hosts: ['127.0.0.1', 'oss.example.com'] });
  for (const address of [...never, ...loopback, '64:ff9b::7f00:1']) assert.equal(may(address), false, address);
});

test('a list of networks allows those and no others', () => {
  const may = reachable({ networks: ['10.0.0.0/8', '127.0.0.1', 'fd00::/8'], hosts: ['127.0.0.1'] });
  assert.deepEqual(['10.9.9.9', '127.0.0.1', 'fd00::1', '127.0.0.2', '11.0.0.1', '::1'].map(may), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('tells networks from other words', () => {
  for (const good of ['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8', '0.0.0.0/0']) assert.equal(isNetwork(good), true);
  for (const bad of ['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '/8']) {
    assert.equal(isNetwork(bad), false, bad);
  }
});
