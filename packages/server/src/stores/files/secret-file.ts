import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The text of a file in the data folder that only its owner may read; undefined when there is none. */
export function readSecretFile(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Writes such a file whole or not at all; on stable storage before anything depends on it. */
export function writeSecretFile(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  const temporary = `${path}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  writeSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, path);
  const directory = openSync(folder, 'r');
  fsyncSync(directory);
  closeSync(directory);
}
