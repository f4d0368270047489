import type { A_Const, A_Expr, BoolExpr, FuncCall, Node, NullTest, ResTarget, SelectStmt, TypeCast } from 'libpg-query';
import type { Step } from './json-path.ts';
import type { ParsedStatement } from './parse-statement.ts';
import { statementFault } from './select-fault.ts';

/** What a value is known to be before any row is read. `any`: what JSON says, row by row. */
type Kind = 'text' | 'number' | 'bool' | 'time' | 'any' | 'null';

interface Expression {
  sql: string;
  kind: Kind;
}

/** Where a column's value comes from: the index of a field, or a path into a JSON value. */
export type Reference = { field: number } | { path: readonly Step[] };

/** One item of what a row of the answer is made of. */
export type Output =
  | { type: 'row' }
  | { type: 'column'; column: number; name: string }
  | { type: 'value'; name: string; kind: Kind };

export interface Plan {
  /** Of the table that SQLite reads, `c0`, `c1`, …. */
  columns: readonly Reference[];
  sql: string;
  /** The texts of the statement, `@p0`, `@p1`, …. */
  parameters: readonly string[];
  outputs: readonly Output[];
  /** One row comes out, made of all rows. */
  aggregate: boolean;
  limit: number;
  /** What the statement is about inside a JSON value. */
  root: readonly Step[];
}

/** How names of columns are understood. */
export interface Columns {
  json: boolean;
  /** The index of a CSV field, or undefined where there is no such column. */
  field(name: string): number | undefined;
}

const MOST_IN_VALUES = 1024;
const MOST_AGGREGATES = 100;
const MOST_WILDCARDS = 5;

/** What `CAST` knows, by the names under which PostgreSQL reports types, too. */
const CASTS: Readonly<Record<string, { call: string; kind: Kind }>> = {
  ...castTo('to_int', 'number', 'int', 'integer', 'bigint', 'smallint', 'tinyint', 'int2', 'int4', 'int8'),
  ...castTo('to_double', 'number', 'double', 'float', 'real', 'float4', 'float8'),
  ...castTo('to_number', 'number', 'decimal', 'numeric'),
  ...castTo('to_time', 'time', 'timestamp', 'datetime'),
  ...castTo('to_bool', 'bool', 'bool', 'boolean'),
  ...castTo('to_text', 'text', 'string', 'varchar', 'char', 'bpchar', 'text'),
};

function castTo(call: string, kind: Kind, ...names: string[]): Record<string, { call: string; kind: Kind }> {
  return Object.fromEntries(names.map((name) => [name, { call, kind }]));
}

const AGGREGATES = ['count', 'sum', 'avg', 'min', 'max'];
const ARITHMETIC = ['+', '-', '*', '/', '%'];
const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];

/**
 * Turns a statement into one for SQLite over one table, made of nothing but what is spelled out here; every text in it is a
 * parameter. So nothing that SQLite could do beyond evaluating expressions can be asked for. Throws `SelectFault`.
 */
export function compileStatement(statement: ParsedStatement, columns: Columns): Plan {
  return new Compiler(statement, columns).plan();
}

/** What the statement is about, which must be known before rows (and the names in a header) can be read. */
export function rootOf({ select, paths }: ParsedStatement): { root: readonly Step[]; alias: string | undefined } {
  const [from, ...others] = select.fromClause ?? [];
  if (!from || others.length > 0 || !('RangeVar' in from))
    throw statementFault('FROM must name ossobject and no more.');
  const { relname, alias, schemaname, catalogname } = from.RangeVar;
  const path = paths[Number(relname)];
  const [table, ...root] = path ?? [];
  const named = typeof table === 'object' && 'key' in table && table.key.toLowerCase() === 'ossobject';
  if (!named || schemaname !== undefined || catalogname !== undefined || alias?.colnames) {
    throw statementFault('FROM must name ossobject.');
  }
  return { root, alias: alias?.aliasname === undefined ? undefined : nameAt(paths, alias.aliasname) };
}

/** The text behind a stand-in of one step. */
function nameAt(paths: ParsedStatement['paths'], standIn: string): string {
  const [step, ...others] = paths[Number(standIn)] ?? [];
  if (typeof step !== 'object' || !('key' in step) || others.length > 0) {
    throw statementFault('A name must be one word, or be put in double quotes.');
  }
  return step.key;
}

