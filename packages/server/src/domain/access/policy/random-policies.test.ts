/**
 * Random policies and requests, judged by `decide` and by a second evaluator that shares no code with it: it walks the
 * JSON, turns wildcards into regular expressions and addresses into numbers. `MILLRACE_FUZZ_POLICIES` says how many.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from './decide.ts';
import { parsePolicy } from './document.ts';

const rounds = Number(process.env.MILLRACE_FUZZ_POLICIES ?? 10_000);
const seed = Number(process.env.MILLRACE_FUZZ_SEED ?? Date.now() % 2 ** 31);

type Values = string | string[];
interface JsonStatement {
  Effect: 'Allow' | 'Deny';
  Action?: Values;
  NotAction?: Values;
  Resource?: Values;
  NotResource?: Values;
  Principal?: Values;
  NotPrincipal?: Values;
  Condition?: Record<string, Record<string, Values>>;
}
interface Case {
  session?: JsonStatement[];
  identity: JsonStatement[][];
  bucket?: JsonStatement[];
  action: string;
  region: string;
  account: string;
  relative: string;
  caller: string[];
  context: Record<string, string[]>;
}

// ---- the second evaluator ----

const list = (values: Values): string[] => (typeof values === 'string' ? [values] : values);

const like = (pattern: string, text: string, flags = ''): boolean => {
  const source = [...pattern].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}/]/, '\\$&')));
  return new RegExp(`^${source.join('')}$`, `su${flags}`).test(text);
};

const ipNumber = (text: string): bigint => text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);

function inNetwork(address: string, network: string): boolean {
  const [base = '', bits = '32'] = network.split('/');
  const shift = 32n - BigInt(bits);
  return ipNumber(address) >> shift === ipNumber(base) >> shift;
}

function naiveResource(pattern: string, asked: Case): boolean {
  if (pattern === '*') return true;
  const [, service = '', region = '', account = '', ...rest] = pattern.split(':');
  const regionFits =
    ['', '*'].includes(region) || [asked.region, `oss-${asked.region}`].some((name) => like(region, name));
  const accountFits = ['', '*'].includes(account) || like(account, asked.account);
  return like(service, 'oss', 'i') && regionFits && accountFits && like(rest.join(':'), asked.relative);
}

function naiveValue(operator: string, given: string, wanted: string): boolean {
  if (operator === 'StringEquals') return given === wanted;
  if (operator === 'StringEqualsIgnoreCase') return given.toLowerCase() === wanted.toLowerCase();
  if (operator === 'StringLike') return like(wanted, given);
  if (operator === 'IpAddress') return inNetwork(given, wanted);
  if (operator === 'Bool') return given === wanted;
  const dates = operator.startsWith('Date');
  const left = dates ? new Date(given).getTime() : Number.parseFloat(given);
  const right = dates ? new Date(wanted).getTime() : Number.parseFloat(wanted);
  const sign = left < right ? -1 : left > right ? 1 : 0;
  const allowed: Record<string, number[]> = {
    Equals: [0],
    LessThan: [-1],
    LessThanEquals: [-1, 0],
    GreaterThan: [1],
    GreaterThanEquals: [1, 0],
  };
  return (allowed[operator.replace(/^(?:Date|Numeric)/, '')] ?? []).includes(sign);
}

function naiveCondition(operator: string, key: string, values: Values, asked: Case): boolean {
  const given = asked.context[key] ?? [];
  const optional = operator.endsWith('IfExists');
  let name = optional ? operator.slice(0, -'IfExists'.length) : operator;
  const set = name.includes(':') ? name.split(':')[0] : '';
  name = name.split(':').at(-1) ?? '';
  const positive = name === 'NotIpAddress' ? 'IpAddress' : name.replace('Not', '');
  const negative = positive !== name;
  if (given.length === 0) return optional || set === 'ForAllValues' || (negative && set === '');
  const verdicts = given.map(
    (value) => list(values).some((wanted) => naiveValue(positive, value, wanted)) !== negative,
  );
  const every = set === 'ForAllValues' || (set === '' && negative);
  return every ? !verdicts.includes(false) : verdicts.includes(true);
}

function naiveApplies(statement: JsonStatement, asked: Case): boolean {
  const { Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition = {} } = statement;
  const action = (pattern: string): boolean => like(pattern, asked.action, 'i');
  const caller = (pattern: string): boolean => pattern === '*' || asked.caller.some((name) => like(pattern, name, 'i'));
  const resource = (pattern: string): boolean => naiveResource(pattern, asked);
  if (Action !== undefined && !list(Action).some(action)) return false;
  if (NotAction !== undefined && list(NotAction).some(action)) return false;
  if (Resource !== undefined && !list(Resource).some(resource)) return false;
  if (NotResource !== undefined && list(NotResource).some(resource)) return false;
  if (Principal !== undefined && !list(Principal).some(caller)) return false;
  if (NotPrincipal !== undefined && list(NotPrincipal).some(caller)) return false;
  for (const [operator, keys] of Object.entries(Condition)) {
    for (const [key, values] of Object.entries(keys)) if (!naiveCondition(operator, key, values, asked)) return false;
  }
  return true;
}

function naive(asked: Case): string {
  const grants = [...asked.identity.flat(), ...(asked.bucket ?? [])];
  const said = (statements: JsonStatement[], effect: string): boolean =>
    statements.filter((statement) => naiveApplies(statement, asked)).some(({ Effect }) => Effect === effect);
  if (said([...grants, ...(asked.session ?? [])], 'Deny')) return 'deny';
  if (asked.session && !said(asked.session, 'Allow')) return 'limited';
  return said(grants, 'Allow') ? 'allow' : 'none';
}

// ---- what is drawn ----

function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(seed);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const chance = (p: number): boolean => random() < p;
const some = <T>(make: () => T, most = 3): T[] => Array.from({ length: 1 + Math.floor(random() * most) }, make);
const oneOrSome = (make: () => string): Values => (chance(0.5) ? make() : some(make));

const actions = ['oss:GetObject', 'oss:GetObjectAcl', 'oss:PutObject', 'oss:ListObjects', 'mns:SendMessage'];
const actionPatterns = [...actions, '*', 'oss:*', 'OSS:get*', 'oss:Get?bject', 'oss:*Object', 'mns:*', 'oss:*object*'];
const relatives = ['b', 'b/k', 'b/dir/k', 'b/dir/', 'c/k', 'c/\u{1F600}', 'b/a.c', '*'];
const relativePatterns = [...relatives, 'b/*', '*/k', 'b/?', 'c/?', '?/*', 'b/dir*', 'b/*/k', '*c', 'b/a?c', 'B/*'];
const accounts = ['1', '12', '2'];
const callers = ['1', '2700', 'acs:ram::1:user/ann', 'arn:sts::1:assumed-role/r/s', 'acs:ram::1:role/r'];
const callerPatterns = [...callers, '*', '27*', 'arn:sts::1:assumed-role/R/*', 'acs:ram::?:user/*'];
const keys = ['acs:SourceIp', 'acs:CurrentTime', 'acs:SecureTransport', 'oss:Prefix', 'oss:MaxKeys'] as const;
const values: Record<(typeof keys)[number], { given: string[]; wanted: string[]; operators: string[] }> = {
  'acs:SourceIp': {
    given: ['10.0.0.1', '10.128.0.1', '192.168.1.1', '255.255.255.255'],
    wanted: ['10.0.0.0/8', '10.0.0.0/9', '10.0.0.1', '0.0.0.0/0', '192.168.0.0/23', '192.168.0.0/24'],
    operators: ['IpAddress', 'NotIpAddress'],
  },
  'acs:CurrentTime': {
    given: ['2025-01-02T03:04:05Z', '2025-06-01T00:00:00Z'],
    wanted: ['2025-01-02T03:04:05Z', '2025-01-02T11:04:05+08:00', '2025-03-01T00:00:00.5Z'],
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
  },
  'acs:SecureTransport': { given: ['true', 'false'], wanted: ['true', 'false'], operators: ['Bool'] },
  'oss:Prefix': {
    given: ['', 'a', 'home/ann', 'home/', 'HOME/'],
    wanted: ['', 'a', 'home/*', 'home/', '?', '*', 'A'],
    operators: [
      ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
      ...['StringLike', 'StringNotLike'],
    ],
  },
  'oss:MaxKeys': {
    given: ['0', '7', '100', '-3'],
    wanted: ['7', '100', '1.5', '-3'],
    operators: [
      ...['NumericEquals', 'NumericNotEquals', 'NumericLessThan', 'NumericLessThanEquals'],
      ...['NumericGreaterThan', 'NumericGreaterThanEquals'],
    ],
  },
};

const resourcePattern = (): string =>
  chance(0.1)
    ? '*'
    : `acs:${pick(['oss', 'oss', 'OSS', '*', 'mns'])}:${pick(['*', '', 'cn-x', 'oss-cn-x', 'cn-?', 'cn-y'])}:` +
      `${pick(['*', '', '1', '1*', '2'])}:${pick(relativePatterns)}`;

function conditions(): Record<string, Record<string, Values>> {
  const block: Record<string, Record<string, Values>> = {};
  for (const key of some(() => pick(keys), 2)) {
    const { wanted, operators } = values[key];
    const set = chance(0.2) ? pick(['ForAnyValue:', 'ForAllValues:']) : '';
    const operator = `${set}${pick(operators)}${chance(0.2) ? 'IfExists' : ''}`;
    block[operator] = { ...block[operator], [key]: oneOrSome(() => pick(wanted)) };
  }
  return block;
}

function statement(withPrincipal: boolean): JsonStatement {
  const opposite = (name: string): string => (chance(0.15) ? `Not${name}` : name);
  return {
    Effect: chance(0.35) ? 'Deny' : 'Allow',
    [opposite('Action')]: oneOrSome(() => pick(actionPatterns)),
    [opposite('Resource')]: oneOrSome(resourcePattern),
    ...(withPrincipal && { [opposite('Principal')]: oneOrSome(() => pick(callerPatterns)) }),
    ...(chance(0.4) ? { Condition: conditions() } : {}),
  };
}

function draw(): Case {
  const context: Record<string, string[]> = {};
  for (const key of keys)
    if (chance(0.7)) context[key] = chance(0.8) ? [pick(values[key].given)] : some(() => pick(values[key].given));
  return {
    ...(chance(0.3) && { session: some(() => statement(false), 2) }),
    identity: chance(0.8) ? some(() => some(() => statement(false), 2), 2) : [],
    ...(chance(0.4) && { bucket: some(() => statement(true), 2) }),
    action: pick(actions),
    region: pick(['cn-x', 'cn-y']),
    account: pick(accounts),
    relative: pick(relatives),
    caller: chance(0.2) ? [] : some(() => pick(callers), 2),
    context,
  };
}

test(`${rounds} random policies are decided as the second evaluator decides them (seed ${seed})`, () => {
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const asked = draw();
    const read = (kind: 'identity' | 'session' | 'bucket', Statement: JsonStatement[]) =>
      parsePolicy(kind, kind, JSON.stringify({ Version: '1', Statement }));
    const context = new Map(Object.entries(asked.context).map(([key, given]) => [key.toLowerCase(), given]));
    const { outcome } = decide(
      {
        session: asked.session && read('session', asked.session),
        identity: asked.identity.map((statements) => read('identity', statements)),
        resource: asked.bucket ? [read('bucket', asked.bucket)] : [],
      },
      {
        action: asked.action,
        resource: { service: 'oss', region: asked.region, accountId: asked.account, relative: asked.relative },
        caller: asked.caller,
        context: (key) => context.get(key),
      },
    );
    assert.equal(outcome, naive(asked), `round ${round}: ${JSON.stringify(asked, null, 1)}`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  // A comparison in which one answer hardly ever comes up would prove little.
  for (const outcome of ['allow', 'deny', 'limited', 'none']) {
    assert.ok((outcomes[outcome] ?? 0) > rounds / 50, JSON.stringify(outcomes));
  }
});
