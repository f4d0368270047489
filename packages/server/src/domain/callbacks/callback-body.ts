/** What a callback may say about an object, by variable name. Numbers stand bare in JSON. */
export type CallbackFacts = Readonly<Record<string, string | number>>;

const VARIABLE = /\$\{([^{}]*)\}/g;

/** The names of the variables that a template uses. */
export function variablesOf(template: string): ReadonlySet<string> {
  return new Set([...template.matchAll(VARIABLE)].map((match) => match[1] ?? ''));
}

/** Fills in a form: "variables in callbackBody are replaced with URL-encoded values". Unknown ones are empty. */
export function fillForm(template: string, facts: CallbackFacts): string {
  return template.replace(VARIABLE, (_, name: string) => encodeURIComponent(facts[name] ?? ''));
}

/**
 * Fills in JSON: a variable that stands for a value of its own becomes one, in quotes unless it is a number; one inside
 * a string becomes part of that string. Undefined when what comes out is no JSON.
 */
export function fillJson(template: string, facts: CallbackFacts): string | undefined {
  let filled = '';
  let at = 0;
  let inString = false;
  for (const match of template.matchAll(VARIABLE)) {
    const before = template.slice(at, match.index);
    inString = endsInString(before, inString);
    const value = facts[match[1] ?? ''] ?? '';
    const quoted = JSON.stringify(value);
    filled += before + (inString ? JSON.stringify(String(value)).slice(1, -1) : quoted);
    at = match.index + match[0].length;
  }
  filled += template.slice(at);
  try {
    JSON.parse(filled);
    return filled;
  } catch {
    return undefined;
  }
}

/** Whether JSON text that began inside a string, or outside of one, ends inside of one. */
function endsInString(text: string, inString: boolean): boolean {
  let inside = inString;
  for (let at = 0; at < text.length; at++) {
    if (inside && text[at] === '\\') at++;
    else if (text[at] === '"') inside = !inside;
  }
  return inside;
}