class Compiler {
  readonly #select: SelectStmt;
  readonly #paths: ParsedStatement['paths'];
  readonly #known: Columns;
  readonly #root: readonly Step[];
  readonly #alias: string | undefined;
  readonly #columns: Reference[] = [];
  readonly #columnByPlace = new Map<string, number>();
  readonly #parameters: string[] = [];
  #aggregates = 0;
  #clause: 'select' | 'where' | 'aggregate' = 'select';

  constructor(statement: ParsedStatement, columns: Columns) {
    this.#select = statement.select;
    this.#paths = statement.paths;
    this.#known = columns;
    const { root, alias } = rootOf(statement);
    this.#root = root;
    this.#alias = alias;
    if (!columns.json && root.length > 0)
      throw statementFault('In a CSV object, FROM must be ossobject without a path.');
  }

  plan(): Plan {
    this.#refuseOtherClauses();
    const targets = (this.#select.targetList ?? []).map((node) => {
      if (!('ResTarget' in node)) throw statementFault('The list after SELECT cannot be read.');
      return node.ResTarget;
    });
    const aggregate = targets.some(({ val }) => val !== undefined && holdsAggregate(val));
    const outputs: Output[] = [];
    const selected: string[] = [];
    for (const [index, target] of targets.entries()) {
      const output = this.#target(target, index, aggregate, selected);
      outputs.push(output);
    }
    if (outputs.length === 0) throw statementFault('Say after SELECT what is wanted.');
    const { whereClause, limitCount } = this.#select;
    let where = '';
    if (whereClause) {
      this.#clause = 'where';
      where = ` WHERE ${this.#truth(this.#expression(whereClause))}`;
    }
    return {
      columns: this.#columns,
      sql: `SELECT ${selected.join(', ') || '1'} FROM input${where}`,
      parameters: this.#parameters,
      outputs,
      aggregate,
      limit: limitCount ? limitOf(limitCount) : Number.POSITIVE_INFINITY,
      root: this.#root,
    };
  }

  #refuseOtherClauses(): void {
    const plain = ['targetList', 'fromClause', 'whereClause', 'limitCount', 'limitOption', 'op'];
    const other = Object.keys(this.#select).find((clause) => !plain.includes(clause));
    if (other !== undefined || this.#select.op !== 'SETOP_NONE') {
      throw statementFault(
        'Only SELECT … FROM … WHERE … LIMIT … is possible, without grouping, ordering or subqueries.',
      );
    }
  }

  #target({ name, val }: ResTarget, index: number, aggregate: boolean, selected: string[]): Output {
    if (val === undefined) throw statementFault('The list after SELECT cannot be read.');
    const named = name === undefined ? undefined : nameAt(this.#paths, name);
    const position = `_${index + 1}`;
    if ('ColumnRef' in val) {
      const path = this.#pathOf(val);
      if (path === 'row') {
        if (aggregate) throw statementFault('* cannot stand beside an aggregate.');
        return { type: 'row' };
      }
      if (!aggregate) {
        const column = this.#columnOf(path);
        return { type: 'column', column, name: named ?? lastName(path) ?? position };
      }
    }
    const { sql, kind } = this.#expression(val);
    selected.push(sql);
    return { type: 'value', name: named ?? position, kind };
  }

  #expression(node: Node): Expression {
    if ('ColumnRef' in node) return this.#column(node);
    if ('A_Const' in node) return this.#constant(node.A_Const);
    if ('A_Expr' in node) return this.#operator(node.A_Expr);
    if ('BoolExpr' in node) return this.#logic(node.BoolExpr);
    if ('NullTest' in node) return this.#nullTest(node.NullTest);
    if ('TypeCast' in node) return this.#cast(node.TypeCast);
    if ('FuncCall' in node) return this.#aggregate(node.FuncCall);
    throw statementFault('The statement uses something beyond columns, constants, operators, CAST and aggregates.');
  }

  #column(node: Extract<Node, { ColumnRef: unknown }>): Expression {
    const path = this.#pathOf(node);
    if (path === 'row') throw statementFault('* can only stand after SELECT or in COUNT(*).');
    return { sql: `c${this.#columnOf(path)}`, kind: this.#known.json ? 'any' : 'text' };
  }

  #pathOf(node: Extract<Node, { ColumnRef: unknown }>): readonly Step[] | 'row' {
    const [first, second, ...others] = node.ColumnRef.fields ?? [];
    if (first && 'A_Star' in first && !second) return 'row';
    if (!first || !('String' in first) || others.length > 0) throw statementFault('A column cannot be read.');
    const path = this.#paths[Number(first.String.sval)];
    const [table, ...inside] = path ?? [];
    if (!path || typeof table !== 'object' || !('key' in table)) throw statementFault('A column cannot be read.');
    const word = table.key.toLowerCase();
    const qualified = word === 'ossobject' || word === this.#alias?.toLowerCase();
    if (second) {
      if ('A_Star' in second && qualified && inside.length === 0) return 'row';
      throw statementFault('A column cannot be read.');
    }
    if (qualified && (inside.length > 0 || this.#known.json)) return inside;
    return path;
  }

  #columnOf(path: readonly Step[]): number {
    const reference = this.#reference(path);
    const place = JSON.stringify(reference);
    let column = this.#columnByPlace.get(place);
    if (column === undefined) {
      column = this.#columns.push(reference) - 1;
      this.#columnByPlace.set(place, column);
    }
    return column;
  }

  #reference(path: readonly Step[]): Reference {
    if (this.#known.json) return { path };
    const [step, ...others] = path;
    if (typeof step !== 'object' || !('key' in step) || others.length > 0) {
      throw statementFault('A column of a CSV object is one name, without a path.');
    }
    const field = this.#known.field(step.key);
    if (field === undefined) {
      throw statementFault(
        `There is no column ${step.key.slice(0, 128)}. Columns are _1, _2 and so on, or with FileHeaderInfo Use the names in the first row.`,
      );
    }
    return { field };
  }

  #constant(node: A_Const): Expression {
    if (node.isnull) return { sql: 'NULL', kind: 'null' };
    if (node.boolval) return { sql: node.boolval.boolval ? '1' : '0', kind: 'bool' };
    if (node.sval) return { sql: this.#parameter(node.sval.sval ?? ''), kind: 'text' };
    if (node.ival) return { sql: String(node.ival.ival ?? 0), kind: 'number' };
    const number = node.fval?.fval ?? '';
    if (!/^-?[\d.]+(?:e[+-]?\d+)?$/i.test(number) || !Number.isFinite(Number(number))) {
      throw statementFault('A number in the statement is too large, or not decimal.');
    }
    return { sql: number, kind: 'number' };
  }

  #parameter(text: string): string {
    return `@p${this.#parameters.push(text) - 1}`;
  }

  #operator(node: A_Expr): Expression {
    const name = operatorName(node);
    const left = node.lexpr;
    const right = node.rexpr;
    if (!right) throw statementFault(`The operator ${name} has nothing on its right.`);
    if (node.kind === 'AEXPR_OP' && !left) {
      if (name !== '-' && name !== '+') throw statementFault(`The operator ${name} is not known.`);
      // The space keeps two signs from becoming a comment.
      return { sql: `(${name} ${this.#as('number', this.#expression(right))})`, kind: 'number' };
    }
    if (!left) throw statementFault(`The operator ${name} has nothing on its left.`);
    if (node.kind === 'AEXPR_OP') return this.#binary(name, left, right);
    if (node.kind === 'AEXPR_IN') return this.#in(name === '<>', this.#expression(left), listOf(right));
    if (node.kind === 'AEXPR_LIKE') return this.#like(name === '!~~', left, right);
    if (node.kind === 'AEXPR_BETWEEN' || node.kind === 'AEXPR_NOT_BETWEEN') {
      const [low, high] = listOf(right).map((bound) => this.#expression(bound));
      if (!low || !high) throw statementFault('BETWEEN needs two bounds.');
      const value = this.#expression(left);
      const inside = `(${this.#compare('>=', value, low).sql} AND ${this.#compare('<=', value, high).sql})`;
      return { sql: node.kind === 'AEXPR_BETWEEN' ? inside : `(NOT ${inside})`, kind: 'bool' };
    }
    throw statementFault('The statement uses an operator that is not known.');
  }

  #binary(name: string, left: Node, right: Node): Expression {
    if (name === '||' && this.#clause !== 'where') throw statementFault('|| can only be used after WHERE.');
    const operands = [this.#expression(left), this.#expression(right)] as const;
    if (COMPARISONS.includes(name)) return this.#compare(name, ...operands);
    if (name === '||') return this.#join('||', 'text', operands);
    if (ARITHMETIC.includes(name)) return this.#join(name, 'number', operands);
    throw statementFault(`The operator ${name} is not known.`);
  }

  #join(name: string, kind: Kind, [left, right]: readonly [Expression, Expression]): Expression {
    return { sql: `(${this.#as(kind, left)} ${name} ${this.#as(kind, right)})`, kind };
  }

  #compare(name: string, left: Expression, right: Expression): Expression {
    const kind = commonKind(left.kind, right.kind);
    return { sql: `(${this.#as(kind, left)} ${name} ${this.#as(kind, right)})`, kind: 'bool' };
  }

  #in(not: boolean, value: Expression, list: readonly Node[]): Expression {
    if (list.length > MOST_IN_VALUES) throw statementFault(`IN takes at most ${MOST_IN_VALUES} values.`);
    const values = list.map((node) => {
      if (!('A_Const' in node)) throw statementFault('IN takes constants only.');
      return this.#constant(node.A_Const);
    });
    const kind = values.reduce((common: Kind, one) => commonKind(common, one.kind), value.kind);
    const written = values.map((one) => this.#as(kind, one)).join(', ');
    return { sql: `(${this.#as(kind, value)} ${not ? 'NOT ' : ''}IN (${written}))`, kind: 'bool' };
  }

  #like(not: boolean, value: Node, pattern: Node): Expression {
    let literal = pattern;
    let escaped: string | undefined;
    if ('FuncCall' in pattern) {
      const [of, by] = pattern.FuncCall.args ?? [];
      if (functionName(pattern.FuncCall) !== 'like_escape' || !of || !by) throw statementFault('LIKE takes a text.');
      literal = of;
      escaped = textOf(by);
      if (escaped === undefined || [...escaped].length !== 1) throw statementFault('ESCAPE takes one character.');
    }
    const text = textOf(literal);
    if (text === undefined) throw statementFault('LIKE takes a text in single quotes.');
    // Each doubles what a comparison may cost.
    if (text.split('%').length - 1 > MOST_WILDCARDS) {
      throw statementFault(`LIKE takes at most ${MOST_WILDCARDS} signs %.`);
    }
    const how = escaped === undefined ? '' : ` ESCAPE ${this.#parameter(escaped)}`;
    const left = this.#as('text', this.#expression(value));
    return { sql: `(${left} ${not ? 'NOT ' : ''}LIKE ${this.#parameter(text)}${how})`, kind: 'bool' };
  }

  #logic({ boolop, args = [] }: BoolExpr): Expression {
    const operands = args.map((node) => this.#truth(this.#expression(node)));
    if (boolop === 'NOT_EXPR') return { sql: `(NOT ${operands[0]})`, kind: 'bool' };
    return { sql: `(${operands.join(boolop === 'AND_EXPR' ? ' AND ' : ' OR ')})`, kind: 'bool' };
  }

  #nullTest({ arg, nulltesttype }: NullTest): Expression {
    if (!arg) throw statementFault('IS NULL needs a value.');
    const not = nulltesttype === 'IS_NOT_NULL' ? 'NOT ' : '';
    return { sql: `(${this.#expression(arg).sql} IS ${not}NULL)`, kind: 'bool' };
  }

  #cast({ arg, typeName }: TypeCast): Expression {
    const last = typeName?.names?.at(-1);
    const spelled = last && 'String' in last ? (last.String.sval ?? '') : '';
    const name = /^\d+$/.test(spelled) ? nameAt(this.#paths, spelled) : spelled;
    const cast = Object.hasOwn(CASTS, name.toLowerCase()) ? CASTS[name.toLowerCase()] : undefined;
    if (!cast || !arg || typeName?.arrayBounds) {
      throw statementFault(
        `CAST knows int, double, decimal, timestamp, bool and string, but not ${name.slice(0, 64)}.`,
      );
    }
    return { sql: `${cast.call}(${this.#expression(arg).sql})`, kind: cast.kind };
  }

  #aggregate(call: FuncCall): Expression {
    const name = functionName(call);
    if (!AGGREGATES.includes(name)) throw statementFault(`The function ${name.slice(0, 64)} is not known.`);
    if (
      call.agg_distinct ||
      call.agg_filter ||
      call.agg_order ||
      call.over ||
      call.func_variadic ||
      call.agg_within_group
    ) {
      throw statementFault('Aggregates take no DISTINCT, FILTER, ORDER BY or OVER.');
    }
    if (this.#clause !== 'select') throw statementFault('Aggregates cannot be nested or be used after WHERE.');
    this.#aggregates += 1;
    if (this.#aggregates > MOST_AGGREGATES) throw statementFault(`There are more than ${MOST_AGGREGATES} aggregates.`);
    if (call.agg_star) {
      if (name !== 'count') throw statementFault(`${name.toUpperCase()} needs a column.`);
      return { sql: 'count(*)', kind: 'number' };
    }
    const [argument, ...others] = call.args ?? [];
    if (!argument || others.length > 0) throw statementFault(`${name.toUpperCase()} takes one value.`);
    this.#clause = 'aggregate';
    const value = this.#expression(argument);
    this.#clause = 'select';
    if (name === 'count') return { sql: `count(${value.sql})`, kind: 'number' };
    if (name === 'min' || name === 'max') return { sql: `${name}(${value.sql})`, kind: value.kind };
    return { sql: `${name}_of(${this.#as('number', value)})`, kind: 'number' };
  }

  #truth(expression: Expression): string {
    return this.#as('bool', expression);
  }

  #as(kind: Kind, { sql, kind: given }: Expression): string {
    if (given === kind || given === 'null' || kind === 'any' || kind === 'null') return sql;
    if (kind === 'bool' && given === 'number') return sql;
    return `to_${kind}(${sql})`;
  }
}

