import { escapeXml, type XmlNode } from '../xml/index.ts';
import { MnsError, type MnsErrorCode } from './errors.ts';

/** Without the slash that the vendor's pages print at its end: the Java client binds errors to this form only. */
export const NAMESPACE = 'http://mns.aliyuncs.com/doc/v1';

/** How a value stands as one element, both ways. Reading throws `MnsError`s that name the element. */
export interface Shape<T> {
  read(node: XmlNode): T;
  /** The element with all its lines, indented, each ended by a line feed. */
  write(name: string, value: T, indent: string): string;
}

/** A value that is text, in an element, a query parameter, a header or a path. */
export interface Scalar<T> extends Shape<T> {
  parse(text: string, name: string): T;
  format(value: T): string;
}

export type ShapeValue<S> = S extends Shape<infer T> ? T : never;

function scalar<T>(parse: (text: string, name: string) => T, format: (value: T) => string): Scalar<T> {
  return {
    parse,
    format,
    read(node) {
      if (node.children.length > 0) {
        throw new MnsError('MalformedXML', `${node.name} must hold text only: write < as &lt; and & as &amp;.`);
      }
      return parse(node.text, node.name);
    },
    write: (name, value, indent) => `${indent}<${name}>${escapeXml(format(value))}</${name}>\n`,
  };
}

const refuse = (message: string): never => {
  throw new MnsError('InvalidArgument', message);
};

/** Text, unchanged, within bounds that count characters. */
export const text = (low = 0, high = Number.POSITIVE_INFINITY): Scalar<string> =>
  scalar(
    (value, name) => {
      // There are no more characters than code units, which cost nothing to count, and one at least where there are any.
      if (value.length <= high && (low === 0 || (low === 1 && value !== ''))) return value;
      const length = [...value].length;
      if (length >= low && length <= high) return value;
      return refuse(
        length < low
          ? `The value of ${name} should not be empty.`
          : `The value of ${name} should have at most ${high} characters.`,
      );
    },
    (value) => value,
  );

/** A whole number from `low` to `high`; `unit` is for the message. */
export const int = (low: number, high: number, unit = ''): Scalar<number> =>
  scalar((value, name) => {
    const number = /^-?\d{1,15}$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (number >= low && number <= high) return number;
    return refuse(`The value of ${name} should between ${low} and ${high}${unit && ` ${unit}`}, as a whole number.`);
  }, String);

/** Milliseconds or seconds since the epoch, and other numbers that only answers carry. */
export const count: Scalar<number> = int(0, Number.MAX_SAFE_INTEGER);

/** Written `True` or `False`, read in any case. */
export const flag: Scalar<boolean> = scalar(
  (value, name) => {
    const word = value.trim().toLowerCase();
    if (word === 'true' || word === 'false') return word === 'true';
    return refuse(`The value of ${name} should be True or False.`);
  },
  (value) => (value ? 'True' : 'False'),
);

/** One of a closed set of words, spelt exactly. */
export const oneOf = <const W extends string>(...words: W[]): Scalar<W> =>
  scalar<W>(
    (value, name) =>
      words.find((word) => word === value.trim()) ??
      refuse(`The value of ${name} should be one of ${words.join(', ')}.`),
    (value) => value,
  );

/** "Letters, digits and hyphens, beginning with a letter or digit"; 256 is the longest any of the vendor's pages allows. */
const resourceName = (invalid: MnsErrorCode, length: MnsErrorCode): Scalar<string> =>
  scalar(
    (value) => {
      if (value.length < 1 || value.length > 256) throw new MnsError(length);
      if (!/^[A-Za-z0-9][A-Za-z0-9-]*$/.test(value)) throw new MnsError(invalid);
      return value;
    },
    (value) => value,
  );

export const queueName = resourceName('InvalidQueueName', 'QueueNameLengthError');
export const topicName = resourceName('TopicNameInvalid', 'TopicNameLengthError');
export const subscriptionName = resourceName('SubsriptionNameInvalid', 'SubsriptionNameLengthError');

