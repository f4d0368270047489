/**
 * Brings a fresh clone to the point where the server can run: packages of the lock file, the pinned Node runtime and,
 * as root on Debian, the programs behind the media engines. Plain JavaScript without dependencies, because it runs on
 * any Node ≥ 20 before anything is installed. Says what it does on stderr and nothing when there is nothing to do.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const cache = join(root, '.cache');

/** better-sqlite3 crashes below 22.14 and `.ts` files run unflagged from 24 on. */
const OLDEST_NODE = 24;

/** What the engines run, and the Debian packages that bring it. Fonts have no program to look for. */
const ENGINE_PROGRAMS = ['soffice', 'pdftoppm', 'pdfinfo', 'ffmpeg', 'ffprobe', 'bwrap', 'heif-convert', 'heif-enc'];
export const ENGINE_PACKAGES = [
  'libreoffice-writer-nogui',
  'libreoffice-calc-nogui',
  'libreoffice-impress-nogui',
  'libreoffice-math-nogui',
  'python3-uno',
  'poppler-utils',
  'poppler-data',
  'ffmpeg',
  'bubblewrap',
  'libheif-examples',
  'fonts-noto-cjk',
  'fonts-wqy-zenhei',
  'fonts-wqy-microhei',
  'fonts-arphic-ukai',
  'fonts-arphic-uming',
  'fonts-droid-fallback',
  'fonts-liberation',
  'fonts-dejavu-core',
  'fonts-crosextra-carlito',
  'fonts-crosextra-caladea',
  'fonts-noto-color-emoji',
  'fonts-symbola',
];

/** A step that failed with a message a person can act on. */
export class SetupError extends Error {}

export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** The Node that runs the product: the pinned one, or this one where the registry has none for the platform. */
export function pinnedNode() {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
  throw new SetupError(
    `no Node ${OLDEST_NODE} for ${process.platform}-${process.arch} comes with the packages; ` +
      `install Node ${OLDEST_NODE} or newer and run the command with it (this is ${process.version})`,
  );
}

/** Finds a program on the PATH as execvp would, without starting anything. */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Installs what `folder/package-lock.json` pins, unless exactly that is there already. */
export async function installPackages(folder) {
  const lockFile = join(folder, 'package-lock.json');
  const fingerprint = fingerprintOf(readFileSync(lockFile));
  const stamp = join(folder, 'node_modules', '.millrace-installed');
  if (readText(stamp) === fingerprint) return;
  await exclusively(`npm-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`, async () => {
    if (readText(stamp) === fingerprint) return;
    if (!matchesLock(folder)) {
      say(`installing npm packages in ${folder === root ? 'the project' : folder} (npm ci)`);
      const started = Date.now();
      // Inside `npm start` the path of npm's own script is known; it is the npm that the user chose.
      const npm = process.env.npm_execpath?.endsWith('.js')
        ? [process.execPath, process.env.npm_execpath]
        : [findProgram('npm') ?? 'npm'];
      const [command, ...before] = npm;
      const code = await runToStderr(
        command,
        [...before, 'ci', '--loglevel=error', '--include=dev', '--include=optional'],
        folder,
      );
      if (code !== 0) {
        throw new SetupError(
          `npm ci failed in ${folder} (exit ${code}); the lines above say why. ` +
            'It needs the npm registry that `npm config get registry` names.',
        );
      }
      say(`npm packages ready after ${seconds(started)}`);
    }
    writeWhole(stamp, fingerprint);
  });
}

/**
 * A developer's own `npm install` leaves the same tree: npm describes it in a hidden lock file, so comparing the two
 * saves a needless reinstall, which would also pull the packages from under running processes.
 */
function matchesLock(folder) {
  const hidden = readText(join(folder, 'node_modules', '.package-lock.json'));
  if (hidden === undefined) return false;
  let wanted;
  let installed;
  try {
    wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
    installed = JSON.parse(hidden).packages;
  } catch {
    return false;
  }
  // npm leaves out optional packages of other platforms, and fallbacks (WebAssembly) that name no platform at all.
  const madeForHere = (entry) =>
    entry.os?.includes(process.platform) === true &&
    (entry.cpu === undefined || entry.cpu.includes(process.arch)) &&
    (entry.libc === undefined || entry.libc.includes('glibc'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true && !madeForHere(entry);
    return found.version === entry.version && found.integrity === entry.integrity && existsSync(join(folder, path));
  });
}

/**
 * Installs the Debian packages that are missing, when it may. Without them the server still starts and reports the
 * engines it lacks, so nothing here is fatal. Returns the packages that are still missing.
 */
export async function installDebianPackages(packages, programs, { retry = false } = {}) {
  const fingerprint = fingerprintOf(packages.join(' '));
  const stamp = join(cache, 'setup', `debian-${fingerprint.slice(0, 12)}`);
  const complete = () => readText(stamp) === 'complete' && programs.every((name) => findProgram(name) !== undefined);
  if (complete()) return [];
  if (findProgram('dpkg-query') === undefined || findProgram('apt-get') === undefined) {
    const missing = programs.filter((name) => findProgram(name) === undefined);
    if (missing.length > 0) say(`not a Debian system; programs to install by your own means: ${missing.join(' ')}`);
    return missing;
  }
  return exclusively('debian', async () => {
    if (complete()) return [];
    const missing = notInstalled(packages);
    if (missing.length === 0) {
      writeWhole(stamp, 'complete');
      return [];
    }
    const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
    if (process.getuid?.() !== 0) {
      say('some Debian packages are missing, and only root can install them. Run:');
      // Debian leaves sudo out when its installer was given a password for root.
      const sudo = findProgram('sudo') !== undefined;
      say(sudo ? `  sudo apt-get update && sudo ${install}` : `  su - -c 'apt-get update && ${install}'`);
      return missing;
    }
    if (!retry && readText(stamp)?.startsWith('failed')) {
      say(`still missing: ${missing.join(' ')} (an earlier attempt failed; \`npm run setup\` tries again)`);
      return missing;
    }
    const left = await aptInstall(missing);
    writeWhole(stamp, left.length === 0 ? 'complete' : `failed ${left.join(' ')}`);
    return left;
  });
}

