import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { until } from './until.ts';

/** Debian keeps these beside each other by version, and off the path. */
const DEBIAN = '/usr/lib/postgresql';

/** Asked of a user's database, not of a folder for tests. */
const USER = 'millrace';

function binaryFolders(): string[] {
  const byVersion = (one: string, other: string): number => Number(other) - Number(one);
  let versions: string[] = [];
  try {
    versions = readdirSync(DEBIAN).sort(byVersion);
  } catch {
    // Another system, or not installed by its packages.
  }
  return [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)];
}

function program(name: string): string {
  for (const folder of binaryFolders()) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not here.
    }
  }
  throw new Error(`There is no ${name} of PostgreSQL (Debian: apt-get install postgresql).`);
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (userInfo().uid !== 0) return undefined;
  const id = async (flag: string): Promise<number> => {
    const child = spawn('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] });
    return Number((await text(child.stdout)).trim());
  };
  return { uid: await id('-u'), gid: await id('-g') };
}

async function succeed(child: ChildProcess): Promise<void> {
  const said = child.stderr ? text(child.stderr) : Promise.resolve('');
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`initdb ended with code ${code}: ${await said}`);
}

/** A database server of its own, in a folder of its own, that syncs what it commits. */
export interface PostgresCluster {
  /** Of a database; makes it when it is not there. */
  database(name: string): Promise<string>;
  /** Runs SQL in a database. */
  query<Row>(url: string, sql: string): Promise<Row[]>;
  start(): Promise<void>;
  /** `immediate` is a crash: sessions end where they are, and the log is read at the next start. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  dispose(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-pg-'));
  const user = await unprivileged();
  await chmod(folder, 0o755);
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  await succeed(
    spawn(program('initdb'), ['-D', data, '-U', USER, '-E', 'UTF8', '--locale=C', '--auth=trust', '--no-sync'], {
      ...user,
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  let child: ChildProcess | undefined;
  const urlOf = (name: string): string => `postgres://${USER}@/${name}?host=${encodeURIComponent(folder)}`;

  async function query<Row>(url: string, sql: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  const cluster: PostgresCluster = {
    async database(name) {
      const url = urlOf('postgres');
      const [found] = await query(url, `SELECT 1 FROM pg_database WHERE datname = '${name}'`);
      if (!found) await query(url, `CREATE DATABASE ${name}`);
      return urlOf(name);
    },
    query,
    async start() {
      const settings = { unix_socket_directories: folder, listen_addresses: '', fsync: 'on', max_connections: '40' };
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      child = spawn(program('postgres'), ['-D', data, ...options], {
        ...user,
        cwd: folder,
        env: environment,
        stdio: ['ignore', 'ignore', 'ignore'],
      });
      process.once('exit', killed);
      await until('PostgreSQL to answer', 60_000, async () => {
        if (child?.exitCode !== null) throw new Error(`PostgreSQL ended with code ${child?.exitCode}.`);
        return query(urlOf('postgres'), 'SELECT 1').then(
          () => true,
          () => undefined,
        );
      });
    },
    async stop(how) {
      process.removeListener('exit', killed);
      if (child === undefined || child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await ended;
    },
    async dispose() {
      await this.stop('immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
  // A run that is cut short must not leave it behind.
  const killed = (): void => void child?.kill('SIGQUIT');
  await cluster.start();
  return cluster;
}
