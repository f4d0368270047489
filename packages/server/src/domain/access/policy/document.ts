import { type Condition, ConditionFault, conditionKey, makeCondition } from './condition.ts';
import { parseIpRange } from './ip-range.ts';
import { type ResourceName, resourceMatcher } from './resource-name.ts';
import { matchesWildcard } from './wildcard.ts';

/** Where a policy stands decides what it must say: who is meant, what is touched, or both. */
export type PolicyKind = 'identity' | 'session' | 'bucket' | 'trust';

/** A document that was read and found good, ready to be asked. */
export interface Policy {
  /** What logs and refusals call it. */
  name: string;
  kind: PolicyKind;
  statements: readonly Statement[];
  /** Whether a condition looks at the tags of the object that is touched, so that it has to be looked up first. */
  readsObjectTags: boolean;
  /** As it was written: what is kept of a policy that has to be read again later. */
  text: string;
}

export interface Statement {
  /** Counted from 1, as people count. */
  number: number;
  effect: 'Allow' | 'Deny';
  conditions: readonly Condition[];
  /** Allows something to everybody, wherever they come from: what a public access block turns off. */
  isPublic: boolean;
  coversAction(action: string): boolean;
  coversResource(resource: ResourceName): boolean;
  /** `caller` are the names that the caller goes by; nobody known has none. */
  coversCaller(caller: readonly string[]): boolean;
}

/** Why a text is not a policy; fit for whoever wrote it. */
export class PolicyFault extends Error {}

type Json = Readonly<Record<string, unknown>>;

const ELEMENTS = [
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
];

/** Begins the condition keys of an object's tags. */
export const OBJECT_TAG = 'oss:existingobjecttag/';

/** Far above what any length limit of the vendor's lets in, and low enough that evaluating stays quick. */
const MAX_STATEMENTS = 512;

/** Reads a policy document. Throws `PolicyFault`. */
export function parsePolicy(name: string, kind: PolicyKind, text: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PolicyFault('The policy must be a JSON document.');
  }
  if (!isObject(document)) throw new PolicyFault('The policy must be a JSON object.');
  for (const element of Object.keys(document)) {
    if (element !== 'Version' && element !== 'Statement') {
      throw new PolicyFault(`The policy must not have an element ${element}: there are Version and Statement.`);
    }
  }
  if (document.Version !== '1') throw new PolicyFault('The Version of the policy must be "1".');
  const listed = document.Statement;
  const statements = Array.isArray(listed) ? listed : [listed];
  if (statements.length === 0 || statements.length > MAX_STATEMENTS) {
    throw new PolicyFault(`The policy must have 1 to ${MAX_STATEMENTS} statements.`);
  }
  const read = statements.map((statement, index) => readStatement(kind, statement, index + 1));
  const conditions = read.flatMap((statement) => statement.conditions);
  const readsObjectTags = conditions.some(({ key }) => conditionKey(key).startsWith(OBJECT_TAG));
  return { name, kind, statements: read, readsObjectTags, text };
}

function readStatement(kind: PolicyKind, statement: unknown, number: number): Statement {
  const refuse = (reason: string): never => {
    throw new PolicyFault(`Statement ${number}: ${reason}.`);
  };
  if (!isObject(statement)) return refuse('it must be a JSON object');
  for (const element of Object.keys(statement)) {
    if (!ELEMENTS.includes(element)) refuse(`there is no element ${element}`);
  }
  const { Effect: effect } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') return refuse('Effect must be Allow or Deny');
  const actions = oneOfTwo(statement, 'Action', 'NotAction', refuse);
  if (actions === undefined) return refuse('it must have Action or NotAction');
  const resources = kind === 'trust' ? undefined : oneOfTwo(statement, 'Resource', 'NotResource', refuse);
  if (kind === 'trust' && ('Resource' in statement || 'NotResource' in statement)) {
    refuse('a trust policy is about its role and has no Resource');
  }
  if (kind !== 'trust' && resources === undefined) return refuse('it must have Resource or NotResource');
  // The vendor takes bucket policies that say nothing of whom they mean: they allow nobody, and deny everybody.
  const withPrincipal = kind === 'bucket' || kind === 'trust';
  const principals = withPrincipal ? oneOfTwo(statement, 'Principal', 'NotPrincipal', refuse) : undefined;
  if (kind === 'trust' && principals === undefined) return refuse('it must have Principal');
  if (!withPrincipal && ('Principal' in statement || 'NotPrincipal' in statement)) {
    refuse('a policy that is attached to somebody has no Principal');
  }
  const conditions = readConditions(statement.Condition, refuse);
  return {
    number,
    effect,
    conditions,
    isPublic: effect === 'Allow' && principals !== undefined && isOpenToAll(principals) && !conditions.some(narrows),
    coversAction: covering(actions, (pattern) => {
      const lower = pattern.toLowerCase();
      return (action: string) => matchesWildcard(lower, action.toLowerCase());
    }),
    coversResource: resources === undefined ? () => true : covering(resources, resourceMatcher),
    coversCaller: principals ? covering(principals, callerMatcher) : () => kind !== 'bucket' || effect === 'Deny',
  };
}

