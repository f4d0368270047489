import { readFileSync } from 'node:fs';
import { type Config, ConfigError, describeSettings, readConfig } from './config.ts';

/** Exit codes, as documented for every `millrace` verb. */
const FAILED = 1;
const USAGE = 2;

const verbs: Record<string, { summary: string; run(config: Config): Promise<number> }> = {
  serve: {
    summary: 'Serve OSS and MNS until SIGTERM or SIGINT.',
    run: async (config) => (await import('./serve.ts')).serve(config),
  },
  doctor: {
    summary:
      'Print each engine and the database, with version and what is missing; exits 1 when one cannot work at all.',
    run: async (config) => (await import('./doctor.ts')).doctor(config),
  },
};

const usage = (): string => `Usage: millrace VERB

Verbs:
${Object.entries(verbs)
  .map(([name, verb]) => `  ${name.padEnd(8)} ${verb.summary}`)
  .join('\n')}

Settings, from the environment or from millrace.config.json in the current folder:
${describeSettings()}
`;

async function main(words: readonly string[]): Promise<number> {
  const [name = '', ...rest] = words;
  if (['--help', '-h', 'help'].includes(name) || rest.includes('--help')) {
    process.stdout.write(usage());
    return 0;
  }
  if (name === '--version') {
    const manifest: { version?: string } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    );
    process.stdout.write(`${manifest.version}\n`);
    return 0;
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb || rest.length > 0) {
    const fault = verb
      ? `millrace ${name} takes no argument, but got: ${rest.join(' ')}`
      : `millrace: unknown verb '${name}'`;
    process.stderr.write(`${fault}\n\n${usage()}`);
    return USAGE;
  }
  try {
    return await verb.run(readConfig(process.env, process.cwd()));
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${error.message}\n`);
      return USAGE;
    }
    process.stderr.write(`millrace ${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    return FAILED;
  }
}

process.exit(await main(process.argv.slice(2)));
