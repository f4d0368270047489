import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What may stay: the own files of LibreOffice while it is warm, and the PDF files that are kept by intent. */
const MAY_STAY = /\/(profile|\.cache|\.config|engines-documents)\//;

/** Files with something in them that the work has left in a server's temporary folder. Mounts leave empty ones. */
export function leftovers(dataFolder: string): string[] {
  const found = readdirSync(join(dataFolder, 'temporary'), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !MAY_STAY.test(path) && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0);
}