/** What two values are compared as: text takes the kind of what it is compared with. */
function commonKind(left: Kind, right: Kind): Kind {
  for (const kind of ['number', 'time', 'bool', 'text', 'any'] as const) {
    if (left === kind || right === kind) return kind;
  }
  return 'null';
}

function operatorName({ name }: A_Expr): string {
  const [only, ...others] = name ?? [];
  return only && 'String' in only && others.length === 0 ? (only.String.sval ?? '') : 'with a schema';
}

function functionName({ funcname }: FuncCall): string {
  const last = funcname?.at(-1);
  return last && 'String' in last ? (last.String.sval ?? '').toLowerCase() : '';
}

function listOf(node: Node): readonly Node[] {
  if (!('List' in node)) throw statementFault('A list of constants is missing.');
  return node.List.items ?? [];
}

function textOf(node: Node): string | undefined {
  return 'A_Const' in node && node.A_Const.sval ? (node.A_Const.sval.sval ?? '') : undefined;
}

function limitOf(node: Node): number {
  const count = 'A_Const' in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : Number.NaN;
  if (!(count >= 0)) throw statementFault('LIMIT takes a whole number.');
  return count;
}

function lastName(path: readonly Step[]): string | undefined {
  for (const step of path.toReversed()) if (typeof step === 'object' && 'key' in step) return step.key;
  return undefined;
}

/** Whether an aggregate stands anywhere in it. */
function holdsAggregate(node: Node): boolean {
  if ('FuncCall' in node) return AGGREGATES.includes(functionName(node.FuncCall));
  if ('TypeCast' in node) return node.TypeCast.arg !== undefined && holdsAggregate(node.TypeCast.arg);
  if ('A_Expr' in node) {
    const { lexpr, rexpr } = node.A_Expr;
    return (lexpr !== undefined && holdsAggregate(lexpr)) || (rexpr !== undefined && holdsAggregate(rexpr));
  }
  if ('BoolExpr' in node) return (node.BoolExpr.args ?? []).some(holdsAggregate);
  if ('NullTest' in node) return node.NullTest.arg !== undefined && holdsAggregate(node.NullTest.arg);
  if ('List' in node) return (node.List.items ?? []).some(holdsAggregate);
  return false;
}
