import type { Database } from 'better-sqlite3';
import { rawNumber } from './json-path.ts';

/** What SQLite computes with. Whole numbers are 64 bits, everything else numeric is a double. */
export type SqlValue = string | number | bigint | null;

const LARGEST = 2n ** 63n - 1n;
const WHOLE = /^[+-]?\d{1,19}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** Told when a value is not of the type that the statement takes it for; the conversion then gives NULL. */
export type Mismatch = (value: string, type: string) => void;

/** Conversions as the vendor's: an empty text is no value, and one that does not fit spoils its row, not the query. */
export class Conversions {
  readonly #mismatch: Mismatch;
  constructor(mismatch: Mismatch) {
    this.#mismatch = mismatch;
  }

  to_number(value: SqlValue): SqlValue {
    if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
    if (typeof value !== 'string') return value;
    const text = value.trim();
    if (text === '') return null;
    if (WHOLE.test(text)) {
      const whole = BigInt(text.startsWith('+') ? text.slice(1) : text);
      return whole <= LARGEST && whole >= -LARGEST ? whole : Number(text);
    }
    if (DECIMAL.test(text)) return Number(text);
    return this.#spoiled(text, 'a number');
  }

  to_int(value: SqlValue): SqlValue {
    const number = this.to_number(value);
    if (typeof number !== 'number') return number;
    if (Math.abs(number) < 2 ** 63) return BigInt(Math.trunc(number));
    return this.#spoiled(String(value), 'a whole number of 64 bits');
  }

  to_double(value: SqlValue): SqlValue {
    const number = this.to_number(value);
    return typeof number === 'bigint' ? Number(number) : number;
  }

  to_text(value: SqlValue): SqlValue {
    return value === null || typeof value === 'string' ? value : String(value);
  }

  /** Two spellings of one moment become one text, and the order of texts is that of moments. */
  to_time(value: SqlValue): SqlValue {
    if (value === null) return null;
    const text = String(value).trim();
    if (text === '') return null;
    const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] =
      TIME.exec(text) ?? [];
    const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
    const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`);
    if (Number.isNaN(moment)) return this.#spoiled(text, 'a timestamp');
    const whole = new Date(moment).toISOString().slice(0, 19);
    const rest = fraction.replace(/0+$/, '');
    return rest === '' ? `${whole}Z` : `${whole}.${rest}Z`;
  }

  to_bool(value: SqlValue): SqlValue {
    if (value === null || value === '') return null;
    if (typeof value === 'bigint') return value === 0n ? 0n : 1n;
    if (typeof value === 'number') return value === 0 ? 0n : 1n;
    const word = value.trim().toLowerCase();
    if (word === 'true' || word === '1') return 1n;
    if (word === 'false' || word === '0') return 0n;
    return this.#spoiled(value, 'true or false');
  }

  #spoiled(value: string, type: string): null {
    this.#mismatch(value, type);
    return null;
  }
}

interface Total {
  count: number;
  sum: number | bigint;
}

/** Makes the conversions and the aggregates of their own kind callable from SQL. */
export function registerFunctions(database: Database, conversions: Conversions): void {
  const options = { deterministic: true, safeIntegers: true } as const;
  database.function('to_number', options, (value: SqlValue) => conversions.to_number(value));
  database.function('to_int', options, (value: SqlValue) => conversions.to_int(value));
  database.function('to_double', options, (value: SqlValue) => conversions.to_double(value));
  database.function('to_text', options, (value: SqlValue) => conversions.to_text(value));
  database.function('to_time', options, (value: SqlValue) => conversions.to_time(value));
  database.function('to_bool', options, (value: SqlValue) => conversions.to_bool(value));
  // Its types take the argument for an element of the total.
  const step = (total: unknown, value: unknown): unknown => {
    const { count, sum } = total as Total;
    if (typeof value !== 'number' && typeof value !== 'bigint') return total;
    return { count: count + 1, sum: add(sum, value) } satisfies Total;
  };
  const aggregate = (name: string, result: (total: Total) => SqlValue): void => {
    const start: Total = { count: 0, sum: 0n };
    database.aggregate<unknown>(name, { ...options, start, step, result: (total) => result(total as Total) });
  };
  aggregate('sum_of', ({ count, sum }) => (count === 0 ? null : fitting(sum)));
  aggregate('avg_of', ({ count, sum }) => (count === 0 ? null : Number(sum) / count));
}

const add = (left: number | bigint, right: number | bigint): number | bigint =>
  typeof left === 'bigint' && typeof right === 'bigint' ? left + right : Number(left) + Number(right);

const fitting = (sum: number | bigint): number | bigint =>
  typeof sum === 'bigint' && (sum > LARGEST || sum < -LARGEST) ? Number(sum) : sum;

/** A field or JSON value as SQLite sees it: lists and objects as their text, and so numbers if they are to be text. */
export function sqlValue(value: unknown, numbersAsText: boolean, conversions: Conversions): SqlValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  const exact = rawNumber(value);
  if (exact === undefined) return JSON.stringify(value);
  return numbersAsText ? exact : conversions.to_number(exact);
}
