import type { Choose, Parameter, Presence } from './vocabulary.ts';

/** `sync`: GET or POST `x-oss-process`. `async`: POST `x-oss-async-process`. */
export type Door = 'sync' | 'async' | 'both';

export type ParameterSet = Readonly<Record<string, Parameter<unknown, Presence>>>;

type ValueOf<P> = P extends Parameter<infer Value, Presence> ? Value : never;
type OptionalNames<Set> = { [N in keyof Set]: Set[N] extends Parameter<infer _, 'optional'> ? N : never }[keyof Set];

/** The values an operation is run with: checked, typed, defaults filled in. */
export type ValuesOf<Set> = { [N in Exclude<keyof Set, OptionalNames<Set>>]: ValueOf<Set[N]> } & {
  [N in OptionalNames<Set>]?: ValueOf<Set[N]>;
};

/** Whether a given parameter was written by the caller, and the value it has (its default otherwise). */
export interface Given {
  has(name: string): boolean;
  value(name: string): unknown;
}

/** A broken rule: which parameter to change, and how. */
export interface RuleFault {
  parameter: string;
  reason: string;
  /** `add`: giving the parameter cures it; `drop`: leaving it out does. */
  cure: 'add' | 'drop';
}

/** A condition over several parameters of one operation. */
export interface Rule {
  readonly description: string;
  check(given: Given): RuleFault | undefined;
}

/** Parts of an operation that may be written any number of times behind it, `/name,key_value`, each with its parameters. */
export type PartSet = Readonly<Record<string, ParameterSet>>;

/** The values of all parts, by their names, in the order they were written. */
export type PartValuesOf<Parts> = { [N in keyof Parts]: readonly ValuesOf<Parts[N]>[] };

/** One operation of process strings, as data. */
export interface OperationDeclaration<
  Name extends string = string,
  Set extends ParameterSet = ParameterSet,
  Parts extends PartSet = PartSet,
> {
  /** `family/action`. */
  readonly name: Name;
  readonly summary: string;
  readonly door: Door;
  /** Named as on the wire; a bare, positional argument (`rotate,90`) is named `value`. */
  readonly params: Set;
  /** Their values stand among those of `params`, as lists. */
  readonly parts: Parts;
  readonly rules: readonly Rule[];
  /** Parameters and name only, as they stand in a process string: `image/resize,w_100`. */
  readonly examples: readonly string[];
  /**
   * Whether unknown and repeated parameters are refused. The vendor's own SDK suites send unknown keys to image
   * operations and expect 200 (`image/crop,w_100,h_100,x_100,y_100,r_1`), and its rules page says that of a repeated key
   * the later one wins; elsewhere ignoring a parameter would quietly yield wrong media.
   */
  readonly strict: boolean;
  /** `alone`: the only operation of its stage. `last`: nothing follows it in its stage. */
  readonly place: 'any' | 'last' | 'alone';
  /** Whether what it makes has to be stored, where it is asynchronous. Otherwise all that comes of it is in the notification. */
  readonly saves: boolean;
  /** Arguments as the vendor documents them that are absent here, `g_face`: refused as unavailable, not as wrong. */
  readonly unavailable: readonly string[];
  /** Parameters that mean something inside of a watermark's process string only. */
  readonly inner: readonly string[];
}

export type ParamsOf<Declaration> =
  Declaration extends OperationDeclaration<string, infer Set, infer Parts>
    ? ValuesOf<Set> & PartValuesOf<Parts>
    : never;

/** `{ name, params }` of each declaration in a union of declarations. */
export type OperationOf<Declaration> =
  Declaration extends OperationDeclaration<infer Name, infer Set, infer Parts>
    ? { readonly name: Name; readonly params: ValuesOf<Set> & PartValuesOf<Parts> }
    : never;

export function operation<
  const Name extends string,
  const Set extends ParameterSet,
  const Parts extends PartSet = Record<never, ParameterSet>,
