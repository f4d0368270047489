/** How a statement of the records is said to PostgreSQL. */
export interface StatementText {
  text: string;
  /** The names of what is bound, in order, or undefined when it is bound by place. */
  names: string[] | undefined;
}

/** What is quoted, a place, a name, or an identifier with a capital inside, which PostgreSQL would read in lower case. */
const TOKENS = /'(?:[^']|'')*'|"[^"]*"|\?|@(\w+)|\b[a-z]+[A-Z]\w*\b/g;

export function statementText(sql: string): StatementText {
  const names: string[] = [];
  let places = 0;
  const text = sql.replace(TOKENS, (token, name: string | undefined) => {
    if (token === '?') return `$${++places}`;
    if (name === undefined) return /^['"]/.test(token) ? token : `"${token}"`;
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  });
  return { text, names: names.length > 0 ? names : undefined };
}
