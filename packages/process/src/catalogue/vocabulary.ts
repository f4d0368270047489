import { decodeBase64, encodeBase64 } from '../base64.ts';

/** A whole number in `[0, bound)`: where samples get their choices from. */
export type Choose = (bound: number) => number;

/** The outcome of reading one argument: its value, or what would be right instead. */
export type Reading<Value> = { value: Value } | { reason: string };

/** How one kind of value is written in a process string. */
export interface ValueType<Value> {
  /** For help texts and reference pages: `an integer from 1 to 100`. */
  readonly description: string;
  /** The words, where only certain words are allowed. */
  readonly words?: readonly string[];
  /** Set when a value may itself contain commas: says whether the next argument still belongs to this one. */
  continues?(argument: string): boolean;
  read(text: string): Reading<Value>;
  write(value: Value): string;
  /** Some valid text, for tests and fuzzing. */
  sample(choose: Choose): string;
}

export type Presence = 'required' | 'optional' | 'default';

export class Parameter<Value, P extends Presence = Presence> {
  readonly type: ValueType<Value>;
  readonly summary: string;
  readonly presence: P;
  /** What an absent parameter means; only when `presence` is `default`. */
  readonly fallback: Value | undefined;
  constructor(type: ValueType<Value>, summary: string, presence: P, fallback?: Value) {
    this.type = type;
    this.summary = summary;
    this.presence = presence;
    this.fallback = fallback;
  }
  optional(): Parameter<Value, 'optional'> {
    return new Parameter(this.type, this.summary, 'optional');
  }
  default(fallback: Value): Parameter<Value, 'default'> {
    return new Parameter(this.type, this.summary, 'default', fallback);
  }
}

const required = <Value>(type: ValueType<Value>, summary: string): Parameter<Value, 'required'> =>
  new Parameter(type, summary, 'required');

const within = (low: number, high: number, choose: Choose): number => low + choose(high - low + 1);

function integer(low: number, high: number, multipleOf: number, unit: string): ValueType<number> {
  const even = multipleOf === 2 ? 'an even integer' : 'an integer';
  const description = `${even} from ${low} to ${high}${unit}`;
  return {
    description,
    read(text) {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= low && value <= high && value % multipleOf === 0
        ? // `-0` would be written back as `0` and compare unequal: it is zero.
          { value: value + 0 }
        : { reason: `It must be ${description}.` };
    },
    write: String,
    sample: (choose) => String(Math.ceil(within(low, high, choose) / multipleOf) * multipleOf),
  };
}

/** A whole number, bounds included. */
export const int = (low: number, high: number, summary: string) => required(integer(low, high, 1, ''), summary);

/** A length or position in time; milliseconds throughout the OSS process string. */
export const timeMs = (summary: string) => required(integer(0, MAX_TIME_MS, 1, ' (milliseconds)'), summary);

/** About 11 days: longer than any media, short enough that sums stay exact. */
const MAX_TIME_MS = 999_999_999;

/** A decimal number, bounds included unless `above` excludes the lower one. */
export function number(low: number, high: number, summary: string, options: { above?: boolean } = {}) {
  const description = options.above ? `a number above ${low}, up to ${high}` : `a number from ${low} to ${high}`;
  return required<number>(
    {
      description,
      read(text) {
        const value = /^-?\d{1,12}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
        return value <= high && (options.above ? value > low : value >= low)
          ? { value: value + 0 }
          : { reason: `It must be ${description}.` };
      },
      write: (value) => (Math.abs(value) >= 1e-6 || value === 0 ? String(value) : value.toFixed(9)),
      sample: (choose) => {
        const value = low + (choose((high - low) * 100) + 1) / 100;
        return String(Number(value.toFixed(2)));
      },
    },
    summary,
  );
}

const list = (words: readonly (string | number)[]): string =>
  words.length === 1 ? `${words[0]}` : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;

/** One of some words, spelled exactly. */
export function oneOf<const Word extends string>(words: readonly Word[], summary: string) {
  const description = list(words);
  return required<Word>(
    {
      description,
      words,
      read(text) {
        const value = words.find((word) => word === text);
        return value === undefined ? { reason: `It must be ${description}.` } : { value };
      },
      write: (value) => value,
      sample: (choose) => words[choose(words.length)] ?? '',
    },
    summary,
  );
}

