import { encodeKey, encodeText } from './encoding-type.ts';
import { type Codec, FieldError } from './fields.ts';

/** Any text. */
export const text: Codec<string> = { parse: (value) => value, format: (value) => value };

/** Vendor limit on prefixes, markers and delimiters: what no key can be as long as. */
const MAX_NAME_BYTES = 1023;

/** A key, or a part of one, that a listing looks for. */
export const listedName: Codec<string> = {
  parse(value, name) {
    // No character takes more than three bytes for each of its units.
    if (value.length * 3 > MAX_NAME_BYTES && new TextEncoder().encode(value).length > MAX_NAME_BYTES) {
      throw new FieldError(name, value, `The value of ${name} must not exceed ${MAX_NAME_BYTES} bytes.`);
    }
    return value;
  },
  format: (value) => value,
};

/** A whole number within bounds, both included. */
export function integer(min: number, max: number): Codec<number> {
  return {
    parse(value, name) {
      const number = /^\d{1,16}$/.test(value.trim()) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max)) {
        throw new FieldError(name, value, `The value of ${name} must be a whole number from ${min} to ${max}.`);
      }
      return number;
    },
    format: String,
  };
}

/** A whole number that cannot be wrong because it is only ever sent by the server. */
export const count: Codec<number> = integer(0, Number.MAX_SAFE_INTEGER);

export const flag: Codec<boolean> = {
  parse(value, name) {
    const word = value.trim().toLowerCase();
    if (word !== 'true' && word !== 'false')
      throw new FieldError(name, value, `The value of ${name} must be true or false.`);
    return word === 'true';
  },
  format: String,
};

/** One of a closed set of words; `anyCase` accepts other capitals and gives the word as listed. */
function oneOf<const W extends string>(words: readonly W[], anyCase: boolean): Codec<W> {
  return {
    parse(value, name) {
      const found = words.find((word) =>
        anyCase ? word.toLowerCase() === value.trim().toLowerCase() : word === value.trim(),
      );
      if (found === undefined)
        throw new FieldError(name, value, `The value of ${name} must be one of: ${words.join(', ')}.`);
      return found;
    },
    format: (value) => value,
  };
}
export const words = <const W extends string>(...list: W[]): Codec<W> => oneOf(list, false);
export const wordsAnyCase = <const W extends string>(...list: W[]): Codec<W> => oneOf(list, true);

let spelledSecond = 0;
let spelling = new Date(0).toUTCString();

/** Objects that are read together were often written together: spelling a date costs more than most headers do. */
function spellDate(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (second !== spelledSecond) {
    spelling = new Date(milliseconds).toUTCString();
    spelledSecond = second;
  }
  return spelling;
}

/** Milliseconds since the epoch, as an RFC 1123 date in GMT. */
export const httpDate: Codec<number> = {
  parse(value, name) {
    const milliseconds = Date.parse(value);
    if (Number.isNaN(milliseconds)) throw new FieldError(name, value, `The value of ${name} must be a date in GMT.`);
    return milliseconds;
  },
  format: spellDate,
};

/** Milliseconds since the epoch, spelled `2025-01-02T03:04:05.000Z`. */
export const isoDate: Codec<number> = {
  parse(value, name) {
    const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value.trim());
    const milliseconds = whole ? Date.parse(value.trim()) : Number.NaN;
    if (Number.isNaN(milliseconds)) {
      throw new FieldError(name, value, `The value of ${name} must be a date such as 2025-01-02T03:04:05.000Z.`);
    }
    return milliseconds;
  },
  format: (value) => new Date(value).toISOString(),
};

/**
 * A condition's date. Vendor rule: one that cannot be read is ignored, so it is NaN here and the reader drops it. A day's
 * name or a whole ISO date must come first, because `Date.parse` takes a mere number for a month or a year.
 */
export const conditionDate: Codec<number> = {
  parse: (value) => (/^\s*(?:[A-Za-z]{3,9}[, ]|\d{4}-\d\d-\d\dT)/.test(value) ? Date.parse(value) : Number.NaN),
  format: httpDate.format,
};

/** An ETag, in quotes on the wire and bare inside. */
export const quoted: Codec<string> = {
  parse: (value) => value.trim().replace(/^"|"$/g, ''),
  format: (value) => `"${value}"`,
};

/** Where a copy comes from. */
export interface CopySource {
  bucket: string;
  key: string;
  versionId?: string;
}

/** `/bucket/key?versionId=…`, percent-encoded; some clients leave out the first slash or encode every slash. */
export const copySource: Codec<CopySource> = {
  parse(value, name) {
    const refuse = (): never => {
      throw new FieldError(name, value, `The value of ${name} must be /bucket/key, with the key percent-encoded.`);
    };
    const question = value.search(/\?versionId=/);
    const path = question < 0 ? value : value.slice(0, question);
    let decoded = '';
    try {
      decoded = decodeURIComponent(path);
    } catch {
      return refuse();
    }
    const match = /^\/?([^/]+)\/(.+)$/s.exec(decoded);
    if (match?.[1] === undefined || match[2] === undefined) return refuse();
    const source: CopySource = { bucket: match[1], key: match[2] };
    if (question >= 0) source.versionId = value.slice(question + '?versionId='.length);
    return source;
  },
  format(source) {
    const version = source.versionId === undefined ? '' : `?versionId=${source.versionId}`;
    return `/${source.bucket}/${encodeKey(source.key)}${version}`;
  },
};

/** A version of an object. Not `text`: a client that sends `versionId=` names none. */
export const versionIdText: Codec<string> = { parse: (value) => value, format: (value) => value };

export interface Tag {
  key: string;
  value: string;
}

/** `k1=v1&k2=v2`, both percent-encoded, as a form has it. */
export const tagList: Codec<Tag[]> = {
  parse(value, name) {
    const decode = (part: string): string => {
      try {
        return decodeURIComponent(part.replaceAll('+', ' '));
      } catch {
        throw new FieldError(name, value, `The value of ${name} must be k1=v1&k2=v2, percent-encoded.`);
      }
    };
    return value.split('&').map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return { key: decode(pair), value: '' };
      if (pair.includes('=', equals + 1)) {
        throw new FieldError(name, value, `An equals sign in a tag of ${name} must be percent-encoded.`);
      }
      return { key: decode(pair.slice(0, equals)), value: decode(pair.slice(equals + 1)) };
    });
  },
  format: (tags) => tags.map(({ key, value }) => `${encodeText(key)}=${encodeText(value)}`).join('&'),
};

/** A key, percent-encoded; slashes may be, too. */
export const encodedKey: Codec<string> = {
  parse(value, name) {
    try {
      return decodeURIComponent(value);
    } catch {
      throw new FieldError(name, value, `The value of ${name} must be a key, percent-encoded.`);
    }
  },
  format: encodeKey,
};

/** `bytes=first-last`, both included, or `bytes=first-` for all that follows, as copies take it. */
export const copyRange: Codec<{ first: number; last: number | undefined }> = {
  parse(value, name) {
    const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(value.trim());
    const first = Number(match?.[1]);
    const last = match?.[2] ? Number(match[2]) : undefined;
    if (!match || (last !== undefined && first > last)) {
      throw new FieldError(name, value, `The value of ${name} must be bytes=FIRST-LAST or bytes=FIRST-.`);
    }
    return { first, last };
  },
  format: ({ first, last }) => `bytes=${first}-${last ?? ''}`,
};