/** The patterns of an element that may be written as its opposite, too. */
interface Patterns {
  patterns: readonly string[];
  negated: boolean;
}

function oneOfTwo(
  statement: Json,
  name: 'Action' | 'Resource' | 'Principal',
  opposite: string,
  refuse: (reason: string) => never,
): Patterns | undefined {
  if (name in statement && opposite in statement) refuse(`it must not have both ${name} and ${opposite}`);
  const negated = opposite in statement;
  const given = statement[negated ? opposite : name];
  if (given === undefined) return undefined;
  const element = negated ? opposite : name;
  const patterns = name === 'Principal' && isObject(given) ? principalNames(given, refuse) : texts(given);
  if (patterns === undefined || patterns.length === 0) {
    return refuse(`${element} must be a text or a list of texts, and not empty`);
  }
  if (name === 'Action') {
    for (const pattern of patterns) {
      if (pattern !== '*' && !/^[\w*?-]+:[\w*?-]+$/.test(pattern)) {
        refuse(`the action ${pattern} must have the form service:Action, such as oss:GetObject`);
      }
    }
  }
  if (name === 'Resource') {
    for (const pattern of patterns) {
      if (!/^(?:acs:|\*)/.test(pattern)) {
        refuse(`the resource ${pattern} must have the form acs:service:region:account:name, or be *`);
      }
    }
  }
  return { patterns, negated };
}

/** `{"RAM": […], "Service": […], "Federated": […]}`, as trust policies have it. */
function principalNames(given: Json, refuse: (reason: string) => never): string[] {
  return Object.entries(given).flatMap(([family, names]) => {
    if (!['RAM', 'Service', 'Federated'].includes(family))
      refuse(`a Principal is RAM, Service or Federated, not ${family}`);
    return texts(names) ?? refuse(`the Principal ${family} must be a text or a list of texts`);
  });
}

function texts(given: unknown): string[] | undefined {
  const list = Array.isArray(given) ? given : [given];
  return list.every((item) => typeof item === 'string' && item !== '') ? list : undefined;
}

function readConditions(block: unknown, refuse: (reason: string) => never): Condition[] {
  if (block === undefined) return [];
  if (!isObject(block)) return refuse('Condition must be a JSON object');
  return Object.entries(block).flatMap(([operator, keys]) => {
    if (!isObject(keys)) return refuse(`the condition ${operator} must be a JSON object`);
    return Object.entries(keys).map(([key, given]) => {
      const values = (Array.isArray(given) ? given : [given]).map((value) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? String(value)
          : refuse(`the values of ${key} must be texts, numbers, true or false`),
      );
      try {
        return makeCondition(operator, key, values);
      } catch (error) {
        if (error instanceof ConditionFault) return refuse(error.message);
        throw error;
      }
    });
  });
}

function covering<T>(
  { patterns, negated }: Patterns,
  compile: (pattern: string) => (asked: T) => boolean,
): (asked: T) => boolean {
  const matchers = patterns.map(compile);
  return (asked) => matchers.some((matches) => matches(asked)) !== negated;
}

function callerMatcher(pattern: string): (caller: readonly string[]) => boolean {
  if (pattern === '*') return () => true;
  const lower = pattern.toLowerCase();
  return (caller) => caller.some((name) => matchesWildcard(lower, name.toLowerCase()));
}

/** `NotPrincipal` leaves out a few and means all others. */
const isOpenToAll = ({ patterns, negated }: Patterns): boolean => negated || patterns.includes('*');

/** Addresses of more than this are everybody's: /8 of IPv4, /32 of IPv6. */
const WIDEST = { 4: 8, 16: 32 } as const;

/** A condition that keeps all but a few out, so that a statement for everybody is not one for the public. */
function narrows({ operator, key, values }: Condition): boolean {
  const name = key.toLowerCase();
  if (name === 'acs:sourceip') {
    return (
      operator === 'IpAddress' &&
      values.every((value) => {
        const range = parseIpRange(value);
        return range !== undefined && range.bits >= (range.base.length === 4 ? WIDEST[4] : WIDEST[16]);
      })
    );
  }
  const fixed = ['acs:sourcevpc', 'acs:sourcevpcid', 'acs:accessid'].includes(name);
  const narrow =
    operator === 'StringEquals' || (operator === 'StringLike' && !values.some((value) => /[*?]/.test(value)));
  return fixed && narrow;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
