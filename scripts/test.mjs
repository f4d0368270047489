/**
 * `npm test`: sets everything up, then runs every suite in order and adds up what passed and failed. With names as
 * arguments it runs only those suites. Plain JavaScript, because it starts on any Node ≥ 20; the suites themselves run
 * on the pinned one.
 *
 * A suite whose client language, or its registry, is missing on this machine is named and left out; with CI=true that
 * counts as a failure, because there nothing may go untested.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  asProgram,
  cache,
  findProgram,
  fingerprintOf,
  installDebianPackages,
  installPackages,
  pinnedNode,
  readText,
  root,
  runToStderr,
  say,
  setup,
  writeWhole,
} from './setup.mjs';

const inCi = /^(1|true|yes)$/i.test(process.env.CI ?? '');
const binaries = join(root, 'node_modules', '.bin');
const results = join(cache, 'test-results');
/** What the servers of the wire suites say they served: see scripts/coverage.ts. */
const served = join(results, 'served');
const venv = join(cache, 'venv');
const pythonTests = join(root, 'tests', 'wire', 'python');
const goTests = join(root, 'tests', 'wire', 'go');
const nodeTests = join(root, 'tests', 'wire', 'node');

/** Why a suite cannot run on this machine. */
class Unavailable extends Error {}

/**
 * The suites, in the order they run: cheap ones first. `minutes` bounds a suite that hangs, at several times what it takes
 * on two cores that have nothing else to do: the whole run takes a quarter of an hour there.
 */
const suites = [
  {
    name: 'format',
    minutes: 5,
    run: () =>
      check(binaries, 'biome', [
        'ci',
        `--colors=${process.stdout.isTTY ? 'force' : 'off'}`,
        '--error-on-warnings',
        '.',
      ]),
  },
  { name: 'types', minutes: 8, run: () => check(binaries, 'tsc', ['-b']) },
  { name: 'arrows', minutes: 3, run: () => check(binaries, 'node', ['scripts/check-arrows.ts']) },
  { name: 'coverage', minutes: 3, run: () => check(binaries, 'node', ['scripts/coverage.ts']) },
  {
    name: 'unit',
    minutes: 20,
    run: () =>
      nodeTest('unit', ['packages/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'], {
        concurrency: availableParallelism(),
      }),
  },
  {
    name: 'wire-node',
    minutes: 12,
    prepare: prepareNodeClients,
    run: () => nodeTest('wire-node', ['tests/wire/node/*.test.ts']),
  },
  { name: 'wire-go', minutes: 10, prepare: prepareGo, run: goTest },
  { name: 'wire-python', minutes: 25, prepare: preparePython, run: pytest },
  {
    name: 'wire-proofs',
    minutes: 3,
    prepare: haveServed,
    run: () => check(binaries, 'node', ['scripts/coverage.ts', '--served', served]),
  },
  {
    name: 'images',
    minutes: 12,
    prepare: prepareImages,
    run: () => nodeTest('images', ['tests/images/**/*.test.ts']),
  },
  {
    name: 'documents',
    minutes: process.env.MILLRACE_TEST_DOCUMENTS === undefined ? 15 : 60,
    run: () => nodeTest('documents', ['tests/documents/**/*.test.ts'], { concurrency: 1 }),
  },
  {
    name: 'media',
    minutes: 10,
    run: () => nodeTest('media', ['tests/media/**/*.test.ts'], { concurrency: 1 }),
  },
  {
    name: 'faults',
    minutes: Math.max(
      20,
      (Number(process.env.MILLRACE_FAULT_ROUNDS ?? 0) + Number(process.env.MILLRACE_CRASH_ROUNDS ?? 0)) / 4,
    ),
    run: () => nodeTest('faults', ['tests/faults/**/*.test.ts'], { concurrency: 1 }),
  },
  {
    name: 'postgres',
    minutes: Math.max(8, Number(process.env.MILLRACE_FAULT_ROUNDS ?? 0) / 2),
    prepare: preparePostgres,
    run: () => nodeTest('postgres', ['tests/postgres/**/*.test.ts'], { concurrency: 1 }),
  },
  {
    name: 'sdk',
    minutes: Math.max(15, Number(process.env.MILLRACE_TEST_TRANSFER_ROUNDS ?? 0) / 10),
    prepare: preparePython,
    run: () => nodeTest('sdk', ['tests/sdk/**/*.test.ts'], { concurrency: 1 }),
  },
  {
    name: 'browser',
    minutes: 8,
    prepare: prepareBrowser,
    run: () => nodeTest('browser', ['tests/browser/**/*.test.ts'], { concurrency: 1 }),
  },
  { name: 'docs', minutes: 12, prepare: prepareDocs, run: () => nodeTest('docs', ['tests/docs/**/*.test.ts']) },
];

