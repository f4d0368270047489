import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSource, scan } from './check-arrows.ts';

function messages(file: string, text: string, dependencies: string[] = []): string[] {
  return checkSource({ file, text, dependencies: new Set(dependencies) }).map((finding) => finding.message);
}

test('the domain may import the process vocabulary and nothing above it', () => {
  const file = 'packages/server/src/domain/media/plan.ts';
  const process = ['@millrace/process', '@millrace/protocol'];
  assert.deepEqual(messages(file, "import { parse } from '@millrace/process';", process), []);
  assert.match(
    messages(file, "import { x } from '@millrace/protocol/oss';", process).join(),
    /domain may not import pro/,
  );
  assert.match(
    messages(file, "import { x } from '../../stores/sqlite/open.ts';").join(),
    /domain may not import stores/,
  );
  assert.match(messages(file, "import { request } from 'node:http';").join(), /through domain\/ports only/);
});

test('a front end may not reach into another front end, a store or an engine', () => {
  const file = 'packages/server/src/oss/put-object.ts';
  assert.deepEqual(messages(file, "import type { Exchange } from '../http/exchange.ts';"), []);
  assert.match(messages(file, "export { y } from '../mns/front-end.ts';").join(), /oss may not import mns/);
  assert.match(
    messages(file, "const s = await import('../stores/files/open.ts');").join(),
    /oss may not import stores/,
  );
  assert.match(messages(file, "import '../compose.ts';").join(), /oss may not import server/);
});

test('browser-safe packages use no Node module, and packages never reach into each other by path', () => {
  assert.match(messages('packages/process/src/a.ts', "import { Buffer } from 'node:buffer';").join(), /in a browser/);
  assert.match(
    messages('packages/process/src/a.ts', "import x from '../../protocol/src/b.ts';").join(),
    /leaves the pack/,
  );
  assert.deepEqual(messages('packages/process/src/a.test.ts', "import { test } from 'node:test';"), []);
});

test('a program started by URL counts as an import', () => {
  const text = "new Worker(new URL('../../stores/sqlite/writer.ts', import.meta.url))";
  assert.match(messages('packages/server/src/engines/host/pool.ts', text).join(), /engines may not import stores/);
});

test('a package must be declared where it is used', () => {
  const text = "import sharp from 'sharp';";
  assert.deepEqual(messages('packages/server/src/engines/image/a.ts', text, ['sharp']), []);
  assert.match(messages('packages/server/src/engines/image/a.ts', text).join(), /not among the dependencies/);
});

test('the environment is read in config.ts and nowhere else', () => {
  const text = 'const port = process.env.MILLRACE_PORT;';
  assert.deepEqual(messages('packages/server/src/config.ts', text), []);
  assert.match(messages('packages/server/src/http/listener.ts', text).join(), /declare a setting/);
});

test('reports the line of the import', () => {
  const text = "/* one\ntwo */\nimport '../stores/x.ts';\n";
  assert.deepEqual(
    checkSource({ file: 'packages/server/src/domain/a.ts', text, dependencies: new Set() }).map(({ line }) => line),
    [3],
  );
});

test('comments, strings, templates and regular expressions hide nothing and reveal nothing', () => {
  const file = 'packages/server/src/domain/a.ts';
  const quiet = [
    "// import '../stores/x.ts'",
    "/* import '../stores/x.ts' */",
    'const a = "import \'../stores/x.ts\'";',
    `const b = \`import '../stores/x.ts' \${f({ a: '\`' })} import '../stores/x.ts'\`;`,
    'const c = /[/\'"]/.test(d) ? 1 / 2 : 3 / 4;',
    'const e = { "from": "../stores/x.ts" };',
  ];
  assert.deepEqual(messages(file, quiet.join('\n')), []);
  assert.equal(messages(file, `${quiet.join('\n')}\nimport '../stores/x.ts';`).length, 1);
  assert.match(scan('a / b; c /* ; */').code, /^a \/ b; c +$/);
});
