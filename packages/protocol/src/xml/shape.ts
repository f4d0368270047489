import { escapeXml } from './escape.ts';
import { parseXml, XmlError, type XmlLimits, type XmlNode } from './tree.ts';

/**
 * How a value stands in a document, both ways. `write` gives the element or elements called `name`; `read` is given all
 * sibling elements of that name, in document order, and where they stand, for messages.
 */
export interface Shape<T> {
  write(name: string, value: T): string;
  read(nodes: readonly XmlNode[], where: string): T;
  /** Elements that it takes beside the one it is called by. */
  readonly names?: readonly string[];
}

export type ShapeValue<S> = S extends Shape<infer T> ? T : never;

type OptionalNames<F> = { [K in keyof F]: undefined extends ShapeValue<F[K]> ? K : never }[keyof F];
type StructValue<F> = { [K in Exclude<keyof F, OptionalNames<F>>]: ShapeValue<F[K]> } & {
  [K in OptionalNames<F>]?: ShapeValue<F[K]> | undefined;
};

function leaf<T>(format: (value: T) => string, parse: (text: string, where: string) => T): Shape<T> {
  return {
    write: (name, value) => `<${name}>${format(value)}</${name}>`,
    read(nodes, where) {
      const node = nodes[0];
      if (!node) throw new XmlError(`The element ${where} is missing.`);
      if (node.children.length > 0) throw new XmlError(`The element ${where} must hold text only.`);
      return parse(node.text, where);
    },
  };
}

/** Any text, unchanged. */
export const text: Shape<string> = leaf(escapeXml, (value) => value);

/** A whole number that a double holds exactly. */
export const int: Shape<number> = leaf(String, (value, where) => {
  const trimmed = value.trim();
  const number = Number(trimmed);
  if (!/^-?\d{1,16}$/.test(trimmed) || !Number.isSafeInteger(number)) {
    throw new XmlError(`The element ${where} must be a whole number.`);
  }
  return number;
});

/** Written exactly `true` or `false`; read in any case. */
export const bool: Shape<boolean> = leaf(String, (value, where) => {
  const word = value.trim().toLowerCase();
  if (word !== 'true' && word !== 'false') throw new XmlError(`The element ${where} must be true or false.`);
  return word === 'true';
});

/**
 * Milliseconds since the epoch, as `2025-01-02T03:04:05.000Z`. Written in whole seconds, as the vendor does: oss2 refuses
 * any other fraction than `.000`.
 */
export const time: Shape<number> = leaf(
  (value) => new Date(Math.floor(value / 1000) * 1000).toISOString(),
  (value, where) => {
    const trimmed = value.trim();
    const milliseconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(trimmed)
      ? Date.parse(trimmed)
      : Number.NaN;
    if (Number.isNaN(milliseconds)) {
      throw new XmlError(`The element ${where} must be a time such as 2025-01-02T03:04:05.000Z.`);
    }
    return milliseconds;
  },
);

/** One of a closed set of words, spelled exactly. */
export const word = <const W extends string>(...words: W[]): Shape<W> => oneOf(words, (text) => text);

/** The same in whatever capitals; written and given as listed. */
export const wordAnyCase = <const W extends string>(...words: W[]): Shape<W> =>
  oneOf(words, (text) => text.toLowerCase());

function oneOf<W extends string>(words: readonly W[], normal: (text: string) => string): Shape<W> {
  return leaf<W>(escapeXml, (value, where) => {
    const found = words.find((candidate) => normal(candidate) === normal(value.trim()));
    if (found === undefined) throw new XmlError(`The element ${where} must be one of ${words.join(', ')}.`);
    return found;
  });
}

/** An element that may be left out. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return {
    write: (name, value) => (value === undefined ? '' : shape.write(name, value)),
    read: (nodes, where) => (nodes.length === 0 ? undefined : shape.read(nodes, where)),
  };
}

/** The same element any number of times, one after the other without an element around them. */
export function list<T>(shape: Shape<T>): Shape<T[]> {
  return {
    write(name, values) {
      let written = '';
      for (const value of values) written += shape.write(name, value);
      return written;
    },
    read: (nodes, where) => nodes.map((node, index) => shape.read([node], `${where}[${index + 1}]`)),
  };
}

type MixedValue<F> = { [K in keyof F]: { [N in K]: ShapeValue<F[K]> } }[keyof F];

/** Elements of several names, any number of each, whose order among one another matters. */
export function mixed<F extends { [K in keyof F]: Shape<never> | Shape<unknown> }>(fields: F): Shape<MixedValue<F>[]> {
  const shapes = new Map(Object.entries(fields) as unknown as [string, Shape<unknown>][]);
  return {
    names: [...shapes.keys()],
    write(_name, values) {
      let written = '';
      for (const value of values) {
        for (const [name, inner] of Object.entries(value as object)) written += shapes.get(name)?.write(name, inner);
      }
      return written;
    },
    read: (nodes, where) =>
      nodes.map((node, index) => {
        const value = shapes.get(node.name)?.read([node], `${where}[${index + 1}]`);
        return { [node.name]: value } as MixedValue<F>;
      }),
  };
}

/** Named elements inside one element, written in the order declared, read in any order; unknown ones are ignored. */
export function struct<F extends { [K in keyof F]: Shape<never> | Shape<unknown> }>(fields: F): Shape<StructValue<F>> {
  const entries = Object.entries(fields) as unknown as [string, Shape<unknown>][];
  return {
    write(name, value) {
      const record = value as Record<string, unknown>;
      let inside = '';
      for (const [field, shape] of entries) inside += shape.write(field, record[field]);
      return `<${name}>${inside}</${name}>`;
    },
    read(nodes, where) {
      const node = nodes[0];
      if (!node) throw new XmlError(`The element ${where} is missing.`);
      if (node.children.length > 0 && node.text.trim() !== '') {
        throw new XmlError(`The element ${where} must not hold text between its elements.`);
      }
      const byName = new Map<string, XmlNode[]>();
      for (const child of node.children) {
        const same = byName.get(child.name);
        if (same) same.push(child);
        else byName.set(child.name, [child]);
      }
      const record: Record<string, unknown> = {};
      for (const [field, shape] of entries) {
        const { names } = shape;
        const found = names ? node.children.filter((child) => names.includes(child.name)) : byName.get(field);
        const value = shape.read(found ?? [], `${where}>${field}`);
        if (value !== undefined) record[field] = value;
      }
      return record as StructValue<F>;
    },
  };
}

/** A whole document: its root element's name and shape. */
export interface XmlDocument<T> {
  readonly root: string;
  encode(value: T): string;
  /** Throws `XmlError` with a message fit for clients. */
  decode(document: string, limits?: XmlLimits): T;
}

export const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** @param options how documents of this kind are parsed, where it differs from others. */
export function xmlDocument<T>(
  root: string,
  shape: Shape<T>,
  options: Pick<XmlLimits, 'controls'> = {},
): XmlDocument<T> {
  return {
    root,
    encode: (value) => PROLOG + shape.write(root, value),
    decode(document, limits) {
      const node = parseXml(document, { ...limits, ...options });
      if (node.name !== root) throw new XmlError(`The root element must be ${root}, not ${node.name.slice(0, 64)}.`);
      return shape.read([node], root);
    },
  };
}
