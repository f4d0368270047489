import type { EngineHealth } from '../../domain/ports/media-engine.ts';
import type { SandboxedToolHost } from './create-tool-host.ts';
import { findProgram } from './sandbox.ts';
import type { ToolLimits } from './tool-host.ts';

const LIMITS: ToolLimits = {
  wallMs: 20_000,
  cpuSeconds: 20,
  memoryBytes: 1024 ** 3,
  outputBytes: 1024 ** 2,
  processes: 16,
};

/** One program that engines need. */
export interface Program {
  /** As `doctor` calls it. */
  engine: string;
  command: string;
  /** Makes it print its version, and nothing else. */
  versionArguments: readonly string[];
  /** The version in what it prints, on either stream. */
  version: RegExp;
  /** Debian packages that bring it. */
  packages: string;
}

const sandboxProgram: Program = {
  engine: 'sandbox',
  command: 'bwrap',
  versionArguments: ['--version'],
  version: /bubblewrap (\S+)/,
  packages: 'bubblewrap',
};

/** Runs a program for its version. Missing, or not to be started, is an answer and not an error. */
export async function probeProgram(host: SandboxedToolHost, program: Program): Promise<EngineHealth> {
  const absent = { engine: program.engine, version: '' };
  if (!findProgram(program.command)) {
    return { ...absent, missing: [`${program.command} is not installed: apt-get install ${program.packages}`] };
  }
  const sandbox = await host.sandbox();
  if (sandbox.state === 'refused') return { ...absent, missing: [sandbox.reason] };
  try {
    await using workspace = await host.workspace();
    const { stdout, stderr } = await host.run({
      workspace,
      command: program.command,
      arguments: program.versionArguments,
      limits: LIMITS,
      signal: AbortSignal.timeout(LIMITS.wallMs),
    });
    const text = Buffer.from(stdout).toString('utf8') + stderr;
    return {
      engine: program.engine,
      version: program.version.exec(text)?.[1] ?? text.trim().slice(0, 80),
      missing: [],
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ...absent, missing: [`${program.command} does not run (${reason}): reinstall ${program.packages}`] };
  }
}

/** How decoders are confined; a sandbox switched off is worth a warning, and one refused stops the engines. */
export async function probeSandboxHealth(host: SandboxedToolHost): Promise<EngineHealth> {
  const sandbox = await host.sandbox();
  if (sandbox.state === 'refused') return { engine: 'sandbox', version: '', missing: [sandbox.reason] };
  if (sandbox.state === 'off') {
    return { engine: 'sandbox', version: 'off: decoders run with all the rights of the server', missing: [] };
  }
  return probeInside(host);
}

/** bubblewrap itself does not run inside bubblewrap everywhere; being on means that it ran. */
async function probeInside(host: SandboxedToolHost): Promise<EngineHealth> {
  const health = await probeProgram(host, sandboxProgram);
  return { ...health, missing: [] };
}

/** Families of fonts that documents and watermarks need, by the package that brings them. */
const FONTS: readonly { family: string; packages: string }[] = [
  { family: 'Noto Sans CJK SC', packages: 'fonts-noto-cjk' },
  { family: 'WenQuanYi Zen Hei', packages: 'fonts-wqy-zenhei' },
  { family: 'WenQuanYi Micro Hei', packages: 'fonts-wqy-microhei' },
  { family: 'AR PL UKai CN', packages: 'fonts-arphic-ukai' },
  { family: 'AR PL UMing CN', packages: 'fonts-arphic-uming' },
  { family: 'Droid Sans Fallback', packages: 'fonts-droid-fallback' },
  { family: 'Liberation Sans', packages: 'fonts-liberation' },
  { family: 'Symbola', packages: 'fonts-symbola' },
];

/** Which of the fonts that documents and watermarks ask for are installed. */
export async function probeFonts(host: SandboxedToolHost): Promise<EngineHealth> {
  if (!findProgram('fc-list')) {
    return { engine: 'fonts', version: '', missing: ['fc-list is not installed: apt-get install fontconfig'] };
  }
  const sandbox = await host.sandbox();
  if (sandbox.state === 'refused') return { engine: 'fonts', version: '', missing: [sandbox.reason] };
  await using workspace = await host.workspace();
  const { stdout } = await host.run({
    workspace,
    command: 'fc-list',
    arguments: [':', 'family'],
    limits: LIMITS,
    signal: AbortSignal.timeout(LIMITS.wallMs),
  });
  const families = Buffer.from(stdout).toString('utf8').split('\n').filter(Boolean);
  const missing = FONTS.filter(({ family }) => !families.some((line) => line.split(',').includes(family)));
  return {
    engine: 'fonts',
    version: `${new Set(families).size} families`,
    missing: missing.map(({ family, packages }) => `the font ${family} is missing: apt-get install ${packages}`),
  };
}
