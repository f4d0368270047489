import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf, type ListedProtocol, readClaims, render, unproven } from './coverage.ts';

const listed: ListedProtocol[] = [
  {
    name: 'oss',
    title: 'OSS',
    operations: [
      { name: 'PutObject', served: true },
      { name: 'GetObject', served: true },
      { name: 'CreateDirectory', served: false },
    ],
  },
  { name: 'mns', title: 'MNS', operations: [{ name: 'PutObject', served: false }] },
  { name: 'sts', counter: 'rpc', title: 'STS', operations: [] },
];

test('claims stand in comments of every language, one line or several', () => {
  assert.deepEqual(
    readClaims('"""Doc."""\n# proves oss: PutObject, GetObject\n# proves mns: SendMessage\nimport x\n'),
    ['oss PutObject', 'oss GetObject', 'mns SendMessage'],
  );
  assert.deepEqual(readClaims('// proves oss: PutObject\n/**\n * proves oss: GetObject\n */'), [
    'oss PutObject',
    'oss GetObject',
  ]);
  assert.deepEqual(readClaims('x = "# proves oss: PutObject"\n# It proves oss: nothing'), []);
});

test('a served operation that nobody claims is a fault, as is a claim on what is not served', () => {
  const claims = (...claimed: string[]) => [{ file: 'tests/wire/python/test_a.py', claimed }];
  assert.deepEqual(faultsOf(listed, claims('oss PutObject', 'oss GetObject')), []);
  assert.match(faultsOf(listed, claims('oss PutObject')).join(), /^oss GetObject is served, and no file/);
  const both = ['oss PutObject', 'oss GetObject'];
  assert.match(faultsOf(listed, claims(...both, 'oss CreateDirectory')).join(), /CreateDirectory, which is not served/);
  assert.match(faultsOf(listed, claims(...both, 'mns PutObject')).join(), /mns PutObject, which is not served/);
  assert.match(faultsOf(listed, claims(...both, 'oss PutObjct')).join(), /oss PutObjct, which is declared nowhere/);
});

test('a claim holds only when the server under test answered with success', () => {
  const claims = [
    { file: 'tests/wire/python/test_a.py', claimed: ['oss PutObject'] },
    { file: 'tests/wire/go/a_test.go', claimed: ['oss GetObject'] },
    { file: 'tests/wire/python/test_b.py', claimed: [] },
  ];
  const records = new Map([
    ['tests/wire/python/test_a.py', new Set(['oss PutObject', 'oss GetObject'])],
    ['tests/wire/go', new Set(['oss GetObject'])],
  ]);
  assert.deepEqual(unproven(listed, claims, records), []);
  assert.match(
    unproven(listed, claims, new Map([...records, ['tests/wire/go', new Set([])]])).join(),
    /a_test\.go .* never answered/,
  );
  const session = [{ file: 'tests/wire/python/test_a.py', claimed: ['sts AssumeRole'] }];
  assert.deepEqual(
    unproven(listed, session, new Map([['tests/wire/python/test_a.py', new Set(['rpc AssumeRole'])]])),
    [],
  );
  records.delete('tests/wire/python/test_a.py');
  assert.match(unproven(listed, claims, records).join(), /test_a\.py was not run/);
});

test('the table has a row for each served operation and names the others', () => {
  const text = render(listed, [
    { file: 'tests/wire/python/test_a.py', claimed: ['oss PutObject'] },
    { file: 'tests/wire/go/a_test.go', claimed: ['oss PutObject', 'oss GetObject'] },
  ]);
  assert.match(text, /### OSS: 2 of 3 operations/);
  assert.match(text, /\| PutObject \| python\/test_a\.py, go\/a_test\.go \|\n\| GetObject \| go\/a_test\.go \|/);
  assert.match(text, /`NotImplemented`: CreateDirectory\./);
});