function notInstalled(packages) {
  const { stdout } = spawnSync('dpkg-query', ['-W', `-f=\${Package} \${db:Status-Status}\n`, ...packages], {
    encoding: 'utf8',
  });
  const installed = new Set(
    (stdout ?? '')
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function aptInstall(missing) {
  const log = join(cache, 'setup', 'apt.log');
  writeFileSync(log, '');
  say(`installing ${missing.length} Debian packages: ${missing.join(' ')}`);
  const started = Date.now();
  if ((await apt(['update'], log, 'package lists')) !== 0) {
    say(`apt-get update failed; going on with the lists there are (${log})`);
  }
  const known = missing.filter(hasCandidate);
  const unknown = missing.filter((name) => !known.includes(name));
  if (unknown.length > 0) say(`this system's package lists do not have: ${unknown.join(' ')}`);
  if (known.length > 0) {
    const code = await apt(['install', '-y', '--no-install-recommends', ...known], log, 'packages');
    if (code !== 0) {
      say(`apt-get install failed (exit ${code}); the end of ${log}:`);
      for (const line of readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12)) say(`  ${line}`);
    }
  }
  const left = notInstalled(missing);
  if (left.length === 0) say(`Debian packages ready after ${seconds(started)}`);
  else say(`going on without: ${left.join(' ')} (\`npm run setup\` tries again)`);
  return left;
}

function hasCandidate(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return /Candidate: (?!\(none\))/.test(stdout ?? '');
}

/** Runs apt-get with its talk in the log, and a line of progress every few seconds from its status channel. */
function apt(arguments_, log, what) {
  const output = openSync(log, 'a');
  const child = spawn(
    'apt-get',
    [
      '-q',
      // Another apt at work (unattended upgrades, a second setup) is waited for instead of failing at once.
      '-oDPkg::Lock::Timeout=600',
      '-oAcquire::Retries=2',
      '-oAcquire::http::Timeout=30',
      '-oAcquire::https::Timeout=30',
      '-oAPT::Status-Fd=3',
      ...arguments_,
    ],
    {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', output, output, 'pipe'],
    },
  );
  closeSync(output);
  let last = Date.now();
  // Lines are `dlstatus:…:percent:text` while downloading and `pmstatus:package:percent:text` while unpacking.
  createInterface({ input: child.stdio[3] }).on('line', (line) => {
    const [kind, , percent, text] = line.split(':');
    if (!(kind === 'dlstatus' || kind === 'pmstatus') || Date.now() - last < 3000) return;
    last = Date.now();
    say(
      `  ${what}: ${kind === 'dlstatus' ? 'downloading' : 'installing'} ${Math.round(Number(percent))} % ${text ?? ''}`,
    );
  });
  return exitCode(child);
}

/** Runs a command whose output is for people: stdout is kept free for the server's log lines. */
export function runToStderr(command, arguments_, cwd, env = process.env) {
  return exitCode(spawn(command, arguments_, { cwd, env, stdio: ['ignore', 2, 2] }));
}

function exitCode(child) {
  return new Promise((done) => {
    child.once('error', (error) => {
      say(error.message);
      done(127);
    });
    child.once('close', (code, signal) => done(code ?? signal));
  });
}

/** One setup at a time in one clone. A lock whose owner is gone is taken over. */
async function exclusively(name, work) {
  const folder = join(cache, 'setup');
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, `${name}.lock`);
  let told = false;
  for (;;) {
    const claim = `${lock}.${process.pid}`;
    writeFileSync(claim, String(process.pid));
    try {
      // A link appears with its content or not at all, so a lock always names its owner.
      linkSync(claim, lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    } finally {
      rmSync(claim);
    }
    const owner = Number(readText(lock) ?? 0);
    if (owner > 0 && !isAlive(owner)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) say(`waiting for another setup (process ${owner}) to finish`);
    told = true;
    await wait(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

export function fingerprintOf(content) {
  return createHash('sha256').update(content).update(`${process.platform}-${process.arch}`).digest('hex');
}

export function readText(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** A stamp is there whole or not at all, whenever the setup is killed. */
export function writeWhole(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${text}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

export function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}

export async function setup(options) {
  await installPackages(root);
  pinnedNode();
  await installDebianPackages(ENGINE_PACKAGES, ENGINE_PROGRAMS, options);
}

/** Runs `main` when this module is the program, and turns a failure into one line and an exit code. */
export async function asProgram(moduleUrl, main) {
  if (process.argv[1] === undefined || realpathSync(process.argv[1]) !== fileURLToPath(moduleUrl)) return;
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

await asProgram(import.meta.url, () => setup({ retry: process.argv.includes('--retry') }));