>(
  name: Name,
  facts: {
    summary: string;
    door: Door;
    params: Set;
    parts?: Parts;
    rules?: readonly Rule[];
    examples: readonly string[];
    place?: 'any' | 'last' | 'alone';
    saves?: boolean;
    inner?: readonly string[];
    unavailable?: readonly string[];
  },
): OperationDeclaration<Name, Set, Parts> {
  const image = name.startsWith('image/');
  return {
    name,
    summary: facts.summary,
    door: facts.door,
    params: facts.params,
    parts: facts.parts ?? ({} as Parts),
    rules: facts.rules ?? [],
    examples: facts.examples,
    strict: !image,
    place: facts.place ?? (image ? 'any' : 'alone'),
    saves: facts.saves ?? true,
    inner: facts.inner ?? [],
    unavailable: facts.unavailable ?? [],
  };
}

/** At least one of these parameters has to be written. */
export function atLeastOne(first: string, ...others: string[]): Rule {
  const names = [first, ...others];
  const reason = `At least one of ${names.join(', ')} is required.`;
  return {
    description: reason,
    check: (given) => (names.some((name) => given.has(name)) ? undefined : { parameter: first, reason, cure: 'add' }),
  };
}

/** At most one of these parameters may be written. */
export function mutuallyExclusive(...names: string[]): Rule {
  const reason = `Only one of ${names.join(', ')} may be given.`;
  return {
    description: reason,
    check(given) {
      const [, second] = names.filter((name) => given.has(name));
      return second === undefined ? undefined : { parameter: second, reason, cure: 'drop' };
    },
  };
}

/** How often parts may be written, all of these together. */
export function partCount(names: readonly string[], least: number, most: number): Rule {
  const reason = `There must be ${least} to ${most} of /${names.join(' and /')}.`;
  return {
    description: reason,
    check(given) {
      const count = names.reduce((sum, name) => sum + listed(given.value(name)), 0);
      if (count >= least && count <= most) return undefined;
      return { parameter: names[0] ?? '', reason, cure: count < least ? 'add' : 'drop' };
    },
  };
}

const listed = (value: unknown): number => (Array.isArray(value) ? value.length : 0);

/** One parameter has no meaning without others. */
export function needs(name: string, ...others: string[]): Rule {
  const reason = `${name} needs ${others.join(' and ')}.`;
  return {
    description: reason,
    check: (given) =>
      given.has(name) && others.some((other) => !given.has(other))
        ? { parameter: name, reason, cure: 'drop' }
        : undefined,
  };
}

/** Some valid text for an operation: required parameters, a choice of the others, rules kept. */
export function sampleOperation(declaration: OperationDeclaration, choose: Choose): string {
  const parts = Object.entries(declaration.parts).flatMap(([name, params]) =>
    Array.from({ length: 1 + choose(2) }, () => {
      const texts = Object.entries(params).flatMap(([key, { presence, type }]) =>
        presence === 'required' || choose(2) === 0 ? [`${key}_${type.sample(choose)}`] : [],
      );
      return [name, ...texts].join(',');
    }),
  );
  return [sampleArguments(declaration, choose), ...parts].join('/');
}

function sampleArguments(declaration: OperationDeclaration, choose: Choose): string {
  const written = new Map<string, string>();
  for (const [name, parameter] of Object.entries(declaration.params)) {
    if (declaration.inner.includes(name)) continue;
    if (parameter.presence === 'required' || choose(2) === 0) written.set(name, parameter.type.sample(choose));
  }
  const given: Given = {
    has: (name) => written.has(name),
    value: (name) => readSample(declaration, name, written.get(name)),
  };
  // Every cure adds or drops a parameter named by a rule; a few rounds settle all rules that can be settled together.
  for (let round = 0; round < 20; round++) {
    const fault = declaration.rules.map((rule) => rule.check(given)).find((found) => found !== undefined);
    if (fault === undefined) break;
    const parameter = declaration.params[fault.parameter];
    if (fault.cure === 'drop' || parameter === undefined) written.delete(fault.parameter);
    else written.set(fault.parameter, parameter.type.sample(choose));
  }
  const texts = [...written].map(([name, text]) => (name === 'value' ? text : `${name}_${text}`));
  return [declaration.name, ...texts].join(',');
}

function readSample(declaration: OperationDeclaration, name: string, text: string | undefined): unknown {
  const parameter = declaration.params[name];
  if (parameter === undefined) return undefined;
  if (text === undefined) return parameter.fallback;
  const reading = parameter.type.read(text);
  return 'value' in reading ? reading.value : undefined;
}