async function preparePython() {
  const requirements = readFileSync(join(pythonTests, 'requirements.txt'));
  const stamp = join(venv, '.millrace-installed');
  const fingerprint = fingerprintOf(requirements);
  if (readText(stamp) === fingerprint && existsSync(join(venv, 'bin', 'pytest'))) return;
  const python = await makeVenv();
  say('installing the Python clients');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt'];
  if ((await runToStderr(python, install, pythonTests)) !== 0) {
    throw new Unavailable('the Python clients could not be installed; pip needs a package index');
  }
  writeWhole(stamp, fingerprint);
}

/** The first Python that can make a virtual environment; Debian's own needs python3-venv for it. */
async function makeVenv() {
  const make = async (python) => {
    rmSync(venv, { recursive: true, force: true });
    const made = (await runToStderr(python, ['-m', 'venv', venv], root)) === 0;
    return made ? join(venv, 'bin', 'python') : undefined;
  };
  const debian = '/usr/bin/python3';
  const candidates = new Set([findProgram('python3'), debian].filter((file) => file !== undefined && existsSync(file)));
  for (const python of candidates) {
    const made = await make(python);
    if (made !== undefined) return made;
  }
  if (
    process.getuid?.() === 0 &&
    (await installDebianPackages(['python3', 'python3-venv'], ['python3'])).length === 0
  ) {
    const made = await make(debian);
    if (made !== undefined) return made;
  }
  throw new Unavailable('there is no Python 3 with the venv module (Debian: apt-get install python3 python3-venv)');
}

async function prepareGo() {
  if (findProgram('go') === undefined) throw new Unavailable('there is no Go (https://go.dev/dl)');
  if ((await runToStderr('go', ['mod', 'download'], goTests)) !== 0) {
    throw new Unavailable('the Go modules could not be downloaded, or this Go is too old for them');
  }
}

async function prepareNodeClients() {
  if (!existsSync(join(nodeTests, 'package-lock.json'))) return;
  try {
    await installPackages(nodeTests);
  } catch (error) {
    throw new Unavailable(error.message);
  }
}

/** Claims can be held only against suites of this run, with servers of their own. */
async function haveServed() {
  if (!existsSync(served)) throw new Unavailable('no wire suite has run here before it');
}

/** Pictures are compared with those of an independent program. */
async function prepareImages() {
  await installDebianPackages(['imagemagick'], ['convert', 'identify'], {});
  if (['convert', 'identify'].some((name) => findProgram(name) === undefined)) {
    throw new Unavailable('there is no ImageMagick (Debian: apt-get install imagemagick)');
  }
}

/** The suite makes a cluster of its own; what it needs are the programs, which Debian keeps off the path. */
async function preparePostgres() {
  const found = () =>
    findProgram('initdb') !== undefined ||
    (existsSync('/usr/lib/postgresql') &&
      readdirSync('/usr/lib/postgresql').some((version) => existsSync(`/usr/lib/postgresql/${version}/bin/initdb`)));
  if (!found()) await installDebianPackages(['postgresql'], ['initdb'], {});
  if (!found()) throw new Unavailable('there is no PostgreSQL (Debian: apt-get install postgresql)');
}

async function prepareBrowser() {
  const program = 'chromium-headless-shell';
  await installDebianPackages([program], [program], {});
  if (findProgram(program) === undefined) {
    throw new Unavailable(`there is no ${program} (Debian: apt-get install ${program})`);
  }
}

/** The examples run with the clients of the wire suites. */
async function prepareDocs() {
  await preparePython();
  await prepareGo();
}

