/**
 * Fails when an import points against the arrows of docs/design.md: `protocol` and `process` know nothing of ours, the
 * domain knows the process vocabulary only, stores and engines know the domain, front ends know protocol and domain,
 * and only the composition root knows everything. Also keeps the environment out of everything but the configuration.
 *
 * TypeScript 7 has no JavaScript API and the usual dependency checkers cannot read it yet, so imports are found by a
 * small scanner of our own that blanks comments and understands strings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Finding {
  /** Path from the root of the project, with `/`. */
  file: string;
  line: number;
  message: string;
}

interface Zone {
  name: string;
  /** Files of the zone, as a prefix of the path from the root. The longest prefix decides. */
  prefix: string;
  /** Zones it may import from besides itself. */
  may: readonly string[];
  /** Runs in a browser: no `node:` module. */
  browserSafe?: true;
  /** Node modules and packages it may not use although the package as a whole may. */
  without?: { modules: readonly string[]; because: string };
}

const server = 'packages/server/src/';
const outsideWorld = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'http',
  'http2',
  'https',
  'net',
  'sqlite',
  'tls',
  'worker_threads',
].map((name) => `node:${name}`);

const zones: readonly Zone[] = [
  { name: 'crc64', prefix: 'packages/crc64/', may: [], browserSafe: true },
  { name: 'protocol', prefix: 'packages/protocol/', may: [], browserSafe: true },
  { name: 'process', prefix: 'packages/process/', may: [], browserSafe: true },
  {
    name: 'domain',
    prefix: `${server}domain/`,
    may: ['process', 'crc64'],
    without: {
      modules: [...outsideWorld, 'better-sqlite3', 'pg', 'sharp', 'saxes', 'pino', 'prom-client'],
      because: 'the domain reaches networks, databases, programs and decoders through domain/ports only',
    },
  },
  { name: 'stores', prefix: `${server}stores/`, may: ['domain'] },
  { name: 'engines', prefix: `${server}engines/`, may: ['domain', 'process'] },
  { name: 'http', prefix: `${server}http/`, may: ['domain', 'protocol'] },
  { name: 'oss', prefix: `${server}oss/`, may: ['http', 'domain', 'protocol'] },
  { name: 'rpc', prefix: `${server}rpc/`, may: ['http', 'domain', 'protocol'] },
  { name: 'imm', prefix: `${server}imm/`, may: ['rpc', 'http', 'domain', 'protocol'] },
  { name: 'mns', prefix: `${server}mns/`, may: ['http', 'domain', 'protocol'] },
  { name: 'mns-open', prefix: `${server}mns-open/`, may: ['rpc', 'http', 'domain', 'protocol'] },
  { name: 'sts', prefix: `${server}sts/`, may: ['rpc', 'http', 'domain', 'protocol'] },
  { name: 'ram', prefix: `${server}ram/`, may: ['rpc', 'http', 'domain', 'protocol'] },
  { name: 'admin', prefix: `${server}admin/`, may: ['http', 'domain', 'protocol'] },
  {
    name: 'server',
    prefix: server,
    may: [
      'protocol',
      'process',
      'domain',
      'stores',
      'engines',
      'http',
      'oss',
      'rpc',
      'imm',
      'mns',
      'mns-open',
      'sts',
      'ram',
      'admin',
    ],
  },
  { name: 'sdk', prefix: 'packages/sdk/', may: ['protocol', 'process', 'crc64'], browserSafe: true },
  { name: 'sdk-node', prefix: 'packages/sdk/src/node/', may: ['sdk', 'protocol', 'process', 'crc64'] },
  { name: 'cli', prefix: 'packages/cli/', may: ['sdk'] },
  { name: 'console', prefix: 'packages/console/', may: ['sdk'], browserSafe: true },
  { name: 'testkit', prefix: 'packages/testkit/', may: ['protocol', 'process', 'server', 'sdk', 'domain'] },
];

const packageZones: Readonly<Record<string, string>> = {
  '@millrace/crc64': 'crc64',
  '@millrace/protocol': 'protocol',
  '@millrace/process': 'process',
  '@millrace/server': 'server',
  '@millrace/testkit': 'testkit',
  '@millrace/cli': 'cli',
  '@millrace/console': 'console',
  millrace: 'sdk',
};

