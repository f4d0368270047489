import { RpcError } from './errors.ts';
import type { RpcCodec } from './field.ts';

/** How a value inside a JSON parameter is read. `path` is what a refusal calls it: `Targets.0.Container`. */
export interface Shape<T> {
  read(value: unknown, path: string): T;
}

/** A parameter whose text is JSON of a shape. */
export const json = <T>(shape: Shape<T>): RpcCodec<T> => ({
  structured: true,
  read(given, name) {
    let value: unknown;
    try {
      value = JSON.parse(given);
    } catch {
      throw new RpcError('InvalidJSON', `The parameter ${name} is not valid JSON.`);
    }
    return shape.read(value, name);
  },
});

function refusal(path: string, what: string): RpcError {
  const [parameter = path] = path.split('.', 1);
  return new RpcError(`InvalidParameter.${parameter}`, `Specified parameter ${path} is not valid: ${what}.`);
}

/** Clients that take structures apart send numbers and flags as texts. */
export const aText: Shape<string> = {
  read(value, path) {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw refusal(path, 'it must be a text');
  },
};

export const aNumber: Shape<number> = {
  read(value, path) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw refusal(path, 'it must be a number');
  },
};

export const aFlag: Shape<boolean> = {
  read(value, path) {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    throw refusal(path, 'it must be true or false');
  },
};

/** Something that is kept or handed on without being looked into. */
export const anything: Shape<unknown> = { read: (value) => value };

export const listOf = <T>(shape: Shape<T>, most: number): Shape<T[]> => ({
  read(value, path) {
    if (!Array.isArray(value)) throw refusal(path, 'it must be a list');
    if (value.length > most) throw refusal(path, `it may have ${most} items at most`);
    return value.map((item, index) => shape.read(item, `${path}.${index}`));
  },
});

/** Names and texts, as many as there may be. */
export const mapOfTexts: Shape<Record<string, string>> = {
  read(value, path) {
    return Object.fromEntries(
      Object.entries(membersOf(value, path)).map(([name, item]) => [name, aText.read(item, `${path}.${name}`)]),
    );
  },
};

type Members<S> = { [K in keyof S]?: S[K] extends Shape<infer T> ? T : never };

/** Members that are absent or null are absent; those that nobody knows are passed over. */
export const members = <S extends Readonly<Record<string, Shape<unknown>>>>(shapes: S): Shape<Members<S>> => ({
  read(value, path) {
    const given = membersOf(value, path);
    const read = Object.entries(shapes).flatMap(([name, shape]) => {
      const item = Object.hasOwn(given, name) ? given[name] : undefined;
      return item === undefined || item === null ? [] : [[name, shape.read(item, `${path}.${name}`)]];
    });
    // Built from the very shapes that give the members their types.
    return Object.fromEntries(read) as Members<S>;
  },
});

/** As `members`; one that nobody knows is refused by its name, unless there is nothing in it. */
export const knownMembers = <S extends Readonly<Record<string, Shape<unknown>>>>(shapes: S): Shape<Members<S>> => {
  const all = members(shapes);
  return {
    read(value, path) {
      for (const [name, item] of Object.entries(membersOf(value, path))) {
        if (!Object.hasOwn(shapes, name) && !isEmpty(item)) throw refusal(`${path}.${name}`, 'it is not known here');
      }
      return all.read(value, path);
    },
  };
};

/** Clients send empty texts, lists and objects for what nobody has filled in. */
const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);

function membersOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw refusal(path, 'it must be an object');
}
