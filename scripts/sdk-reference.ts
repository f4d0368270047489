/**
 * docs/sdk-reference.md: what the SDK exports, from the comments in its source, and every operation, from the
 * declarations. Without arguments this fails when the page is not what follows from them; `--write` writes it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mediaOperations, type OperationDeclaration } from '@millrace/process';
import { imm2017Operations, imm2020Operations } from '@millrace/protocol/imm';
import { operations as mnsOperations } from '@millrace/protocol/mns';
import { type Field, fieldList, type Operation, served } from '@millrace/protocol/oss';
import { ramOperations } from '@millrace/protocol/ram';
import type { RpcOperation } from '@millrace/protocol/rpc';
import { assumeRole, getCallerIdentity } from '@millrace/protocol/sts';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs/sdk-reference.md');
const source = join(root, 'packages/sdk/src');

interface Exported {
  name: string;
  file: string;
  /** The first lines of the declaration, without its body. */
  signature: string;
  comment: string;
  members: readonly Member[];
}

/** A property of an interface, or a public method of a class. */
interface Member {
  signature: string;
  comment: string;
}

/** What a module exports, followed through `export … from` to where it is declared. */
function exportsOf(file: string): Exported[] {
  const text = readFileSync(file, 'utf8');
  const found: Exported[] = [];
  for (const [, names = '', from = ''] of text.matchAll(/^export (?:type )?(\{[^}]*\}|\*) from '(\.[^']+)';/gms)) {
    const target = resolve(dirname(file), from);
    if (names === '*') {
      found.push(...exportsOf(target));
      continue;
    }
    for (const one of names.slice(1, -1).split(',')) {
      const [original = '', shown = original] = one
        .trim()
        .replace(/^type /, '')
        .split(' as ');
      if (original !== '') found.push(declared(target, original, shown));
    }
  }
  for (const [, name = ''] of text.matchAll(/^export (?:async )?(?:function\*?|class|const|interface|type) (\w+)/gm)) {
    found.push(declared(file, name, name));
  }
  return found;
}

/** Throws for an export that nothing is said of: a name alone explains itself to who wrote it. */
function declared(file: string, name: string, shown: string): Exported {
  const lines = readFileSync(file, 'utf8').split('\n');
  const opening = new RegExp(`^export (?:abstract )?(?:async )?(?:function\\*?|class|const|interface|type) ${name}\\b`);
  const at = lines.findIndex((line) => opening.test(line));
  if (at < 0) throw new Error(`${file} exports ${name} in a way that this script does not read`);
  const comment = plain(commentAbove(lines, at));
  if (comment === '') throw new Error(`${file} says nothing of ${name}`);
  return { name: shown, file, signature: signatureFrom(lines.slice(at)), comment, members: membersFrom(lines, at) };
}

function commentAbove(lines: readonly string[], at: number): string {
  const comment: string[] = [];
  if (!lines[at - 1]?.trim().endsWith('*/')) return '';
  for (let line = at - 1; line >= 0; line--) {
    comment.unshift(lines[line] ?? '');
    if (lines[line]?.trim().startsWith('/**')) break;
  }
  return comment.join('\n');
}

/** What an interface has, and what of a class is for its users. The formatter puts each at two spaces. */
function membersFrom(lines: readonly string[], at: number): Member[] {
  const found: Member[] = [];
  if (!/^export (?:interface|class)/.test(lines[at] ?? '') || lines[at]?.endsWith('}')) return found;
  for (let line = at + 1; line < lines.length && lines[line] !== '}'; line++) {
    if (!/^ {2}(?:readonly |async |\*)*(?!constructor|override|readonly|async)[a-z[]/.test(lines[line] ?? '')) continue;
    let last = line;
    while (!/(?:;|\{)$/.test(lines[last] ?? '') && last - line < 8) last++;
    const text = lines
      .slice(line, last + 1)
      .join(' ')
      .trim();
    // A method's body and a property's value are not what it is.
    const signature = text
      .replace(/ ?\{$/, '')
      .replace(/ = .*;$/, '')
      .replace(/;$/, '');
    found.push({
      signature: signature.replace(/\( +/, '(').replace(/,? +\)/, ')'),
      comment: plain(commentAbove(lines, line)),
    });
    line = last;
  }
  return found;
}

/** Up to the brace that opens a body, or the end of the statement. */
function signatureFrom(lines: readonly string[]): string {
  const text = lines
    .slice(0, 30)
    .join('\n')
    .replace(/^export /, '');
  if (/^const \w+ = (?:async )?\(/.test(text)) return text.slice(0, text.indexOf(' =>')).replace(' = ', '');
  if (/^(?:interface|class)/.test(text)) return text.slice(0, text.indexOf('{')).trim();
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if ('([{'.includes(character)) {
      const body =
        character === '{' &&
        depth === 0 &&
        /[)>\]\w]\s*$/.test(text.slice(0, at)) &&
        /^async function|^function/.test(text);
      if (body) return text.slice(0, at).trim();
      depth++;
    } else if (')]}'.includes(character)) depth--;
    else if (depth === 0 && (character === ';' || (character === '=' && text[at + 1] !== '>' && /^const/.test(text)))) {
      return text.slice(0, at).trim();
    }
  }
  return text.split('\n')[0] ?? '';
}

/** A comment without its stars, as one paragraph. */
const plain = (comment: string): string =>
  comment
    .replace(/^\s*\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .replace(/@param (\w+)/g, '`$1`:')
    .trim();

const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
const small = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

function exportTable(exported: readonly Exported[]): string {
  const rows = exported
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, signature, comment, file }) => {
      const link = relative(join(root, 'docs'), file);
      return `| [\`${name}\`](${link}) | \`${cell(signature)}\` | ${cell(comment)} |`;
    });
  return ['| name | | |', '|---|---|---|', ...rows].join('\n');
}

