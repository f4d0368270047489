/**
 * Whether a pattern of policies matches a whole text: `*` stands for any run of characters, none and `/` included, `?`
 * for exactly one. Takes time in the product of both lengths at worst, whatever the pattern, because patterns come from
 * users.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let resume = 0;
  while (place < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at++;
      resume = place;
    } else if (wanted === '?') {
      at += 1;
      place += characterLength(text, place);
    } else if (wanted !== undefined && wanted === text[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      // What stood behind the last star did not fit: let the star take one character more.
      at = star + 1;
      resume += characterLength(text, resume);
      place = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Characters past the first plane take two places in a string. */
const characterLength = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
