import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type { EngineHealth, MediaSource } from '../../domain/ports/media-engine.ts';
import type { SandboxedToolHost } from '../host/create-tool-host.ts';
import { probeProgram } from '../host/probe.ts';
import type { ToolHost, ToolLimits } from '../host/tool-host.ts';

/**
 * HEIC by the programs of libheif: the decoder that comes with sharp knows the container and not the codec, which is under
 * patents. `heif-convert` turns the picture upright itself.
 */

const LIMITS: ToolLimits = {
  wallMs: 30_000,
  cpuSeconds: 60,
  memoryBytes: 3 * 1024 ** 3,
  outputBytes: 1024 ** 3,
  processes: 4,
};

/** What `doctor` says of HEIC. Its programs tell no version of their own. */
export async function heicHealth(host: SandboxedToolHost): Promise<EngineHealth> {
  return probeProgram(host, {
    engine: 'heic',
    command: 'heif-enc',
    versionArguments: ['-h'],
    version: /libheif[^\d]*([\d.]+)/,
    packages: 'libheif-examples',
  });
}

/** The picture as a PNG. */
export async function decodeHeic(host: ToolHost, source: MediaSource, signal: AbortSignal): Promise<Uint8Array> {
  await using workspace = await host.workspace();
  workspace.input('in.heic', await source.file());
  try {
    await host.run({
      workspace,
      command: 'heif-convert',
      arguments: [join(workspace.inside, 'in.heic'), join(workspace.inside, 'out.png')],
      limits: LIMITS,
      signal,
    });
    return await readFile(await workspace.output('out.png'));
  } catch (error) {
    if (!isDomainError(error, 'EngineFailed') || error.details.killed) throw error;
    const reason = 'The heic image file may be damaged.';
    throw new DomainError('MediaUnreadable', { reason, format: 'heic' }, { cause: error });
  }
}

/** A PNG as HEIC. */
export async function encodeHeic(
  host: ToolHost,
  png: Uint8Array,
  quality: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  await using workspace = await host.workspace();
  await writeFile(join(workspace.path, 'in.png'), png);
  await host.run({
    workspace,
    command: 'heif-enc',
    arguments: ['-q', String(quality), '-o', join(workspace.inside, 'out.heic'), join(workspace.inside, 'in.png')],
    limits: LIMITS,
    signal,
  });
  return readFile(await workspace.output('out.heic'));
}