/** What the interfaces and classes of a table have, each under its name. */
function memberTables(exported: readonly Exported[]): string {
  return exported
    .filter(({ members }) => members.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, members }) => {
      const rows = members.map(({ signature, comment }) => `| \`${cell(signature)}\` | ${cell(comment)} |`);
      return [`### \`${name}\``, '', '| has | |', '|---|---|', ...rows].join('\n');
    })
    .join('\n\n');
}

function fieldText([name, field]: [string, Field]): string {
  const required = 'required' in field && field.required;
  return `${name}${required || field.place === 'xml' ? '' : '?'}`;
}

function ossTable(): string {
  const rows = (Object.values(served) as Operation[])
    .filter(({ signedIn }) => signedIn !== 'form')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((operation) => {
      const address = { service: [], bucket: ['bucket'], object: ['bucket', 'key'] }[operation.level];
      const input = [...address, ...fieldList(operation.input).map(fieldText)].join(', ');
      const output = fieldList(operation.output)
        .map(([name]) => name)
        .join(', ');
      const query = operation.select.filter((condition) => !condition.startsWith('@')).map((one) => `?${one}`);
      return `| \`${small(operation.name)}\` | ${operation.methods[0]} ${query.join(' ')} | ${input} | ${output} |`;
    });
  return ['| method | request | takes | gives |', '|---|---|---|---|', ...rows].join('\n');
}

function mnsTable(): string {
  const rows = mnsOperations
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, method, path, fields, request, summary }) => {
      const input = [
        ...Object.entries(fields).map(([field, { missing }]) => `${field}${missing ? '' : '?'}`),
        ...(request ? ['body'] : []),
      ];
      return `| \`${small(name)}\` | ${method} ${path} | ${input.join(', ')} | ${cell(summary)} |`;
    });
  return ['| method | request | takes | |', '|---|---|---|---|', ...rows].join('\n');
}

function rpcTable(operations: Readonly<Record<string, RpcOperation>>): string {
  const rows = Object.entries(operations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([method, { input }]) => {
      const fields = Object.entries(input).map(([name, { required }]) => `${name}${required ? '' : '?'}`);
      return `| \`${method}\` | ${fields.join(', ')} |`;
    });
  return ['| method | takes |', '|---|---|', ...rows].join('\n');
}

function processTable(): string {
  const rows = (mediaOperations as readonly OperationDeclaration[]).map(({ name, summary, door, params }) => {
    const [family = '', action = ''] = name.split('/');
    const method = action.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    return `| \`${family}().${method}\` | ${Object.keys(params).join(', ')} | ${cell(summary)} | ${door} |`;
  });
  return ['| step | parameters | | door |', '|---|---|---|---|', ...rows].join('\n');
}

export function sdkReference(): string {
  const shared = exportsOf(join(source, 'exports.ts'));
  const own = (file: string): Exported[] => {
    const names = new Set(shared.map(({ name }) => name));
    return exportsOf(file).filter(({ name }) => !names.has(name));
  };
  return `${[
    '# Reference of the SDK',
    'Made by `npm run reference` from the comments in `packages/sdk` and from the declarations that the server is built from; the guide is [sdk.md](sdk.md). A `?` stands behind what may be left out. Every method takes the options of the call as its second argument.',
    '## In Node and in browsers',
    exportTable(shared),
    memberTables(shared),
    '## In Node only',
    exportTable(own(join(source, 'node/index.ts'))),
    memberTables(own(join(source, 'node/index.ts'))),
    '## In browsers only (`millrace/browser`)',
    exportTable(
      own(join(source, 'browser.ts')).filter(
        ({ name }) => !['Oss', 'Mns', 'Sts', 'Ram', 'Imm', 'Imm2017'].includes(name),
      ),
    ),
    '## Methods of `Oss`',
    ossTable(),
    '## Methods of `Mns`',
    mnsTable(),
    '## Methods of `Sts`',
    rpcTable({ assumeRole, getCallerIdentity }),
    '## Methods of `Ram`',
    rpcTable(ramOperations),
    '## Methods of `Imm`',
    rpcTable(imm2020Operations),
    '## Methods of `Imm2017`',
    rpcTable(imm2017Operations),
    '## Steps of process strings',
    processTable(),
  ].join('\n\n')}\n`;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const made = sdkReference();
  if (process.argv.includes('--write')) writeFileSync(page, made);
  else if (readFileSync(page, 'utf8') !== made) {
    console.error('docs/sdk-reference.md is not up to date: npm run reference writes it.');
    process.exitCode = 1;
  }
}
