import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shown } from './oss-url.ts';

/** Something in a folder. */
export interface Found {
  /** From the folder on, with `/`, and one at the end of a folder's. */
  name: string;
  path: string;
  size: number;
  /** A folder with nothing in it. */
  empty: boolean;
}

/** Which links are followed; `kept` takes each as a file of its own, to be removed and not what it leads to. */
export type Links = 'none' | 'files' | 'all' | 'kept';

/**
 * All files and folders below a folder.
 * @param skipped is told of what is passed over on purpose: devices, links to folders.
 * @param refused is told of what should be there and cannot be read.
 */
export async function* below(
  folder: string,
  links: Links,
  skipped: (told: string) => void,
  refused: (told: string) => void,
  prefix = '',
  above: readonly string[] = [],
): AsyncGenerator<Found> {
  // Links may lead back to where they are.
  const here = links === 'all' ? [...above, await realpath(folder)] : above;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const name = prefix + entry.name;
    let kind: Pick<Dirent, 'isFile' | 'isDirectory'> = entry;
    let size = 0;
    try {
      if (entry.isSymbolicLink()) {
        if (links === 'none') continue;
        if (links === 'kept') {
          yield { name, path, size: 0, empty: false };
          continue;
        }
        kind = await stat(path);
        if (kind.isDirectory() && links === 'files') {
          skipped(`${shown(path)} is a link to a folder: passed over without --enable-symlink-dir`);
          continue;
        }
        if (kind.isDirectory() && here.includes(await realpath(path))) {
          skipped(`${shown(path)} leads back to a folder that it is in: passed over`);
          continue;
        }
      }
      if (kind.isFile()) size = (await stat(path)).size;
    } catch (error) {
      refused(`${shown(path)}: ${error instanceof Error ? error.message : error}`);
      continue;
    }
    if (kind.isFile()) yield { name, path, size, empty: false };
    else if (kind.isDirectory()) yield* inside(path, links, skipped, refused, `${name}/`, here);
    else skipped(`${shown(path)} is neither file nor folder: passed over`);
  }
}

/** A folder and what is in it; one that may not be read costs itself and not the others. */
async function* inside(...[path, links, skipped, refused, name, above]: Required<Parameters<typeof below>>) {
  let empty = true;
  try {
    for await (const found of below(path, links, skipped, refused, name, above)) {
      empty = false;
      yield found;
    }
  } catch (error) {
    refused(`${shown(path)}: ${error instanceof Error ? error.message : error}`);
    return;
  }
  yield { name, path, size: 0, empty };
}