/** One of some numbers. */
export function oneOfNumbers<const N extends number>(numbers: readonly N[], summary: string) {
  const description = list(numbers);
  return required<N>(
    {
      description,
      words: numbers.map(String),
      read(text) {
        const value = numbers.find((candidate) => String(candidate) === text);
        return value === undefined ? { reason: `It must be ${description}.` } : { value };
      },
      write: String,
      sample: (choose) => String(numbers[choose(numbers.length)]),
    },
    summary,
  );
}

/** Off or on. */
export const flag = (summary: string) => oneOfNumbers([0, 1], summary);

/** The vendor's `…opt` triplet: use the target, use the source where it is lower, or fail where it is lower. */
export const lowerSource = (summary: string) => oneOfNumbers([0, 1, 2], summary);

/** Six hex digits, red green blue; upper case once read. */
export const colour = (summary: string) =>
  required<string>(
    {
      description: 'six hex digits RRGGBB, without #',
      read: (text) =>
        /^[0-9A-Fa-f]{6}$/.test(text)
          ? { value: text.toUpperCase() }
          : { reason: 'It must be six hex digits RRGGBB, without #.' },
      write: (value) => value,
      sample: (choose) => choose(0x1000000).toString(16).padStart(6, '0'),
    },
    summary,
  );

/** Text that travels as base64 of its UTF-8. Never empty. */
export const base64Text = (summary: string) =>
  required<string>(
    {
      description: 'base64 of UTF-8 text (URL-safe or standard, padded or not)',
      read(text) {
        const value = decodeBase64(text);
        if (value === undefined) return { reason: 'It must be base64 of UTF-8 text.' };
        return value === '' ? { reason: 'It must not be empty.' } : { value };
      },
      write: encodeBase64,
      sample: (choose) => encodeBase64(SAMPLE_TEXTS[choose(SAMPLE_TEXTS.length)] ?? 'a'),
    },
    summary,
  );

/** The key of another object, as base64 of its UTF-8. */
export const objectRef = base64Text;

const SAMPLE_TEXTS = ['a', 'dest.png', 'out/報告.png', 'subject?>~', 'images/photo 1.jpg', 'test-topic'];

/** Text that travels as base64, of so many bytes of UTF-8 at most, on one line. */
export const shortText = (bytes: number, summary: string) =>
  required<string>(
    {
      description: `base64 of 1 to ${bytes} bytes of UTF-8, on one line`,
      read(text) {
        const value = decodeBase64(text);
        if (value === undefined) return { reason: 'Input is not base64 decoding. It must be base64 of UTF-8 text.' };
        if (value === '') return { reason: 'It must not be empty.' };
        const length = new TextEncoder().encode(value).length;
        if (length > bytes) return { reason: `It has ${length} bytes of UTF-8; there may be ${bytes}.` };
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these cannot be drawn
        return /[\u0000-\u001f\u007f]/.test(value) ? { reason: 'It must be one line of text.' } : { value };
      },
      write: encodeBase64,
      sample: (choose) => encodeBase64(SAMPLE_LINES[choose(SAMPLE_LINES.length)] ?? 'a'),
    },
    summary,
  );

const SAMPLE_LINES = ['a', 'Hello World', '图片服务', 'サンプル', 'مرحبا', '© 2026', '<b>&amp;', '👍'];

/** One of some words that travel as base64. */
export function wordText<const Word extends string>(words: readonly Word[], summary: string) {
  const description = `base64 of ${list(words)}`;
  return required<Word>(
    {
      description,
      words,
      read(text) {
        const decoded = decodeBase64(text);
        const value = words.find((word) => word === decoded);
        return value === undefined ? { reason: `It must be ${description}.` } : { value };
      },
      write: encodeBase64,
      sample: (choose) => encodeBase64(words[choose(words.length)] ?? ''),
    },
    summary,
  );
}

/** Another picture, and what is done to it before it is used; '' for nothing. */
export interface PictureReference {
  key: string;
  process: string;
}

