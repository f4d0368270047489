import { loadModule, type Node, parseSync, type ScanToken, type SelectStmt, scanSync } from 'libpg-query';
import type { Step } from './json-path.ts';
import { statementFault } from './select-fault.ts';

/** Vendor's limit. */
const LONGEST_STATEMENT = 16 * 1024;

/** Three levels of the tree for each operator: some 250 inside one another. */
const DEEPEST = 750;

/** What the vendor's dialect means by these words; any other word is a name, whatever PostgreSQL reserves it for. */
const KEYWORDS = new Set(
  'select from where and or not like between in is null true false as cast limit escape'.split(' '),
);

/** A statement as PostgreSQL's own parser reads it, with paths taken out: the column `"7"` stands for `paths[7]`. */
export interface ParsedStatement {
  select: SelectStmt;
  paths: readonly (readonly Step[])[];
}

await loadModule();

/**
 * Reads a statement with the scanner and the parser of PostgreSQL. Its grammar knows no `ossobject.list[*].name`, so paths
 * become names of columns before it sees them. Throws `SelectFault`.
 */
export function parseStatement(statement: string): ParsedStatement {
  if (Buffer.byteLength(statement) > LONGEST_STATEMENT) {
    throw statementFault(`A statement has at most ${LONGEST_STATEMENT} bytes.`);
  }
  const { text, paths } = takePaths(scan(statement));
  const tree = parse(text);
  refuseDeep(tree);
  return { select: onlySelect(tree), paths };
}

/** Whoever walks through the tree, here and in SQLite, does so by calling itself. */
function refuseDeep(tree: unknown): void {
  const waiting: [unknown, number][] = [[tree, 0]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [value, depth] = next;
    if (depth > DEEPEST) throw statementFault('The statement is nested too deep.');
    if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) waiting.push([inner, depth + 1]);
    }
  }
}

function scan(statement: string): ScanToken[] {
  if (statement.trim() === '') throw statementFault('The statement is empty.');
  if (statement.includes('\0')) throw statementFault('A statement must not contain NUL characters.');
  // The vendor reads past one quote too many at the end, and its clients' own tests rely on it.
  const quotes = statement.split("'").length - 1;
  const text = quotes % 2 === 1 ? statement.replace(/'\s*$/, '') : statement;
  try {
    return scanSync(text).tokens;
  } catch {
    throw statementFault('A string or a quoted name is never closed, or a character is in no token of SQL.');
  }
}

function parse(text: string): Node[] {
  try {
    return parseSync(text).stmts?.flatMap(({ stmt }) => (stmt ? [stmt] : [])) ?? [];
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw statementFault(`The statement cannot be read: ${readable(what)}.`);
  }
}

/** Messages quote the stand-ins of paths. */
const readable = (message: string): string => message.replace(/ at or near ""\d+""| at or near "\d+"/, ' near a name');

function onlySelect(statements: Node[]): SelectStmt {
  const [statement, ...others] = statements;
  if (!statement) throw statementFault('The statement is empty.');
  if (others.length > 0) throw statementFault('There must be one statement only.');
  if (!('SelectStmt' in statement)) throw statementFault('Only SELECT … FROM ossobject is possible.');
  return statement.SelectStmt;
}

const isWord = (token: ScanToken | undefined): token is ScanToken =>
  token !== undefined && (/^"(?:[^"]|"")+"$/.test(token.text) || /^[\p{L}_][\p{L}\p{M}\p{N}_$]*$/u.test(token.text));

const nameOf = (token: ScanToken): string =>
  token.text.startsWith('"') ? token.text.slice(1, -1).replaceAll('""', '"') : token.text;

const isKeyword = (token: ScanToken | undefined): boolean =>
  token !== undefined && KEYWORDS.has(token.text.toLowerCase());

function takePaths(tokens: readonly ScanToken[]): { text: string; paths: Step[][] } {
  const paths: Step[][] = [];
  const written: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.text.startsWith('--') || token.text.startsWith('/*')) {
      at += 1;
    } else if (!isWord(token) || isKeyword(token) || tokens[at + 1]?.text === '(') {
      written.push(token.text);
      at += 1;
    } else {
      const { path, end } = takePath(tokens, at);
      at = end;
      // `AS a AS b`: the vendor takes the last one.
      const renamed = written.at(-1)?.toLowerCase() === 'as' && tokens[at]?.text.toLowerCase() === 'as';
      if (renamed && isWord(tokens[at + 1])) written.pop();
      else written.push(`"${paths.push(path) - 1}"`);
    }
  }
  return { text: written.join(' '), paths };
}

/** `name`, followed by any number of `.name`, `[3]` and `[*]`. */
function takePath(tokens: readonly ScanToken[], from: number): { path: Step[]; end: number } {
  const path: Step[] = [{ key: nameOf(tokens[from] as ScanToken) }];
  let at = from + 1;
  for (;;) {
    const [mark, step, closing] = tokens.slice(at, at + 3);
    if (mark?.text === '.' && isWord(step)) {
      path.push({ key: nameOf(step) });
      at += 2;
    } else if (mark?.text === '[' && step?.text === '*' && closing?.text === ']') {
      path.push('all');
      at += 3;
    } else if (mark?.text === '[' && /^\d{1,9}$/.test(step?.text ?? '') && closing?.text === ']') {
      path.push({ index: Number(step?.text) });
      at += 3;
    } else return { path, end: at };
  }
}
