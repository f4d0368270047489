import { OssError } from './oss-error.ts';

/** What the writer of a form was allowed to send, as its signed policy says. */
export interface PostPolicy {
  expiresMs: number;
  conditions: readonly Condition[];
  /** Of the file, in bytes; both ends included. */
  range: { min: number; max: number };
}

interface Condition {
  match: 'eq' | 'starts-with' | 'in' | 'not-in';
  /** In lower case, without the `$`. */
  field: string;
  /** One for `eq` and `starts-with`. */
  values: readonly string[];
  /** As messages quote it. */
  text: string;
}

const EC = {
  notJson: '0006-00000201',
  unknownMember: '0006-00000206',
  noConditions: '0006-00000207',
  noList: '0006-00000214',
  noMatch: '0006-00000216',
  badCondition: '0006-00000218',
  noCondition: '0006-00000222',
  failed: '0006-00000227',
} as const;

/** Reads the policy field: base64 of JSON. Throws `InvalidPolicyDocument`. */
export function readPolicy(base64: string): PostPolicy {
  const document = parseDocument(base64);
  if (!isRecord(document)) throw invalid('It must be base64 of a JSON object.', EC.notJson);
  for (const name of Object.keys(document)) {
    if (name !== 'expiration' && name !== 'conditions') {
      throw invalid(`It may hold expiration and conditions only, not ${name}.`, EC.unknownMember);
    }
  }
  const { expiration, conditions } = document;
  const expiresMs = typeof expiration === 'string' ? readTime(expiration) : Number.NaN;
  if (Number.isNaN(expiresMs)) throw invalid('expiration must be a time such as 2025-01-02T03:04:05.000Z.', EC.notJson);
  if (conditions === undefined) throw invalid('conditions is missing.', EC.noConditions);
  if (!Array.isArray(conditions)) throw invalid('conditions must be a list.', EC.noList);
  const range = { min: 0, max: Number.POSITIVE_INFINITY };
  const read: Condition[] = [];
  for (const condition of conditions as unknown[]) {
    if (isRecord(condition)) {
      for (const [field, value] of Object.entries(condition)) read.push(oneValue('eq', field, value, condition));
    } else if (!Array.isArray(condition)) {
      throw invalid(`Each condition must be an object or a list, not ${quote(condition)}.`, EC.noCondition);
    } else if (isWord(condition[0], 'content-length-range')) {
      const limits = readRange(condition);
      range.min = Math.max(range.min, limits.min);
      range.max = Math.min(range.max, limits.max);
    } else {
      read.push(readCondition(condition));
    }
  }
  return { expiresMs, conditions: read, range };
}

/**
 * Throws `AccessDenied` when the form is not what its policy allows. `$bucket` is the bucket that it was posted to; a
 * field that the form does not have counts as empty.
 */
export function checkPolicy(
  policy: PostPolicy,
  form: { fields: ReadonlyMap<string, string>; bucket: string },
  nowMs: number,
): void {
  if (nowMs > policy.expiresMs) throw denied('Policy expired.', EC.failed);
  for (const condition of policy.conditions) {
    const value = condition.field === 'bucket' ? form.bucket : (form.fields.get(condition.field) ?? '');
    if (!holds(condition, value)) throw denied(`Policy Condition failed: ${condition.text}`, EC.failed);
  }
}

function holds({ match, values }: Condition, value: string): boolean {
  switch (match) {
    case 'eq':
      return value === values[0];
    case 'starts-with':
      return value.startsWith(values[0] ?? '');
    case 'in':
      return values.includes(value);
    case 'not-in':
      return !values.includes(value);
  }
}

function parseDocument(base64: string): unknown {
  const text = base64.replaceAll(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw invalid('It must be base64 of a JSON object.', EC.notJson);
  // The vendor's policies may escape two characters that JSON does not: `\$` and `\v`.
  const json = Buffer.from(text, 'base64')
    .toString('utf8')
    .replaceAll(/\\(.)/gs, (pair, letter) => (letter === '$' ? '$' : letter === 'v' ? '\\u000b' : pair));
  try {
    return JSON.parse(json);
  } catch {
    throw invalid('It must be base64 of a JSON object.', EC.notJson);
  }
}

function readTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}

function readCondition(condition: readonly unknown[]): Condition {
  const [match, field, value] = condition;
  const word = typeof match === 'string' ? match.toLowerCase() : '';
  if (word !== 'eq' && word !== 'starts-with' && word !== 'in' && word !== 'not-in') {
    throw invalid(`Each condition must begin with eq, starts-with, in, not-in or content-length-range.`, EC.noMatch);
  }
  if (condition.length !== 3 || typeof field !== 'string') throw badCondition(condition);
  if (word === 'eq' || word === 'starts-with') return oneValue(word, field, value, condition);
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw badCondition(condition);
  return { match: word, field: fieldName(field), values: value, text: quote(condition) };
}

function oneValue(match: 'eq' | 'starts-with', field: string, value: unknown, source: unknown): Condition {
  if (typeof value !== 'string') throw badCondition(source);
  const name = fieldName(field);
  return { match, field: name, values: [value], text: quote([match, `$${name}`, value]) };
}

function readRange(condition: readonly unknown[]): { min: number; max: number } {
  const [min, max] = condition.slice(1).map((limit) => Number(typeof limit === 'string' ? limit.trim() : limit));
  if (condition.length !== 3 || min === undefined || max === undefined) throw badCondition(condition);
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min < 0 || min > max) throw badCondition(condition);
  return { min, max };
}

/** Written `$key`; the object form and many programs leave the `$` away. */
const fieldName = (field: string): string => field.replace(/^\$/, '').toLowerCase();

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isWord = (value: unknown, word: string): boolean => typeof value === 'string' && value.toLowerCase() === word;

/** As the vendor quotes conditions, with a space after each comma. */
function quote(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(quote).join(', ')}]` : JSON.stringify(value);
}

const badCondition = (condition: unknown): OssError =>
  invalid(`This condition cannot be read: ${quote(condition)}.`, EC.badCondition);

const invalid = (message: string, ec: string): OssError =>
  new OssError('InvalidPolicyDocument', { message: `Invalid Policy: ${message}`, ec });

const denied = (message: string, ec: string): OssError =>
  new OssError('AccessDenied', { message: `Invalid according to Policy: ${message}`, ec });
