import { RpcError } from './errors.ts';

/** How a value of a request is spelled. `read` throws `RpcError`. */
export interface RpcCodec<T> {
  read(text: string, name: string): T;
  /** Its text is JSON, which some clients take apart into `Name.1.Member`. */
  structured?: boolean;
}

/** One parameter, under its wire name. */
export interface RpcField<T = unknown> {
  codec: RpcCodec<unknown>;
  required: boolean;
  /** Carries the type only; see `oss/fields.ts`. */
  value?: () => T;
}

export type RpcFields = Readonly<Record<string, RpcField>>;

type ValueOf<F> = F extends RpcField<infer T> ? T : never;
type OptionalNames<F> = { [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never }[keyof F];

/** The decoded parameters of a declaration. */
export type RpcValues<F> = { [K in Exclude<keyof F, OptionalNames<F>>]: ValueOf<F[K]> } & {
  [K in OptionalNames<F>]?: ValueOf<F[K]>;
};

export const text: RpcCodec<string> = { read: (value) => value };

export const integer: RpcCodec<number> = {
  read(value, name) {
    if (!/^\d{1,15}$/.test(value)) {
      throw new RpcError(`InvalidParameter.${name}`, `The parameter ${name} must be a whole number.`);
    }
    return Number(value);
  },
};

export const flag: RpcCodec<boolean> = {
  read(value, name) {
    const word = value.toLowerCase();
    if (word !== 'true' && word !== 'false') {
      throw new RpcError(`InvalidParameter.${name}`, `The parameter ${name} must be true or false.`);
    }
    return word === 'true';
  },
};

/** One of a closed set of words. */
export const word = <const W extends string>(...words: W[]): RpcCodec<W> => ({
  read(value, name) {
    const found = words.find((candidate) => candidate === value);
    if (found === undefined) {
      throw new RpcError(`InvalidParameter.${name}`, `The parameter ${name} must be one of ${words.join(', ')}.`);
    }
    return found;
  },
});

export const required = <T>(codec: RpcCodec<T>): RpcField<T> => ({ codec, required: true });
export const optional = <T>(codec: RpcCodec<T>): RpcField<T | undefined> => ({ codec, required: false });

/** Reads the parameters that a declaration asks for. Throws `RpcError`. An empty one that must be there is missing. */
export function readFields(fields: RpcFields, parameters: ReadonlyMap<string, string>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = parameters.get(name) ?? (field.codec.structured ? gathered(name, parameters) : undefined);
    if (given !== undefined && (given !== '' || !field.required)) {
      if (given !== '' || field.codec === text) values[name] = field.codec.read(given, name);
    } else if (field.required) {
      throw new RpcError(`Missing${name}`, `${name} is mandatory for this action.`);
    }
  }
  return values;
}

/** `Tag.1.Key=a&Tag.1.Value=b` as the JSON it stands for; undefined where there is nothing of that name. */
function gathered(name: string, parameters: ReadonlyMap<string, string>): string | undefined {
  const root: Branch = new Map();
  for (const [path, value] of parameters) {
    if (!path.startsWith(`${name}.`)) continue;
    const steps = path.slice(name.length + 1).split('.');
    const last = steps.pop() ?? '';
    let branch = root;
    for (const step of steps) {
      const next = branch.get(step);
      const below: Branch = next instanceof Map ? next : new Map();
      branch.set(step, below);
      branch = below;
    }
    branch.set(last, value);
  }
  return root.size === 0 ? undefined : JSON.stringify(plain(root));
}

type Branch = Map<string, Branch | string>;

/** Members that are all numbers make a list, in their order. */
function plain(branch: Branch | string): unknown {
  if (typeof branch === 'string') return branch;
  const members = [...branch];
  if (!members.every(([step]) => /^\d{1,6}$/.test(step))) {
    return Object.fromEntries(members.map(([step, below]) => [step, plain(below)]));
  }
  return members.sort(([a], [b]) => Number(a) - Number(b)).map(([, below]) => plain(below));
}
