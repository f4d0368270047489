import { isInRange, parseIpRange } from './ip-range.ts';
import { matchesWildcard } from './wildcard.ts';

/** What is known of a request, by condition key (see `conditionKey`); undefined where the key says nothing about it. */
export type ConditionContext = (key: string) => readonly string[] | undefined;

/** One line of a `Condition` block, ready to be asked. */
export interface Condition {
  operator: string;
  /** As the document spells it. */
  key: string;
  values: readonly string[];
  holds(context: ConditionContext): boolean;
}

/** Why a condition cannot be part of a policy. */
export class ConditionFault extends Error {}

type Test = (given: string) => boolean;

/** How one value of a policy is compared, made once when the policy is read. Undefined: it is not such a value. */
type Comparison = (wanted: string) => Test | undefined;

interface Operator {
  compare: Comparison;
  /** Holds when no value matches, and so also when there is nothing to compare. */
  negative: boolean;
  /** What its values are, for the message about one that is not. */
  expects: string;
}

const text = (compare: (wanted: string, given: string) => boolean): Comparison => {
  return (wanted) => (given) => compare(wanted, given);
};

const number = (compare: (given: number, wanted: number) => boolean): Comparison => {
  return (wanted) => {
    const limit = readNumber(wanted);
    return limit === undefined
      ? undefined
      : (given) => {
          const value = readNumber(given);
          return value !== undefined && compare(value, limit);
        };
  };
};

const date = (compare: (given: number, wanted: number) => boolean): Comparison => {
  return (wanted) => {
    const limit = readDate(wanted);
    return limit === undefined
      ? undefined
      : (given) => {
          const value = readDate(given);
          return value !== undefined && compare(value, limit);
        };
  };
};

const readNumber = (given: string): number | undefined =>
  /^\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*$/.test(given) ? Number(given) : undefined;

/** ISO 8601 with its zone, as `2025-01-02T03:04:05Z` or `2025-01-02T11:04+08:00`; seconds may have fractions or be missing. */
function readDate(given: string): number | undefined {
  const whole = /^\s*\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d))?\s*$/.test(given);
  const milliseconds = whole ? Date.parse(given.trim().replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

const bool: Comparison = (wanted) => {
  const word = wanted.trim().toLowerCase();
  if (word !== 'true' && word !== 'false') return undefined;
  return (given) => given.trim().toLowerCase() === word;
};

const address: Comparison = (wanted) => {
  const range = parseIpRange(wanted);
  return range && ((given) => isInRange(given, range));
};

const sameIgnoringCase = (wanted: string, given: string): boolean => wanted.toLowerCase() === given.toLowerCase();

/** A positive operator and its opposite, under the vendor's names. */
function pair(name: string, opposite: string, compare: Comparison, expects: string): [string, Operator][] {
  return [
    [name, { compare, negative: false, expects }],
    [opposite, { compare, negative: true, expects }],
  ];
}

const anyText = 'text';
const aNumber = 'a number';
const aDate = 'a time such as 2025-01-02T03:04:05Z';
const anAddress = 'an IP address or a range such as 10.0.0.0/8';

/** By lower-case name. */
const operators: ReadonlyMap<string, Operator> = new Map(
  [
    ...pair(
      'StringEquals',
      'StringNotEquals',
      text((wanted, given) => wanted === given),
      anyText,
    ),
    ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', text(sameIgnoringCase), anyText),
    ...pair('StringLike', 'StringNotLike', text(matchesWildcard), anyText),
    ...pair(
      'NumericEquals',
      'NumericNotEquals',
      number((given, wanted) => given === wanted),
      aNumber,
    ),
    ...pair(
      'DateEquals',
      'DateNotEquals',
      date((given, wanted) => given === wanted),
      aDate,
    ),
    ...pair('IpAddress', 'NotIpAddress', address, anAddress),
    ...ordered('Numeric', number, aNumber),
    ...ordered('Date', date, aDate),
    ['Bool', { compare: bool, negative: false, expects: 'true or false' }] as [string, Operator],
  ].map(([name, operator]) => [name.toLowerCase(), operator]),
);

function ordered(family: string, kind: typeof number, expects: string): [string, Operator][] {
  const orders: [string, (given: number, wanted: number) => boolean][] = [
    ['LessThan', (given, wanted) => given < wanted],
    ['LessThanEquals', (given, wanted) => given <= wanted],
    ['GreaterThan', (given, wanted) => given > wanted],
    ['GreaterThanEquals', (given, wanted) => given >= wanted],
  ];
  return orders.map(([order, compare]) => [`${family}${order}`, { compare: kind(compare), negative: false, expects }]);
}

/**
 * `StringEquals`, also as `StringEqualsIfExists` (holds when the request has no such key) and as
 * `ForAnyValue:StringEquals` or `ForAllValues:StringEquals` for keys that have several values.
 */
export function makeCondition(operatorName: string, key: string, values: readonly string[]): Condition {
  const [, set = '', name = '', ifExists = ''] =
    /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/i.exec(operatorName) ?? [];
  const operator = operators.get(name.toLowerCase());
  if (operator === undefined) throw new ConditionFault(`${operatorName} is not an operator of conditions`);
  if (values.length === 0) throw new ConditionFault(`${operatorName} of ${key} must have at least one value`);
  const tests = values.map((value) => {
    const test = operator.compare(value);
    if (test === undefined)
      throw new ConditionFault(`${operatorName} of ${key} takes ${operator.expects}, not ${value}`);
    return test;
  });
  const { negative } = operator;
  const matches = (given: string): boolean => tests.some((test) => test(given));
  const one = (given: string): boolean => matches(given) !== negative;
  const all = set.toLowerCase() === 'forallvalues';
  const any = set.toLowerCase() === 'foranyvalue';
  const known = conditionKey(key);
  return {
    operator: operatorName,
    key,
    values,
    holds(context) {
      const given = context(known);
      if (given === undefined || given.length === 0) return ifExists !== '' || all || (negative && !any);
      // Of several values one has to match, or, for a negative operator, none may.
      return all || (negative && !any) ? given.every(one) : given.some(one);
    },
  };
}

/** Keys are compared in any case, but for what a tag's name is: `oss:ExistingObjectTag/Colour`. */
export function conditionKey(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key.toLowerCase() : key.slice(0, slash).toLowerCase() + key.slice(slash);
}