/** Named elements inside a struct: `T` is what the field holds, undefined included when it may be left out. */
export interface Member<T> {
  element: string;
  read(nodes: readonly XmlNode[]): T;
  write(value: T, indent: string): string;
}

export function required<T>(element: string, shape: Shape<T>): Member<T> {
  return {
    element,
    read([node]) {
      if (node === undefined) throw new MnsError('InvalidArgument', `The element ${element} is required.`);
      return shape.read(node);
    },
    write: (value, indent) => shape.write(element, value, indent),
  };
}

export function optional<T>(element: string, shape: Shape<T>): Member<T | undefined> {
  return {
    element,
    read: ([node]) => (node === undefined ? undefined : shape.read(node)),
    // An empty element inside an answer is damage to the Python client, so a value left out leaves no trace.
    write: (value, indent) => (value === undefined ? '' : shape.write(element, value, indent)),
  };
}

/** The same members, each of which may be left out. */
export function allOptional<F extends Record<string, Member<never> | Member<unknown>>>(
  members: F,
): { [K in keyof F]: Member<MemberValue<F[K]> | undefined> } {
  const relaxed = (Object.entries(members) as [string, Member<unknown>][]).map(([key, member]) => [
    key,
    {
      element: member.element,
      read: (nodes) => (nodes.length === 0 ? undefined : member.read(nodes)),
      write: (value, indent) => (value === undefined ? '' : member.write(value, indent)),
    } satisfies Member<unknown>,
  ]);
  return Object.fromEntries(relaxed);
}

/** The same element `low` to `high` times, with nothing around them. */
export function repeated<T>(element: string, shape: Shape<T>, low = 0, high = Number.POSITIVE_INFINITY): Member<T[]> {
  return {
    element,
    read(nodes) {
      if (nodes.length < low || nodes.length > high) {
        throw new MnsError('InvalidArgument', `The number of ${element} elements should between ${low} and ${high}.`);
      }
      return nodes.map((node) => shape.read(node));
    },
    write: (values, indent) => values.map((value) => shape.write(element, value, indent)).join(''),
  };
}

type MemberValue<M> = M extends Member<infer T> ? T : never;
type OptionalKeys<F> = { [K in keyof F]: undefined extends MemberValue<F[K]> ? K : never }[keyof F];

export type StructValue<F> = { [K in Exclude<keyof F, OptionalKeys<F>>]: MemberValue<F[K]> } & {
  [K in OptionalKeys<F>]?: Exclude<MemberValue<F[K]>, undefined>;
};

/** Elements inside an element, written in the order declared, read in any order; unknown ones are ignored. */
export function struct<F extends Record<string, Member<never> | Member<unknown>>>(members: F): Shape<StructValue<F>> {
  const entries = Object.entries(members) as [string, Member<unknown>][];
  return {
    read(node) {
      const value: Record<string, unknown> = {};
      for (const [key, member] of entries) {
        const found = member.read(node.children.filter((child) => child.name === member.element));
        if (found !== undefined) value[key] = found;
      }
      return value as StructValue<F>;
    },
    write(name, value, indent) {
      const record: Record<string, unknown> = value;
      const lines = entries.map(([key, member]) => member.write(record[key], `${indent}  `)).join('');
      // Nested elements must stand on lines of their own: the Python client reads the text node after the opening tag.
      return `${indent}<${name}>\n${lines}${indent}</${name}>\n`;
    },
  };
}

/** A whole document: its root element and what is in it. */
export interface Document<T> {
  root: string;
  shape: Shape<T>;
}

export const document = <T>(root: string, shape: Shape<T>): Document<T> => ({ root, shape });

/** Lays a document out byte for byte as the vendor does: prolog, two-space indent, line feeds, none at the end. */
export function encodeDocument<T>({ root, shape }: Document<T>, value: T): string {
  const element = shape.write(root, value, '');
  const inside = element.slice(`<${root}>\n`.length, -`</${root}>\n`.length);
  const opening = `<?xml version="1.0" ?>\n<${root} xmlns="${NAMESPACE}"`;
  return inside === '' ? `${opening}/>` : `${opening}>\n${inside}</${root}>`;
}
