import { DomainError } from '../errors.ts';

/** A condition on what is known of a file. */
export type FileCondition =
  | { operation: 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'prefix' | 'match-phrase'; field: string; value: string }
  | { operation: 'exist'; field: string }
  | { operation: 'and' | 'or' | 'not'; conditions: FileCondition[] }
  /** All conditions hold of one and the same item of a list. */
  | { operation: 'nested'; field: string; conditions: FileCondition[] };

/** How a value is compared with others in a listing. */
export interface FileOrder {
  field: string;
  descending: boolean;
}

export interface FileAggregation {
  field: string;
  operation: 'average' | 'min' | 'max' | 'count' | 'distinct' | 'sum' | 'group';
}

type File = Readonly<Record<string, unknown>>;

/** All values that a path such as `VideoStreams.CodecName` leads to; items of lists are values of their own. */
export function valuesAt(file: unknown, field: string): unknown[] {
  let values: unknown[] = [file];
  for (const step of field.split('.')) {
    values = values.flatMap((value) => {
      const item =
        typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? (value as File)[step] : undefined;
      return item === undefined || item === null ? [] : Array.isArray(item) ? item : [item];
    });
  }
  return values;
}

export function fits(file: unknown, condition: FileCondition): boolean {
  switch (condition.operation) {
    case 'and':
      return condition.conditions.every((one) => fits(file, one));
    case 'or':
      return condition.conditions.some((one) => fits(file, one));
    case 'not':
      return !condition.conditions.some((one) => fits(file, one));
    case 'exist':
      return valuesAt(file, condition.field).length > 0;
    case 'nested': {
      const { field } = condition;
      // Fields of the conditions are named from the file on.
      const within = (one: FileCondition): FileCondition => relative(one, `${field}.`);
      const inner = condition.conditions.map(within);
      return valuesAt(file, field).some((item) => inner.every((one) => fits(item, one)));
    }
    default:
      return valuesAt(file, condition.field).some((value) => compares(value, condition.operation, condition.value));
  }
}

function relative(condition: FileCondition, prefix: string): FileCondition {
  if ('conditions' in condition && condition.operation !== 'nested') {
    return { ...condition, conditions: condition.conditions.map((one) => relative(one, prefix)) };
  }
  return condition.field.startsWith(prefix) ? { ...condition, field: condition.field.slice(prefix.length) } : condition;
}

function compares(value: unknown, operation: string, wanted: string): boolean {
  if (operation === 'prefix') return text(value).startsWith(wanted);
  if (operation === 'match-phrase') return text(value).toLowerCase().includes(wanted.toLowerCase());
  if (operation === 'eq' && typeof value !== 'number') return text(value) === wanted;
  const order = compareValues(value, typeof value === 'number' ? Number(wanted) : wanted);
  if (Number.isNaN(order)) return false;
  if (operation === 'eq') return order === 0;
  if (operation === 'gt') return order > 0;
  if (operation === 'gte') return order >= 0;
  return operation === 'lt' ? order < 0 : order <= 0;
}

const text = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Numbers by size, all else as texts, by their characters; what is not there comes first. */
export function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined)
    return Number(b === undefined) - Number(a === undefined) === 0 ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a - b;
  const [left, right] = [text(a), text(b)];
  return left < right ? -1 : Number(left > right);
}

/** Compares by each in turn. */
export function compareBy(orders: readonly FileOrder[], a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, { descending }] of orders.entries()) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

/** "At most 2,000 groups." */
const MOST_GROUPS = 2_000;

/** What one aggregation has come to. */
export class Aggregate {
  readonly #aggregation: FileAggregation;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #groups = new Map<string, number>();

  constructor(aggregation: FileAggregation) {
    this.#aggregation = aggregation;
  }

  add(file: unknown): void {
    const { field, operation } = this.#aggregation;
    for (const value of valuesAt(file, field)) {
      this.#count += 1;
      if (operation === 'group' || operation === 'distinct') {
        const name = text(value);
        this.#groups.set(name, (this.#groups.get(name) ?? 0) + 1);
      }
      if (typeof value !== 'number') continue;
      this.#sum += value;
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
    }
  }

  result(): FileAggregation & { value: number; groups: { value: string; count: number }[] } {
    const { operation } = this.#aggregation;
    const groups =
      operation === 'group'
        ? [...this.#groups]
            .sort(([a, m], [b, n]) => n - m || compareValues(a, b))
            .slice(0, MOST_GROUPS)
            .map(([value, count]) => ({ value, count }))
        : [];
    const values = {
      average: this.#count === 0 ? 0 : this.#sum / this.#count,
      min: Number.isFinite(this.#min) ? this.#min : 0,
      max: Number.isFinite(this.#max) ? this.#max : 0,
      count: this.#count,
      distinct: this.#groups.size,
      sum: this.#sum,
      group: this.#groups.size,
    };
    return { ...this.#aggregation, value: values[operation], groups };
  }
}

const MOST_DEPTH = 10;
const MOST_CONDITIONS = 100;

/** Reads a query tree in the vendor's form. Throws `InvalidArgument`. */
export function readCondition(query: unknown): FileCondition {
  let count = 0;
  const refuse = (reason: string): never => {
    throw new DomainError('InvalidArgument', { name: 'Query', value: '', reason });
  };
  const read = (given: unknown, depth: number): FileCondition => {
    count += 1;
    if (depth > MOST_DEPTH || count > MOST_CONDITIONS)
      refuse(`It may be ${MOST_DEPTH} deep and have ${MOST_CONDITIONS} conditions.`);
    const { Field, Value, Operation, SubQueries }: Partial<Record<string, unknown>> =
      typeof given === 'object' && given !== null ? { ...given } : {};
    const field = typeof Field === 'string' ? Field : '';
    const conditions = Array.isArray(SubQueries) ? SubQueries.map((one) => read(one, depth + 1)) : [];
    switch (Operation) {
      case 'and':
      case 'or':
      case 'not':
        if (conditions.length === 0) refuse(`${Operation} takes SubQueries.`);
        return { operation: Operation, conditions };
      case 'nested':
        if (field === '' || conditions.length === 0) refuse('nested takes a Field and SubQueries.');
        return { operation: Operation, field, conditions };
      case 'exist':
        if (field === '') refuse('exist takes a Field.');
        return { operation: Operation, field };
      case 'eq':
      case 'gt':
      case 'gte':
      case 'lt':
      case 'lte':
      case 'prefix':
      case 'match-phrase':
        if (field === '' || Value === undefined || Value === null) refuse(`${Operation} takes a Field and a Value.`);
        return { operation: Operation, field, value: String(Value) };
      default:
        return refuse('An Operation is eq, gt, gte, lt, lte, prefix, match-phrase, exist, nested, and, or, or not.');
    }
  };
  return read(query, 1);
}