const PROCESS_MARK = '?x-oss-process=';

/** The key of a picture as base64, `?x-oss-process=…` behind it if need be. What that says, `decode` checks. */
export const pictureRef = (summary: string) =>
  required<PictureReference>(
    {
      description: 'base64 of a key, with ?x-oss-process=image/… behind it if need be',
      read(text) {
        const value = decodeBase64(text);
        if (value === undefined) return { reason: 'Input is not base64 decoding. It must be base64 of UTF-8 text.' };
        const mark = value.indexOf(PROCESS_MARK);
        const key = mark < 0 ? value : value.slice(0, mark);
        if (key === '') return { reason: 'It must name an object.' };
        return { value: { key, process: mark < 0 ? '' : value.slice(mark + PROCESS_MARK.length) } };
      },
      write: ({ key, process }) => encodeBase64(process === '' ? key : `${key}${PROCESS_MARK}${process}`),
      sample: (choose) => encodeBase64(SAMPLE_PICTURES[choose(SAMPLE_PICTURES.length)] ?? 'a'),
    },
    summary,
  );

const SAMPLE_PICTURES = ['panda.png', 'logos/標誌.png', 'panda.png?x-oss-process=image/resize,P_10/rotate,90'];

/** `WxH`, `Wx` or `xH` in pixels. At least one side is there. */
export interface Size {
  width?: number;
  height?: number;
}

/** A box in pixels; every side given is an even number within the bounds. */
export function size(low: number, high: number, summary: string) {
  const description = `WxH, Wx or xH, each side even and from ${low} to ${high} pixels`;
  const side = integer(low, high, 2, ' pixels');
  return required<Size>(
    {
      description,
      read(text) {
        const match = /^(\d{0,15})x(\d{0,15})$/.exec(text);
        const [, width = '', height = ''] = match ?? [];
        if (width === '' && height === '') return { reason: `It must be ${description}.` };
        const value: Size = {};
        for (const [name, digits] of [
          ['width', width],
          ['height', height],
        ] as const) {
          if (digits === '') continue;
          const reading = side.read(digits);
          if (!('value' in reading)) return { reason: `It must be ${description}.` };
          value[name] = reading.value;
        }
        return { value };
      },
      write: ({ width, height }) => `${width ?? ''}x${height ?? ''}`,
      sample(choose) {
        const form = choose(3);
        return `${form === 2 ? '' : side.sample(choose)}x${form === 1 ? '' : side.sample(choose)}`;
      },
    },
    summary,
  );
}

/** Pages `first` to `last`, counted from 1, both included. */
export interface PageRange {
  first: number;
  last: number;
}

const PLAIN_PAGES = /^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/;

/**
 * A list of pages: `1,2,4-10`. Some page versions of the vendor require base64 of that list and others show it plain, so
 * both are read. A plain list shares its comma with the grammar: arguments that look like `N` or `N-M` continue it.
 */
export const pageList = (summary: string) =>
  required<readonly PageRange[]>(
    {
      description: 'pages and ranges such as 1,2,4-10, counted from 1, plain or as base64',
      continues: (argument) => /^\d{1,9}(-\d{1,9})?$/.test(argument),
      read(text) {
        const plain = PLAIN_PAGES.test(text) ? text : (decodeBase64(text) ?? '');
        const reason = 'It must be a list of pages and ranges such as 1,2,4-10, counted from 1, plain or as base64.';
        if (!PLAIN_PAGES.test(plain)) return { reason };
        const value = plain.split(',').map((item) => {
          const [first = '', last = first] = item.split('-');
          return { first: Number(first), last: Number(last) };
        });
        return value.every(({ first, last }) => first >= 1 && first <= last) ? { value } : { reason };
      },
      write: (value) => value.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(','),
      sample(choose) {
        const ranges = Array.from({ length: 1 + choose(3) }, () => {
          const first = 1 + choose(50);
          return choose(2) === 0 ? `${first}` : `${first}-${first + choose(9)}`;
        });
        return choose(2) === 0 ? ranges.join(',') : encodeBase64(ranges.join(','));
      },
    },
    summary,
  );