/** A check without countable cases: it passes as one or fails as one. */
async function check(folder, command, arguments_) {
  const code = await stream(join(folder, command), arguments_, { cwd: root });
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function nodeTest(name, patterns, { concurrency = Math.max(1, availableParallelism() - 1) } = {}) {
  const tally = join(results, `${name}.json`);
  rmSync(tally, { force: true });
  const code = await stream(
    pinnedNode(),
    [
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'scripts', 'tally-reporter.mjs')}`,
      `--test-reporter-destination=${tally}`,
      ...patterns,
    ],
    { cwd: root },
  );
  const counts = readText(tally);
  if (!counts) return judged(code, 0, 0);
  const { passed, failed, cancelled, skipped, todo } = JSON.parse(counts);
  return judged(code, passed, failed + cancelled, skipped + todo);
}

async function goTest() {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  const onLine = (line) => {
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      console.log(line);
      return;
    }
    if (event.Output !== undefined) process.stdout.write(event.Output);
    if (event.Test === undefined) return;
    if (event.Action === 'pass') passed += 1;
    if (event.Action === 'fail') failed += 1;
    if (event.Action === 'skip') skipped += 1;
  };
  // -count=1: the server under test changes without Go's knowledge, so a cached result says nothing.
  const code = await stream('go', ['test', '-json', '-count=1', './...'], { cwd: goTests, onLine });
  return judged(code, passed, failed, skipped);
}

async function pytest() {
  const report = join(results, 'wire-python.xml');
  rmSync(report, { force: true });
  // Much of it is waiting. Files stay whole, because what a file's tests made the server do is held against its claims.
  const workers = ['-n', String(availableParallelism()), '--dist', 'loadfile'];
  const code = await stream(join(venv, 'bin', 'python'), ['-m', 'pytest', '-q', ...workers, `--junitxml=${report}`], {
    cwd: pythonTests,
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const head = /<testsuite [^>]*>/.exec(readText(report) ?? '')?.[0] ?? '';
  const count = (name) => Number(new RegExp(` ${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return judged(code, Math.max(0, count('tests') - failed - count('skipped')), failed, count('skipped'));
}

/** A suite that ended badly without naming a case, or ran no case at all, has failed as one. */
function judged(code, passed, failed, skipped = 0) {
  const broken = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: broken ? 1 : failed, skipped };
}

let running;

/** Runs a suite's program in a process group of its own, so that what it leaves behind can be ended with it. */
function stream(command, arguments_, { cwd, env = {}, onLine }) {
  const inherited = Object.fromEntries(
    // A run started by npm or by another test must not leak its own settings into the suites.
    Object.entries(process.env).filter(([name]) => !/^(npm_|MILLRACE_|NODE_TEST_CONTEXT$|NODE_OPTIONS$)/.test(name)),
  );
  const path = [dirname(pinnedNode()), process.env.PATH ?? ''].join(delimiter);
  return new Promise((done) => {
    const child = spawn(command, arguments_, {
      cwd,
      env: {
        ...inherited,
        ...testSettings(),
        ...env,
        PATH: path,
        MILLRACE_TEST_NODE: pinnedNode(),
        MILLRACE_TEST_SERVED: served,
      },
      stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'],
      detached: true,
    });
    running = child;
    if (onLine) createInterface({ input: child.stdout }).on('line', onLine);
    child.once('error', (error) => {
      console.error(error.message);
      done(127);
    });
    child.once('close', (code) => {
      killGroup(child);
      running = undefined;
      done(code ?? 1);
    });
  });
}

/** These direct the suites (another endpoint, more rounds, an earlier seed) and are meant for them. */
function testSettings() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => /^MILLRACE_(TEST|FAULT|MESSAGE|CRASH|FUZZ|BROKEN)_/.test(name)),
  );
}

function killGroup(child) {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

async function withinTime(suite) {
  const limit = setTimeout(() => {
    console.error(`\n${suite.name} did not end within ${suite.minutes} minutes; killed`);
    killGroup(running);
  }, suite.minutes * 60_000);
  try {
    return await suite.run();
  } finally {
    clearTimeout(limit);
  }
}

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter(
    (name) => !suites.some((suite) => suite.name === name || suite.name.startsWith(`${name}-`)),
  );
  if (unknown.length > 0) {
    console.error(`no suite is called ${unknown.join(', ')}; there are: ${suites.map(({ name }) => name).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const selected = suites.filter(
    ({ name }) => wanted.length === 0 || wanted.some((word) => name === word || name.startsWith(`${word}-`)),
  );
  await setup();
  mkdirSync(results, { recursive: true });
  rmSync(served, { recursive: true, force: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      killGroup(running);
      process.exit(130);
    });
  }

  const rows = [];
  for (const suite of selected) {
    console.log(`\n=== ${suite.name}`);
    const started = Date.now();
    const row = { name: suite.name, passed: 0, failed: 0, skipped: 0, missing: undefined };
    try {
      await suite.prepare?.();
      Object.assign(row, await withinTime(suite));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      row.missing = error.message;
      row.failed = inCi ? 1 : 0;
      console.log(`not run: ${error.message}`);
    }
    rows.push({ ...row, seconds: (Date.now() - started) / 1000 });
  }
  summarise(rows);
}

function summarise(rows) {
  console.log('\n=== summary');
  for (const { name, passed, failed, skipped, missing, seconds } of rows) {
    const verdict = missing === undefined ? `${passed} passed, ${failed} failed` : `NOT RUN: ${missing}`;
    const also = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(
      `${failed > 0 ? '✖' : missing ? '-' : '✔'} ${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s  ${verdict}${also}`,
    );
  }
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  if (failed > 0) process.exitCode = 1;
  console.log(`${passed} passed, ${failed} failed`);
}

await asProgram(import.meta.url, main);
