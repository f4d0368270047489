/**
 * Whether a pattern fits a whole text: `*` stands for any run of characters, `?` for one. Takes time in proportion to
 * both lengths multiplied at worst, unlike a regular expression made of the same pattern.
 */
export function fitsPattern(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (at < text.length) {
    const wanted = pattern[from];
    if (wanted === '*') {
      star = from++;
      retry = at;
    } else if (wanted === '?' || wanted === text[at]) {
      from++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more.
      from = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}