/** Tests, and the contract suites that only tests call, may use anything: they stand outside what runs. */
const isTest = (file: string): boolean => /\.test\.ts$|\/contract\//.test(file);
/**
 * `main.ts` hands the environment to `readConfig`, the testkit starts servers with settings, and the SDK reads keys from
 * it when it is asked to.
 */
const mayReadEnvironment = (file: string): boolean =>
  /\/src\/(?:config|main)\.ts$/.test(file) ||
  file === 'packages/sdk/src/node/environment.ts' ||
  file.startsWith('packages/testkit/');

function zoneOf(file: string): Zone | undefined {
  return zones
    .filter((zone) => file.startsWith(zone.prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)
    .at(0);
}

export interface SourceFile {
  file: string;
  text: string;
  /** Names in `dependencies` of the package the file belongs to. */
  dependencies: ReadonlySet<string>;
}

export function checkSource(source: SourceFile): Finding[] {
  const zone = zoneOf(source.file);
  if (zone === undefined || isTest(source.file)) return [];
  const findings: Finding[] = [];
  const { code, strings } = scan(source.text);
  const lineAt = (offset: number): number => source.text.slice(0, offset).split('\n').length;
  for (const { specifier, started, offset } of importsOf(code, strings)) {
    const message = judge(source, zone, specifier, started);
    if (message !== undefined) findings.push({ file: source.file, line: lineAt(offset), message });
  }
  if (!mayReadEnvironment(source.file)) {
    for (const match of code.matchAll(/\bprocess\s*\.\s*env\b|\bprocess\s*\[/g)) {
      const message = 'reads process.env; declare a setting in config.ts and pass its value in';
      findings.push({ file: source.file, line: lineAt(match.index), message });
    }
  }
  return findings;
}

function judge(source: SourceFile, zone: Zone, specifier: string, started: boolean): string | undefined {
  if (specifier.startsWith('.')) {
    const target = resolve('/', dirname(source.file), specifier).slice(1);
    const home = source.file.split('/').slice(0, 2).join('/');
    // A program of another package can only be started by its path.
    if (!started && !target.startsWith(`${home}/`))
      return `"${specifier}" leaves the package; import it by its package name`;
    const targetZone = zoneOf(target);
    if (targetZone === undefined) return undefined;
    return judgeArrow(zone, targetZone.name, specifier);
  }
  if (isBuiltin(specifier)) {
    if (!specifier.startsWith('node:')) return `"${specifier}" must be written "node:${specifier}"`;
    if (zone.browserSafe) return `"${specifier}" does not exist in a browser, where packages/${zone.name} must run`;
  } else {
    const name = packageName(specifier);
    const ours = packageZones[name];
    if (ours !== undefined) {
      const arrow = judgeArrow(zone, ours, specifier);
      if (arrow !== undefined) return arrow;
    }
    if (!source.dependencies.has(name)) return `"${name}" is not among the dependencies in this package's package.json`;
  }
  if (zone.without?.modules.includes(isBuiltin(specifier) ? specifier : packageName(specifier))) {
    return `"${specifier}" may not be used in ${zone.name}: ${zone.without.because}`;
  }
  return undefined;
}

function judgeArrow(from: Zone, to: string, specifier: string): string | undefined {
  if (from.name === to || from.may.includes(to)) return undefined;
  const may = from.may.length === 0 ? 'nothing of ours' : from.may.join(', ');
  return `${from.name} may not import ${to} ("${specifier}"); it may import ${may}`;
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

interface FoundImport {
  specifier: string;
  /** Named by URL to run in a process or thread of its own, not loaded into this one. */
  started: boolean;
  offset: number;
}

/** Static and dynamic imports, re-exports, `require`, and modules started by URL (worker threads, child programs). */
function importsOf(code: string, strings: readonly string[]): FoundImport[] {
  const found: FoundImport[] = [];
  const forms = [
    /\b(?:import|export)\b[^;'"`=()]*?\bfrom\s*"(\d+)"/g,
    /\bimport\s*"(\d+)"/g,
    /\b(?:import|require|import\s*\.\s*meta\s*\.\s*resolve)\s*\(\s*"(\d+)"/g,
    /\bnew\s+URL\s*\(\s*"(\d+)"\s*,\s*import\s*\.\s*meta/g,
  ];
  for (const form of forms) {
    for (const match of code.matchAll(form)) {
      const specifier = strings[Number(match[1])];
      if (specifier === undefined) continue;
      // Folders and data files are no arrows.
      if (specifier.startsWith('.') && !/\.[cm]?[jt]sx?$/.test(specifier)) continue;
      found.push({ specifier, started: match[0].startsWith('new'), offset: match.index });
    }
  }
  return found;
}

/**
 * The code with comments, regular expressions and template texts blanked and each string replaced by the number of its
 * content, all at unchanged line numbers.
 */
export function scan(text: string): { code: string; strings: string[] } {
  const strings: string[] = [];
  let code = '';
  let at = 0;
  /** Depth of braces for each template expression we are inside of. */
  const templates: number[] = [];
  let braces = 0;

  const blank = (end: number): void => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  const endOfQuoted = (quote: string): number => {
    let end = at + 1;
    while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
    return end + 1;
  };
  const endOfRegularExpression = (): number => {
    let end = at + 1;
    let inClass = false;
    while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
      if (text[end] === '[') inClass = true;
      if (text[end] === ']') inClass = false;
      end += text[end] === '\\' ? 2 : 1;
    }
    return end + 1;
  };
  /** From `at` to the next `${` or the closing backquote, both included. */
  const templateText = (): void => {
    let end = at;
    while (end < text.length && text[end] !== '`' && !(text[end] === '$' && text[end + 1] === '{')) {
      end += text[end] === '\\' ? 2 : 1;
    }
    if (text[end] === '$') {
      blank(end + 2);
      templates.push(braces);
    } else {
      blank(end + 1);
    }
  };

  while (at < text.length) {
    const character = text[at] ?? '';
    const pair = text.slice(at, at + 2);
    if (pair === '//') {
      const end = text.indexOf('\n', at);
      blank(end < 0 ? text.length : end);
    } else if (pair === '/*') {
      const end = text.indexOf('*/', at + 2);
      blank(end < 0 ? text.length : end + 2);
    } else if (character === "'" || character === '"') {
      const end = endOfQuoted(character);
      code += `"${strings.push(text.slice(at + 1, end - 1)) - 1}"`;
      at = end;
    } else if (character === '`') {
      blank(at + 1);
      templateText();
    } else if (character === '/' && startsRegularExpression(code)) {
      blank(endOfRegularExpression());
    } else if (character === '}' && templates.at(-1) === braces) {
      templates.pop();
      blank(at + 1);
      templateText();
    } else {
      if (character === '{') braces += 1;
      if (character === '}') braces -= 1;
      code += character;
      at += 1;
    }
  }
  return { code, strings };
}

/** A slash divides after a value and starts a regular expression anywhere else. */
function startsRegularExpression(before: string): boolean {
  const last = before.trimEnd();
  if (/(?:^|[^.\w$])(?:return|typeof|case|in|of|do|else|await|yield|void|delete|throw)$/.test(last)) return true;
  return last === '' || !/[\w$)\]}"]$/.test(last);
}

export function checkTree(root: string): Finding[] {
  const findings: Finding[] = [];
  const packages = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of packages) {
    const folder = join(root, 'packages', name);
    const declared: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const dependencies = new Set(dependencyNames(declared));
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || path.includes(`${sep}node_modules${sep}`)) continue;
      const file = relative(root, path).split(sep).join('/');
      findings.push(...checkSource({ file, text: readFileSync(path, 'utf8'), dependencies }));
    }
  }
  return findings;
}

function dependencyNames(declared: unknown): string[] {
  if (typeof declared !== 'object' || declared === null || !('dependencies' in declared)) return [];
  return typeof declared.dependencies === 'object' && declared.dependencies !== null
    ? Object.keys(declared.dependencies)
    : [];
}

if (import.meta.main) {
  const findings = checkTree(resolve(dirname(fileURLToPath(import.meta.url)), '..'));
  for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
  if (findings.length > 0) process.exitCode = 1;
  else console.log('every import follows the arrows of docs/design.md');
}
