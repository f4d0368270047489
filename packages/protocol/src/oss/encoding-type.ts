/** Most of what is encoded needs nothing: this look costs a tenth of encoding it. */
const UNRESERVED = /^[A-Za-z0-9\-_.~]*$/;

const UNRESERVED_OR_SLASH = /^[A-Za-z0-9\-_.~/]*$/;

/** Percent-encodes everything but `A-Za-z0-9-_.~`: the vendor's encoding in V4 signatures and `encoding-type=url`. */
export function encodeText(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The same with `/` kept, as keys stand in a path. */
export function encodeKey(key: string): string {
  return UNRESERVED_OR_SLASH.test(key) ? key : encodeText(key).replaceAll('%2F', '/');
}

/**
 * How names are spelled in a listing: with `encoding-type=url` percent-encoded, a space as `%20` because some clients
 * would not turn a `+` back, and otherwise as they are.
 */
export function spellNames(encodingType: 'url' | undefined): (name: string) => string {
  return encodingType === 'url' ? encodeText : (name) => name;
}
