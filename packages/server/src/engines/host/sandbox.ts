import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import type { ToolLimits, Workspace } from './tool-host.ts';

/** Where a workspace appears inside the sandbox. */
export const INSIDE = '/work';

/** Files in a sandbox's /tmp live in memory. */
const TMP_BYTES = 512 * 1024 * 1024;

/**
 * The parts of /etc and /var that programs need to start. Not all of /etc: inside, the server's own user reads it, and
 * what a decoder can read it can draw into its output.
 */
const SYSTEM_FILES = [
  '/etc/alternatives',
  '/etc/fonts',
  '/etc/group',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/libreoffice',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/papersize',
  '/etc/passwd',
  '/etc/python3',
  '/etc/timezone',
  '/var/cache/fontconfig',
  '/var/lib/libreoffice',
  '/var/spool/libreoffice',
];

/** On a merged-/usr system these are links; elsewhere folders of their own. */
function systemFolders(): string[] {
  const result = ['--ro-bind', '/usr', '/usr'];
  for (const folder of ['/bin', '/sbin', '/lib', '/lib32', '/lib64']) {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink()) result.push('--symlink', readlinkSync(folder), folder);
    else if (stat) result.push('--ro-bind', folder, folder);
  }
  for (const path of SYSTEM_FILES) result.push('--ro-bind-try', path, path);
  return result;
}

const SYSTEM = systemFolders();

/**
 * The first process inside. bubblewrap has one of its own, but ends before it has buried that one: every tool would leave a
 * zombie to process 1 of the machine, which in a container often buries nobody. This shell is bubblewrap's own child, and a
 * tool is never process 1 itself, to which signals mean nothing. A tool ended by signal n is reported as 128 + n.
 */
const FIRST_PROCESS = ['sh', '-c', '"$@"; exit $?', 'sh'];

/**
 * RLIMIT_NPROC counts all processes of a user, except that since Linux 5.14 a user namespace is counted by itself. Set
 * anywhere else it would make a tool fail because others run.
 */
const COUNTS_PER_NAMESPACE = (() => {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 14);
})();

/**
 * `prlimit` and its options. Memory is limited by RLIMIT_DATA and not by RLIMIT_AS: Node and wasm reserve address space
 * by the gigabyte that they never touch.
 */
export function limited(limits: ToolLimits, own: { userNamespace: boolean }): string[] {
  const result = ['prlimit', '--core=0'];
  if (Number.isFinite(limits.cpuSeconds)) result.push(`--cpu=${Math.ceil(limits.cpuSeconds)}`);
  if (Number.isFinite(limits.memoryBytes)) result.push(`--data=${Math.ceil(limits.memoryBytes)}`);
  if (Number.isFinite(limits.outputBytes)) result.push(`--fsize=${Math.ceil(limits.outputBytes)}`);
  if (Number.isFinite(limits.processes) && own.userNamespace && COUNTS_PER_NAMESPACE) {
    // Threads count too, and a decoder may start one for each core in every process.
    result.push(`--nproc=${limits.processes * 64}`);
  }
  return [...result, '--'];
}

/** The bubblewrap command that runs `command` with `workspace` at /work and nothing of the machine writable. */
export function sandboxed(
  workspace: Pick<Workspace, 'path' | 'inputs'>,
  visible: readonly string[],
  command: readonly string[],
): string[] {
  const result = [
    'bwrap',
    '--unshare-all',
    '--die-with-parent',
    '--as-pid-1',
    '--new-session',
    '--cap-drop',
    'ALL',
    ...SYSTEM,
    '--proc',
    '/proc',
    // Settings of the kernel check for the user id 0 and not for capabilities: started by root, a tool could have the kernel
    // run a program outside (`core_pattern`). bubblewrap means to cover this folder and takes it for read-only already.
    '--ro-bind',
    '/proc/sys',
    '/proc/sys',
    '--dev',
    '/dev',
    '--size',
    String(TMP_BYTES),
    '--tmpfs',
    '/tmp',
    '--bind',
    workspace.path,
    INSIDE,
  ];
  for (const path of visible) result.push('--ro-bind', path, path);
  for (const [name, path] of workspace.inputs) result.push('--ro-bind', path, `${INSIDE}/${name}`);
  return [...result, '--chdir', INSIDE, '--', ...FIRST_PROCESS, ...command];
}

/** Finds a program where the sandbox would find it. An absolute path is taken as it is. */
export function findProgram(name: string): string | undefined {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  return ['/usr/local/bin', '/usr/bin', '/bin'].map((folder) => `${folder}/${name}`).find((path) => existsSync(path));
}

export type SandboxState =
  | { state: 'on' }
  | { state: 'off' }
  /** It was asked for and cannot be had; `reason` says what to do. */
  | { state: 'refused'; reason: string };

/** Tries the sandbox once with `true`. */
export function probeSandbox(): Promise<SandboxState> {
  if (!findProgram('bwrap')) {
    return Promise.resolve({
      state: 'refused',
      reason:
        'bubblewrap is not installed: apt-get install bubblewrap, or set MILLRACE_SANDBOX=off to run decoders unconfined',
    });
  }
  return new Promise((resolve) => {
    const [file = '', ...rest] = sandboxed({ path: '/usr', inputs: new Map() }, [], ['true']);
    // Read-only is enough to try, and /usr exists everywhere.
    const child = spawn(
      file,
      rest.map((word) => (word === '--bind' ? '--ro-bind' : word)),
      {
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: 10_000,
        killSignal: 'SIGKILL',
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 2000) stderr += chunk.toString('utf8');
    });
    child.once('error', (error) =>
      resolve({ state: 'refused', reason: `bubblewrap does not start: ${error.message}` }),
    );
    child.once('close', (code) => {
      if (code === 0) resolve({ state: 'on' });
      else {
        resolve({
          state: 'refused',
          reason:
            `the kernel refuses bubblewrap (${stderr.trim() || `exit code ${code}`}): allow unprivileged user namespaces ` +
            '(sysctl kernel.unprivileged_userns_clone=1; in a container, a security profile that permits them), ' +
            'or set MILLRACE_SANDBOX=off to run decoders unconfined',
        });
      }
    });
  });
}
